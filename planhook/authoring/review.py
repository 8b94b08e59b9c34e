"""What a change of rule files does, in plain sentences: rules, tables, calendar, sources, and what it puts at odds."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from planhook.authoring.check import all_findings
from planhook.authoring.nouns import constant, listed, value_words
from planhook.authoring.sentences import action_words, field_words, mode_words, sentence, task_words, trigger_words
from planhook.core.calendar import Calendar
from planhook.core.errors import Finding
from planhook.core.rule import ActionTemplate, Rule, RuleSet
from planhook.rulebook import Rulebook

NEW, CHANGED, RENAMED, GONE, SAME_EFFECT = "new", "changed", "renamed", "gone", "same effect"
_MOST_ROWS = 8
_LINE = re.compile(r":\d+")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule of which something changed. `sentences` says what it does or did, or what differs."""

    kind: str
    rule: str
    place: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """`others` is about tables, calendar and sources; `conflicts` are findings that were not there before."""

    rules: tuple[RuleChange, ...]
    others: tuple[str, ...]
    conflicts: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.rules or self.others or self.conflicts)

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
    return Review(tuple(_rules(before.rules, after.rules)), others, _conflicts(before, after))


def _rules(before: RuleSet, after: RuleSet) -> Iterator[RuleChange]:
    old = {rule.name: rule for rule in before.rules}
    new = {rule.name: rule for rule in after.rules}
    renamed: dict[str, Rule] = {}
    for rule in after.rules:
        was = old.get(rule.name) or next((each for each in before.rules if _is_renamed(each, rule, old, new)), None)
        if was is None:
            yield RuleChange(NEW, rule.name, _place(rule), (sentence(rule),))
        elif was.name != rule.name:
            renamed[was.name] = rule
            yield RuleChange(RENAMED, rule.name, _place(rule), tuple(_renaming(was, rule)))
        elif differences := tuple(_differences(was, rule)):
            yield RuleChange(CHANGED, rule.name, _place(rule), (*differences, f"In full: {sentence(rule)}"))
        elif (_examples(was), was.description) != (_examples(rule), rule.description):
            yield RuleChange(SAME_EFFECT, rule.name, _place(rule), ("Only its examples or description changed.",))
    for rule in before.rules:
        if rule.name not in new and rule.name not in renamed:
            yield RuleChange(GONE, rule.name, _place(rule), (f"No longer: {sentence(rule)}",))


def _is_renamed(was: Rule, now: Rule, old: Mapping[str, Rule], new: Mapping[str, Rule]) -> bool:
    return was.name not in new and now.name not in old and not list(_differences(was, now))


def _renaming(was: Rule, now: Rule) -> Iterator[str]:
    yield f"It was called {was.name}."
    if was.slug != now.slug and any(action.key is None for action in now.then):
        yield "Its creates have no sourceId, so tasks that it made before are not found again: it makes new ones."


def _examples(rule: Rule) -> list[tuple[Any, Any]]:
    return [(example.given, example.expect) for example in rule.examples]


def _place(rule: Rule) -> str:
    return f"{rule.file}:{rule.line}"


def _differences(was: Rule, now: Rule) -> Iterator[str]:
    if (was.on, was.sources, was.condition) != (now.on, now.sources, now.condition):
        yield f"It acts when {trigger_words(now)}; before, when {trigger_words(was)}."
    if mode_words(was) != mode_words(now):
        yield f"It is {mode_words(now)}; before, it was {mode_words(was)}."
    theirs = {_identity(action): action for action in was.then}
    for action in now.then:
        before = theirs.pop(_identity(action), None)
        if before is None:
            yield f"It newly does this: {action_words(action)}."
        else:
            yield from _field_differences(before, action)
    for action in theirs.values():
        yield f"It no longer does this: {action_words(action)}."


def _identity(action: ActionTemplate) -> tuple[str, str | None, bool]:
    return action.action, action.key.text if action.key else None, action.by_id


def _field_differences(was: ActionTemplate, now: ActionTemplate) -> Iterator[str]:
    for name in dict.fromkeys([*was.fields, *now.fields]):
        old, new = was.fields.get(name), now.fields.get(name)
        if old == new:
            continue
        where = f"On {task_words(now)}, {field_words(name)}"
        if name not in was.fields:
            yield f"{where} is newly written: {value_words(new)}."
        elif name not in now.fields:
            yield f"{where} is no longer written; it was {value_words(old)}."
        else:
            yield f"{where} is {value_words(new)}; before, {value_words(old)}."
    if was.if_absent != now.if_absent:
        yield f"If there is no such task, its policy is {now.if_absent}; before, {was.if_absent}."


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
    for name in sorted({*before.sources, *after.sources}):
        old, new = before.sources.get(name), after.sources.get(name)
        if old is None and new is not None:
            yield f"The source {name} is new ({new.kind}): planhook listens at /webhooks/{name}."
        elif new is None and old is not None:
            yield f"The source {name} is gone: what it sends gets 404."
        elif old and new and old.kind != new.kind:
            yield f"The source {name} is of the kind {new.kind} instead of {old.kind}."
        elif old != new:
            yield f"The source {name} is set up otherwise."


def _order(before: RuleSet, after: RuleSet) -> Iterator[str]:
    names = {rule.name for rule in before.rules} & {rule.name for rule in after.rules}
    if _names(before.rules, names) != _names(after.rules, names):
        yield "The order of the rules changed: where two write one field because of one event, the later one wins."


def _names(rules: Iterable[Rule], known: set[str]) -> list[str]:
    return [rule.name for rule in rules if rule.name in known]


def _conflicts(before: Rulebook, after: Rulebook) -> tuple[Finding, ...]:
    """What `check` finds now and did not find before, wherever it stood then."""
    known = {_told(finding) for finding in all_findings(before)}
    return tuple(finding for finding in all_findings(after) if _told(finding) not in known)


def _told(finding: Finding) -> tuple[str, str, str]:
    return finding.file, finding.severity, _LINE.sub("", finding.message)
