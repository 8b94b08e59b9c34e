"""Runs the examples of rules and says what differs, and which conditions no example tries both ways."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import Any

from planhook.authoring.coverage import missing, tests_of
from planhook.authoring.expectation import plain
from planhook.authoring.given import read_given
from planhook.authoring.impossible import refuse_impossible
from planhook.authoring.told_record import GivenInvalid
from planhook.core import properties
from planhook.core.calendar import Calendar
from planhook.core.errors import ValueMissing
from planhook.core.event import Event
from planhook.core.operation import Operation
from planhook.core.place import NOWHERE, Place
from planhook.core.plan import Decision, make_plan
from planhook.core.rule import Example, Rule, RuleSet
from planhook.rulebook import Rulebook, load
from planhook.rulebook.located import LocatedDict, Path, place_of

_LACKS = "has no value"


@dataclass(frozen=True, slots=True)
class Difference:
    """What an example expects and its rule does not do, in words, and where in its file that is expected."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class TriedExample:
    """The event of an example, what its rule does with it, and why its type is another than is written, if it is."""

    event: Event
    decision: Decision
    note: str | None


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What became of one example; it passed when there are no differences."""

    line: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """All examples of one rule.

    `conditions` counts its tests, `covered` those that some example meets and another does not; `untried` says of the
    others what is missing.
    """

    rule: str
    file: str
    line: int
    examples: tuple[ExampleResult, ...]
    conditions: int
    covered: int
    untried: tuple[str, ...]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class TrialReport:
    """All rules, in order."""

    rules: tuple[RuleTrial, ...]

    @property
    def conditions(self) -> int:
        """How many tests all conditions have."""
        return sum(rule.conditions for rule in self.rules)

    @property
    def covered(self) -> int:
        """How many of them examples try both ways."""
        return sum(rule.covered for rule in self.rules)

    @property
    def passed(self) -> int:
        """How many examples came out as expected."""
        return sum(1 for rule in self.rules for example in rule.examples if not example.differences)

    @property
    def failed(self) -> int:
        return sum(1 for rule in self.rules for example in rule.examples if example.differences)


def try_rules(folder: File) -> TrialReport:
    """Run every example below `folder`. Raises RulesInvalid when the files themselves are wrong."""
    return try_examples(load(folder, {}, require_env=False))


def try_examples(book: Rulebook) -> TrialReport:
    """Run every example, each against its own rule as if that were on."""
    return TrialReport(tuple(_try_rule(rule, book) for rule in book.every_rule))


def _try_rule(rule: Rule, book: Rulebook) -> RuleTrial:
    rules = book.rules
    results: list[ExampleResult] = []
    events: list[Event] = []
    for example in rule.examples:
        try:
            tried = try_example(example, rule, book)
        except ValueError as fault:
            place = _given_at(example, fault.path) if isinstance(fault, GivenInvalid) else NOWHERE
            results.append(ExampleResult(example.line, (_at(place, example, str(fault)),)))
            continue
        if _hears(rule, tried.event, rules):
            events.append(tried.event)
        found = differences(example, tried.decision, rules.calendar)
        because = f" ({tried.note})" if tried.note else ""
        told = (replace(one, message=f"{one.message}{because}") for one in found)
        results.append(ExampleResult(example.line, tuple(told)))
    untried = [tuple(missing(test, events, rules.calendar)) for test in tests_of(rule.condition)]
    return RuleTrial(
        rule=rule.name,
        file=rule.file,
        line=rule.line,
        examples=tuple(results),
        conditions=len(untried),
        covered=sum(not told for told in untried),
        untried=tuple(each for told in untried for each in told) if rule.examples else (),
        enabled=rule.enabled,
    )


def try_example(example: Example, rule: Rule, book: Rulebook) -> TriedExample:
    """What the rule of an example, alone in `book`, does with it. Raises ValueError when that never comes."""
    refuse_impossible(example, rule, book)
    rules = book.rules
    given = read_given(example.given, rules.calendar, on=rule.on, sources=rule.sources, known=book.sources)
    (decision,) = make_plan(given.event, replace(rules, rules=(rule,))).decisions
    return TriedExample(given.event, decision, given.note)


def _hears(rule: Rule, event: Event, rules: RuleSet) -> bool:
    """Whether the condition of a rule is asked at all: an event of another type tries nothing."""
    (decision,) = make_plan(event, replace(rules, rules=(replace(rule, condition=None, then=()),))).decisions
    return decision.matched


def differences(example: Example, decision: Decision, calendar: Calendar) -> Iterator[Difference]:
    """What an example expects and its rule does not do, in the order of what it expects."""
    if decision.problem:
        told = f"the rule applies but cannot be carried out: {decision.problem}"
        advice = "; give the example what is missing, or the rule a default('…')" if _LACKS in decision.problem else ""
        yield _at(NOWHERE, example, told + advice)
        return
    done = decision.operations
    if len(done) != len(example.expect):
        why = f": {'; '.join(decision.reasons)}" if not done else ""
        wanted = _listed([action for item in example.expect for action in item])
        told = f"expected {wanted}, got {_listed([operation.action for operation in done])}{why}"
        yield _at(example.expected_at, example, told)
        return
    for item, operation in zip(example.expect, done, strict=True):
        ((action, expected),) = item.items()
        if action != operation.action:
            yield _at(_place(item, action), example, f"expected {action}, got {operation.action} of {operation.key}")
            continue
        for name, value, actual in differing(expected, operation, calendar):
            told = f"{action} {name}: expected {_shown(value)}, got {_shown(plain(actual))}"
            yield _at(_place(item, action, *_steps(name, expected)), example, told)


def _given_at(example: Example, path: Path) -> Place:
    """Where `path` below `given` stands, or the innermost part of it that is written."""
    below = example.given.get(str(path[0]))
    if isinstance(below, LocatedDict) and path[1:] and path[1] in below:
        return place_of(below, path[1:])
    return example.places.get(str(path[0]), NOWHERE)


def _at(place: Place, example: Example, message: str) -> Difference:
    """A difference at a place of the example, where it begins if there is none."""
    where = place if place.line else Place("", example.line, example.column)
    return Difference(where.line, where.column, message)


def differing(expected: Mapping[str, Any], operation: Operation, calendar: Calendar) -> Iterator[tuple[str, Any, Any]]:
    """Each field that is not as expected, custom ones as `custom.<name>`: its name, what is expected, what is there."""
    for name, value in _flat(expected):
        actual = _actual(operation, name)
        if _wire(name, value, operation, calendar) != actual:
            yield name, value, actual


def _place(item: Any, *path: str) -> Place:
    return place_of(item, path) if isinstance(item, LocatedDict) else NOWHERE


def _steps(name: str, expected: Mapping[str, Any]) -> tuple[str, ...]:
    """Where in `expected` the field `name` stands: a custom one in a map of its own, unless it is named in full."""
    is_nested = name not in expected and name.startswith(properties.CUSTOM)
    return ("custom", name.removeprefix(properties.CUSTOM)) if is_nested else (name,)


def _listed(actions: list[str]) -> str:
    return " and ".join(actions) or "nothing"


def _flat(expected: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in expected.items():
        if name == "custom" and isinstance(value, Mapping):
            yield from ((f"{properties.CUSTOM}{field}", item) for field, item in value.items())
        else:
            yield name, value


def _actual(operation: Operation, name: str) -> Any:
    if name == "sourceId":
        return None if operation.by_id else operation.key
    if name == "_id":
        return operation.key if operation.by_id else None
    return operation.if_absent if name == "if_absent" else operation.fields.get(name)


def _wire(name: str, value: Any, operation: Operation, calendar: Calendar) -> Any:
    """What the author expects as it would go over the wire: a plain date is a time, a text a step of a checklist."""
    try:
        return properties.coerce(name, value, calendar, whole_days=bool(operation.fields.get("noSpecificTime")))
    except ValueMissing:
        return value


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
