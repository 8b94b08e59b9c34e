"""A folder of YAML files to one checked `Rulebook`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from planhook.core.calendar import Calendar
from planhook.core.errors import RulesInvalid
from planhook.core.rule import Rule, RuleSet
from planhook.rulebook.actions import ActionReader
from planhook.rulebook.book import Rulebook
from planhook.rulebook.broken_examples import ExamplesInvalid
from planhook.rulebook.calendar_schema import CalendarSchema
from planhook.rulebook.defaults import Defaults
from planhook.rulebook.defect import finding_of
from planhook.rulebook.expansion import Templates, expand
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.folder import Snapshot, take_snapshot
from planhook.rulebook.lint import lint
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.meant_keys import with_meant_keys
from planhook.rulebook.rule_file import read_file
from planhook.rulebook.rule_reader import RuleReader
from planhook.rulebook.rule_schema import RuleSchema
from planhook.rulebook.source_indents import with_indents
from planhook.rulebook.source_section import SourceReader
from planhook.rulebook.template_section import read_template
from planhook.sources.source import Source

MAX_RULES = 2_000


def load(folder: Path, env: Mapping[str, str], *, require_env: bool) -> Rulebook:
    """Read and check all rule files below `folder`; `${NAME}` is taken from `env`.

    With `require_env` an unset variable is an error, else a warning, and its source accepts nothing.
    Raises RulesInvalid with everything that is wrong, warnings included.
    """
    return load_snapshot(take_snapshot(folder), env, require_env=require_env)


def load_snapshot(snapshot: Snapshot, env: Mapping[str, str], *, require_env: bool) -> Rulebook:
    """Likewise the rule files of one moment, wherever they come from."""

    def read(files: Snapshot) -> Rulebook:
        return _Loader(files, env, require_env).load()

    try:
        return read(snapshot)
    except RulesInvalid:
        raise
    except Exception as fault:
        raise RulesInvalid((finding_of(fault, snapshot, read),)) from fault


class _Loader:
    def __init__(self, snapshot: Snapshot, env: Mapping[str, str], require_env: bool) -> None:
        self._snapshot = snapshot
        self._findings = Findings()
        self._reader = RuleReader(self._findings)
        self._env = env
        self._require_env = require_env

    def load(self) -> Rulebook:
        read = (read_file(name, content, self._findings) for name, content in self._snapshot.files)
        files = [file for file in read if file is not None]
        files = [with_indents(file, self._findings) for file in files]
        is_complete = not any(file.left_out for file in files)
        calendar = self._calendar(files)
        tables = self._tables(files)
        sources = self._sources(files, calendar)
        files = [self._with_meant_keys(file) for file in files]
        written = _count_rules(files)
        defaults = Defaults(files, ActionReader(calendar, allow_delete=True), self._findings)
        files = self._expanded(files, defaults, is_complete=is_complete)
        every = self._rules(files, calendar, defaults)
        rules = _positioned(rule for rule in every if rule.enabled)
        switched_off = _positioned(rule for rule in every if not rule.enabled)
        every_rule = is_complete and _count_rules(files) == written
        lint(files, rules, calendar, self._findings, complete=is_complete, every_rule=every_rule)
        is_usable = is_complete and not self._findings.broken
        self._findings.take(self._reader.of_examples)
        findings = self._findings.in_order()
        if not is_usable:
            raise RulesInvalid(findings)
        found = {name: config for file in files for name, config in file.section("sources", LocatedDict).items()}
        rule_set = RuleSet(rules, tables, calendar, self._snapshot.version)
        book = Rulebook(rule_set, sources, findings, switched_off, found)
        if self._reader.of_examples.broken:
            raise ExamplesInvalid(findings, book)
        return book

    def _calendar(self, files: list[RuleFile]) -> Calendar:
        calendar, first = Calendar(), None
        for file in files:
            section = file.section("calendar", LocatedDict)
            if not section:
                continue
            if first:
                message = f"there are two calendars, here and in {first.where('calendar')}; keep one"
                self._findings.add(file, ("calendar",), message)
                continue
            first = file
            try:
                calendar = CalendarSchema().load(section)
            except ValidationError as fault:
                self._findings.add_faults(file, ("calendar",), fault)
        return calendar

    def _tables(self, files: list[RuleFile]) -> dict[str, Mapping[str, Any]]:
        tables: dict[str, Mapping[str, Any]] = {}
        for file, name, rows in self._named(files, "tables", "table"):
            if not isinstance(rows, LocatedDict) or not rows:
                self._findings.add(file, ("tables", name), "a table is a map, as in {ann@example.com: 58e231b1…}")
                continue
            for key, value in rows.items():
                if value is None or isinstance(value, dict | list):
                    self._findings.add(file, ("tables", name, key), f"{key} takes one value")
            tables[name] = dict(rows)
        return tables

    def _sources(self, files: list[RuleFile], calendar: Calendar) -> dict[str, Source]:
        read = SourceReader(self._env, self._require_env, calendar, self._findings).read
        found = {name: read(file, name, config) for file, name, config in self._named(files, "sources", "source")}
        return {name: source for name, source in found.items() if source is not None}

    def _with_meant_keys(self, file: RuleFile) -> RuleFile:
        return with_meant_keys(file, RuleSchema(Calendar(), file=file.name, allow_delete=True), self._findings)

    def _expanded(self, files: list[RuleFile], defaults: Defaults, *, is_complete: bool) -> list[RuleFile]:
        if _count_rules(files) > MAX_RULES:
            return files  # told where the rules are read
        entries = self._named(files, "templates", "template")
        known = {name: (file, read_template(file, name, self._findings)) for file, name, _ in entries}
        templates = Templates(known, self._findings, complete=is_complete)
        return expand(files, templates, defaults)

    def _named(self, files: list[RuleFile], section: str, word: str) -> list[tuple[RuleFile, str, Any]]:
        """The entries of a section over all files; a name that stands a second time is a finding."""
        first: dict[str, RuleFile] = {}
        entries: list[tuple[RuleFile, str, Any]] = []
        for file in files:
            for name, value in file.section(section, LocatedDict).items():
                if name in first:
                    where = first[name].where(section, name)
                    message = f"two {word}s are called {name}, here and in {where}; keep one"
                    self._findings.add(file, (section, name), message)
                    continue
                first[name] = file
                entries.append((file, name, value))
        return entries

    def _rules(self, files: list[RuleFile], calendar: Calendar, defaults: Defaults) -> list[Rule]:
        """The rules that can be judged as they are: none of which a part may stand where nothing could be read."""
        rules: list[Rule] = []
        count = 0
        for file in files:
            allow_delete = file.section("allow_delete", bool) or "allow_delete" in file.left_out
            is_whole = defaults.are_known(file)
            schema = RuleSchema(calendar, file=file.name, allow_delete=allow_delete, whole=is_whole)
            for index, data in enumerate(file.section("rules", LocatedList)):
                count += 1
                if count > MAX_RULES:
                    self._findings.add(file, ("rules", index), f"there are more than {MAX_RULES:,} rules")
                    return rules
                rule = self._reader.read(schema, file, index)
                rules.extend([rule] if rule and is_whole and not file.is_partial(data) else [])
        return rules


def _count_rules(files: list[RuleFile]) -> int:
    return sum(len(file.section("rules", LocatedList)) for file in files)


def _positioned(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules with the rank of each action in the whole set."""
    positioned: list[Rule] = []
    position = 0
    for rule in rules:
        then = tuple(replace(action, position=position + offset) for offset, action in enumerate(rule.then))
        position += len(then)
        positioned.append(replace(rule, then=then))
    return tuple(positioned)
