"""Lookups against the rows of their tables: rows that a task field cannot take, and values that have no row."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planhook.core import properties
from planhook.core.calendar import Calendar
from planhook.core.errors import ValueMissing
from planhook.core.place import Place
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.scalar import as_text
from planhook.core.template import Placeholder, Template
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.identity import id_for, tells_apart
from planhook.rulebook.implication import possible_values
from planhook.rulebook.located import LocatedDict
from planhook.rulebook.templates import placeholders

_DEFAULTS = ("default", "*", "else", "otherwise")
_SAME = ("lower", "upper")  # lookups ignore case


def warn_of_rows(files: Sequence[RuleFile], rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each row that makes an event dead, and for each lookup that may find no row."""
    tables = {
        name: (file, rows)
        for file in files
        for name, rows in file.section("tables", LocatedDict).items()
        if isinstance(rows, LocatedDict)
    }
    for name, (file, rows) in tables.items():
        for key, first in _told_apart_by_case(rows):
            told = f"{key} is {first} once more: lookups ignore case, so that which one counts depends on the event"
            findings.add(file, ("tables", name, key), told, "warning")
    for name, (file, rows) in tables.items():
        for key in _meant_as_default(rows):
            told = f"{key} is a row like any other; for all that have none write default"
            findings.add(file, ("tables", name, key), told, "warning")
    _warn_of_shared_keys({name for name, (_, rows) in tables.items() if "default" in rows}, rules, findings)
    for use in (use for rule in rules for use in _uses(rule)):
        if use.table not in tables:
            continue  # told where it is named
        file, rows = tables[use.table]
        unfit = list(use.unfit(rows))
        if len(unfit) == len(rows) > 1:
            fitting = [name for name, (_, others) in tables.items() if not list(use.unfit(others))]
            hint = f"did you mean {' or '.join(fitting)}?" if fitting else "is it the right one?"
            told = f"table {use.table} has no row that {use.field} can take ({hint})"
            findings.add_at(use.place, told, "warning")
            continue
        for key, problem in unfit:
            told = f"{use.field} is looked up here, and for {key} {problem}"
            findings.add(file, ("tables", use.table, key), told, "warning")
        if message := use.missing(rows):
            findings.add_at(use.place, message, "warning")


@dataclass(frozen=True, slots=True)
class _Use:
    """One `| lookup('table')`: for which field, and which values its path may have, None when any."""

    table: str
    path: str
    place: Place
    field: str | None  # that gets the row as it is
    values: tuple[Any, ...] | None
    makes_key: bool = False  # alone, so that a row default would make one task of all the others

    def unfit(self, rows: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Keys of rows that the field cannot take, and why."""
        for key, value in rows.items() if self.field else ():
            if value is None or isinstance(value, dict | list):
                continue  # told where tables are read
            try:
                properties.coerce(str(self.field), value, Calendar())
            except ValueMissing as fault:
                yield key, str(fault)

    def missing(self, rows: Mapping[str, Any]) -> str | None:
        """What may come without a row, in a sentence."""
        if "default" in rows or any(_meant_as_default(rows)):
            return None
        known = {str(key).casefold() for key in rows}
        if self.values is None:
            return (
                f"table {self.table} has no row default: an event whose {self.path} is not in it ends dead;"
                f" add {'' if self.makes_key else 'a row default, or '}a condition that names the values"
            )
        lacking = [text for value in self.values if (text := as_text(value)) and text.casefold() not in known]
        return f"table {self.table} has no row for {', '.join(lacking)}, so that event ends dead" if lacking else None


def _meant_as_default(rows: Mapping[str, Any]) -> list[str]:
    """Rows of a table without a row `default` that are meant to be it."""
    return [key for key in rows if key.casefold() in _DEFAULTS] if "default" not in rows else []


def _told_apart_by_case(rows: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each key that differs from an earlier one in case only, and that one."""
    first: dict[str, str] = {}
    for key in rows:
        if (known := first.setdefault(key.casefold(), key)) != key:
            yield key, known


def _warn_of_shared_keys(catch_all: Container[str], rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each create whose `sourceId` is the same for all that get the row default of a table."""
    for action in (action for rule in rules for action in rule.then):
        if action.key is None or action.action != "create":
            continue
        found = [(part, [name for name, _ in _lookups(part) if name in catch_all]) for part in placeholders(action.key)]
        if any(tells_apart(part) for part, tables in found if not tables):
            continue
        for part, table in ((part, table) for part, tables in found for table in tables):
            told = f"all that have no row in {table} get the same sourceId, that of its row default"
            findings.add_at(action.where("sourceId"), f"{told}; put {id_for(part)} into the sourceId", "warning")


def _uses(rule: Rule) -> Iterator[_Use]:
    for action in rule.then:
        yield from _uses_of(action, rule)


def _uses_of(action: ActionTemplate, rule: Rule) -> Iterator[_Use]:
    told: set[tuple[str, str]] = set()
    for name, value in action.fields.items():
        if isinstance(value, Template):
            for use in _uses_in(value, name, action.where(name), rule):
                told.add((use.table, use.path))
                yield use
    if action.key:
        alone = not any(tells_apart(part) for part in placeholders(action.key) if not list(_lookups(part)))
        of_key = _uses_in(action.key, None, action.where("_id" if action.by_id else "sourceId"), rule)
        yield from (replace(use, makes_key=alone) for use in of_key if (use.table, use.path) not in told)


def _uses_in(template: Template, name: str | None, place: Place, rule: Rule) -> Iterator[_Use]:
    for placeholder in placeholders(template):
        for table, is_last in _lookups(placeholder):
            field = name if is_last and len(template.parts) == 1 else None
            path = _looked_up_first(placeholder)
            yield _Use(table, placeholder.path, place, field, possible_values(rule.condition, path) if path else None)


def _looked_up_first(placeholder: Placeholder) -> str | None:
    """The path whose values, as far as case, are looked up in a table before anything else is made of them."""
    path = placeholder.path
    for used in placeholder.filters:
        if used.name == "lookup":
            return path
        if used.name == "first":
            path += ".0"
        elif used.name not in _SAME:
            return None
    return None


def _lookups(placeholder: Placeholder) -> Iterator[tuple[str, bool]]:
    for index, used in enumerate(placeholder.filters):
        if used.name == "lookup":
            (table,) = (*used.args, *used.kwargs.values())
            yield str(table), index == len(placeholder.filters) - 1
