"""What a change of rule files does, in plain sentences: rules, tables, calendar, sources, and what it puts at odds."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from planhook.authoring.check import all_findings
from planhook.authoring.nouns import constant, listed
from planhook.authoring.rule_change import RuleChange, rule_changes
from planhook.authoring.source_settings import differing_settings
from planhook.core.calendar import Calendar
from planhook.core.errors import Finding
from planhook.core.rule import Rule, RuleSet
from planhook.rulebook import Rulebook

_MOST_ROWS = 8
_LINE = re.compile(r":\d+")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Review:
    """`others` is about tables, calendar and sources; `conflicts` are findings that were not there before.

    `files_differ` when a byte of the files does, which need not mean anything.
    """

    rules: tuple[RuleChange, ...]
    others: tuple[str, ...]
    conflicts: tuple[Finding, ...]
    files_differ: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.rules or self.others or self.conflicts)

    @property
    def nothing(self) -> str:
        """What to say when it is empty."""
        if self.files_differ:
            return "Nothing: only comments, blank lines or the way of writing changed."
        return "Nothing: the files are the same."

    def to_json(self) -> dict[str, Any]:
        return {
            "rules": [asdict(change) for change in self.rules],
            "others": list(self.others),
            "conflicts": [asdict(finding) for finding in self.conflicts],
        }


def review(before: Rulebook, after: Rulebook) -> Review:
    """What it means to go from one rulebook to another."""
    others = (*_tables(before.rules, after.rules), *_calendar(before.rules.calendar, after.rules.calendar))
    others += tuple(_sources(before, after))
    others += tuple(_order(before.rules, after.rules))
    return Review(
        tuple(rule_changes(before, after)),
        others,
        _conflicts(before, after),
        before.rules.version != after.rules.version,
    )


def _tables(before: RuleSet, after: RuleSet) -> Iterator[str]:
    for name in sorted({*before.tables, *after.tables}):
        old, new = before.tables.get(name), after.tables.get(name)
        if old is None or new is None:
            yield f"The table {name} is {'new' if old is None else 'gone'}."
        elif rows := list(_rows(old, new)):
            more = f"; and {len(rows) - _MOST_ROWS} more rows" if len(rows) > _MOST_ROWS else ""
            yield f"In the table {name}, {'; '.join(rows[:_MOST_ROWS])}{more}."


def _rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*old, *new]):
        if key not in old:
            yield f"{key} is new ({constant(new[key])})"
        elif key not in new:
            yield f"{key} is gone (it was {constant(old[key])})"
        elif old[key] != new[key]:
            yield f"{key} is {constant(new[key])} instead of {constant(old[key])}"


def _calendar(before: Calendar, after: Calendar) -> Iterator[str]:
    if before.timezone.key != after.timezone.key:
        yield f"The time zone is {after.timezone.key} instead of {before.timezone.key}."
    if before.weekend != after.weekend:
        days = [_DAYS[day] for day in sorted(after.weekend)]
        yield f"The weekend is {listed(days) if days else 'no day at all'}."
    for word, old, new in (
        ("holiday", map(str, before.holidays), map(str, after.holidays)),
        ("domain of our own", before.internal_domains, after.internal_domains),
    ):
        yield from _members(word, set(old), set(new))


def _members(word: str, old: set[str], new: set[str]) -> Iterator[str]:
    for told, members in (("new", new - old), ("gone", old - new)):
        if members:
            yield f"As {word}, {listed(sorted(members))} {'are' if len(members) > 1 else 'is'} {told}."


def _sources(before: Rulebook, after: Rulebook) -> Iterator[str]:
    zones = before.rules.calendar.timezone, after.rules.calendar.timezone
    for name in sorted({*before.sources, *after.sources}):
        old, new = before.sources.get(name), after.sources.get(name)
        if old is None and new is not None:
            yield f"The source {name} is new ({new.kind}): planhook listens at /webhooks/{name}."
        elif new is None and old is not None:
            yield f"The source {name} is gone: what it sends gets 404."
        elif old and new and old.kind != new.kind:
            yield f"The source {name} is of the kind {new.kind} instead of {old.kind}."
        elif old and new and (keys := differing_settings(old, new, zones)):
            yield f"The source {name} is set up otherwise: {listed(keys)}."


def _order(before: RuleSet, after: RuleSet) -> Iterator[str]:
    names = {rule.name for rule in before.rules} & {rule.name for rule in after.rules}
    if _names(before.rules, names) != _names(after.rules, names):
        yield "The order of the rules changed: where two write one field because of one event, the later one wins."


def _names(rules: Iterable[Rule], known: set[str]) -> list[str]:
    return [rule.name for rule in rules if rule.name in known]


def _conflicts(before: Rulebook, after: Rulebook) -> tuple[Finding, ...]:
    """What `check` finds now and did not find before, wherever it stood then: each once for each time it is new."""
    was, now = all_findings(before), all_findings(after)
    files = sorted({finding.file for finding in (*was, *now)}, key=len, reverse=True)
    known = Counter(_told(finding, ()) for finding in was)
    left = [finding for finding in now if not _taken(known, _told(finding, ()))]
    # A file may have moved, and name other files that have.
    moved = Counter(_told(Finding(file, 0, message, severity), files) for file, severity, message in known.elements())
    return tuple(finding for finding in left if not _taken(moved, _told(finding, files)))


def _taken(known: Counter[tuple[str, str, str]], told: tuple[str, str, str]) -> bool:
    """Whether `told` was among what is known; it is not the next time."""
    known[told] -= 1
    return known[told] >= 0


def _told(finding: Finding, files: Iterable[str]) -> tuple[str, str, str]:
    """A finding without its lines, and without the names of `files`."""
    file, message = finding.file, _LINE.sub("", finding.message)
    for name in files:
        message = message.replace(name, "a file")
    return ("" if file in files else file), finding.severity, message
