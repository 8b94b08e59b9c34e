"""Rows of tables that are looked up by domains only, and whose keys no domain equals."""

import re
from collections.abc import Iterator, Mapping, Sequence

from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.core.template import Placeholder
from planhook.rulebook.findings import Findings
from planhook.rulebook.kinds import templates_of
from planhook.rulebook.located import LocatedDict
from planhook.rulebook.templates import placeholders

_DOMAINS = re.compile(r"meeting\.domains(\.\d+)?")
_AROUND = re.compile(r"\w+://|[^@/]*@|\*\.|(?<![\w.-])www\.(?=[\w-]+\.)|/.*\Z")
_KEEP_A_DOMAIN = ("first", "last", "lower", "trim", "default")


def warn_of_domain_rows(rules: Sequence[Rule], tables: Mapping[str, LocatedDict], findings: Findings) -> None:
    """Add a warning for each row that no domain finds."""
    by_domain: dict[str, bool] = {}
    for table, is_domain in (use for rule in rules for use in _lookups(rule)):
        by_domain[table] = by_domain.get(table, True) and is_domain
    for table in (name for name, only in by_domain.items() if only and name in tables):
        for key, place in _odd(tables[table]):
            meant = _AROUND.sub("", key)
            told = f"{table} is looked up by domains, and none is {key}; write {meant}"
            findings.add_at(place, told, "warning")


def _odd(rows: LocatedDict) -> Iterator[tuple[str, Place]]:
    return ((key, rows.places[key]) for key in rows if "." in key and _AROUND.search(key))


def _lookups(rule: Rule) -> Iterator[tuple[str, bool]]:
    """The table of each lookup of a rule, and whether it is given a domain."""
    for action in rule.then:
        for template in (*templates_of(action.key), *templates_of(list(action.fields.values()))):
            for placeholder in placeholders(template):
                yield from _of(placeholder)


def _of(placeholder: Placeholder) -> Iterator[tuple[str, bool]]:
    is_domain = _DOMAINS.fullmatch(placeholder.path) is not None
    for used in placeholder.filters:
        if used.name == "lookup":
            (table,) = (*used.args, *used.kwargs.values())
            yield str(table), is_domain
        is_domain = used.name == "domain" or (is_domain and used.name in _KEEP_A_DOMAIN)
