"""Conditions that can never hold, so that their rule never applies and nobody knows why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.comparison import worded
from planhook.core.condition import Condition, Group, Test, check
from planhook.core.rule import Rule
from planhook.core.scalar import as_number, as_text
from planhook.rulebook.conditions import MOMENTS, NUMBERS
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.kinds import FLAG, KINDS, LIST, MAP, NUMBER, PEOPLE, TIME
from planhook.rulebook.located import LocatedDict, LocatedList, Path
from planhook.rulebook.operator_words import meant_number, meant_test
from planhook.rulebook.vocabulary import EVENT_TYPES, FIELDS, WORDS, listens

_Fault = tuple[str, str]  # the path of the field, and what is wrong in a sentence
_SAID: Mapping[str, str] = {
    "is": "",
    "one_of": "one of",
    "is_not": "other than",
    "not_one_of": "none of",
    "starts_with": "something that starts with",
    "ends_with": "something that ends with",
    "contains": "something with",
    "matches": "something like",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INDEX = re.compile(r"\.\d+(?=\.|\Z)")
_NAMES_VALUES = ("is", "one_of", "changed_to")
_NOT_SCALAR = (LIST, PEOPLE, MAP)
_HOLD_WHEN_ABSENT = ("is_not", "not_one_of", "present", "changed")
_LOWER, _UPPER = ("at_least", "more_than"), ("at_most", "less_than")


def warn_of_contradictions(
    files: Sequence[RuleFile], rules: Sequence[Rule], calendar: Calendar, findings: Findings
) -> None:
    """Add a warning for each condition that no event can meet."""
    for rule in rules:
        for path, message in _never(rule.condition, rule, calendar) if rule.condition else ():
            for file in files:
                if file.name == rule.file:
                    findings.add(file, _place(file, rule, path), f"{message}, so this never holds", "warning")


def _never(condition: Condition, rule: Rule, calendar: Calendar) -> Iterator[_Fault]:
    if isinstance(condition, Group) and condition.kind != "all":
        for part in condition.parts if condition.kind == "any" else ():
            yield from _never(part, rule, calendar)
        return
    tests: dict[str, list[Test]] = {}
    for part in _parts(condition):
        if isinstance(part, Test):
            tests.setdefault(part.path, []).append(part)
        else:
            yield from _never(part, rule, calendar)
    for path, of_path in tests.items():
        faults = [(path, fault) for test in of_path if (fault := alone(test, rule))]
        yield from faults or ([(path, fault)] if (fault := together(path, of_path, calendar)) else [])


def _parts(condition: Condition) -> Iterator[Condition]:
    """The parts that must all hold, blocks `all` inside each other taken apart."""
    if isinstance(condition, Group) and condition.kind == "all":
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition


def alone(test: Test, rule: Rule) -> str | None:
    """Why one test holds for no event of the rule."""
    kind, path = KINDS.get(test.path), test.path
    if kind in (MAP, PEOPLE) and test.operator not in ("present", "changed"):
        hint = f" (write {path}.email)" if path == "meeting.organizer" else ""
        return f"{path} is {kind} and equals no value{hint}"
    if kind and kind != TIME and test.operator in MOMENTS:
        return f"{path} is {kind}, not a time"
    if kind in (TIME, FLAG) and test.operator in NUMBERS:
        return f"{path} is {kind}, not a number" + (" (write before or after)" if kind == TIME else "")
    if test.operator not in _NAMES_VALUES:
        return None
    values = [as_text(value) or "" for value in _values(test)]
    if kind == TIME and all(_DAY.fullmatch(value) for value in values):
        return f"{path} is a moment, which no day equals (write after and before)"
    allowed = _possible(path, rule)
    if allowed and not {value.casefold() for value in values} & set(allowed):
        return f"{path} is {' or '.join(allowed)} here, never {worded(test.expected)}"
    if kind == FLAG and not {value.casefold() for value in values} & {"true", "false"}:
        return f"{path} is true or false, never {worded(test.expected)}"
    if kind == NUMBER and not any(as_number(value) is not None or _is_slip(value) for value in values):
        return f"{path} is a number, never {worded(test.expected)}"
    return None


def _is_slip(text: str) -> bool:
    """Whether a text is told as a slip anyway: an operator, a number with commas, a placeholder."""
    return "{{" in text or meant_test(text) is not None or meant_number(text) is not None


def _possible(path: str, rule: Rule) -> Sequence[str]:
    """The words that a field can be for events of a rule; none when it may be anything."""
    if path == "deal.status" and set(rule.on) <= {"deal.won", "deal.lost"}:
        return [name.removeprefix("deal.") for name in rule.on]
    if path == "event.type":
        heard = {types[0]: None for types in EVENT_TYPES if any(listens(rule.on, name) for name in types)}
        known = all(any(listens([name], each) for types in EVENT_TYPES for each in types) for name in rule.on)
        return list(heard) if known else []
    return WORDS.get(_INDEX.sub(".0", path), ())


def together(path: str, tests: Sequence[Test], calendar: Calendar) -> str | None:
    """Why several tests of one field hold for no event at once."""
    absent = [test for test in tests if test.operator == "present" and not test.expected]
    present = [test for test in tests if test.operator not in _HOLD_WHEN_ABSENT]
    if absent and present:
        return f"{path} cannot be absent and {_said(present[0])} at once"
    changes = [test for test in tests if test.operator in ("changed_to", "changed_from")]
    if changes and any(test.operator == "changed" and not test.expected for test in tests):
        return f"{path} cannot be unchanged and {_said(changes[0])} at once"
    lower = [test for test in tests if test.operator in _LOWER]
    upper = [test for test in tests if test.operator in _UPPER]
    for least in lower:
        for most in upper:
            strict = least.operator == "more_than" or most.operator == "less_than"
            if least.expected > most.expected or (strict and least.expected == most.expected):
                return f"{path} cannot be {_said(least)} and {_said(most)} at once"
    if fault := _no_time_between(path, tests, calendar):
        return fault
    named = [test for test in tests if test.operator in ("is", "one_of")]
    judged = [test for test in tests if not test.operator.startswith("changed")]
    if named and _is_scalar(path) and not any(_passes(path, value, judged) for value in _values(named[0])):
        others = [test for test in judged if test is not named[0]]
        both = " and ".join(_said(test) for test in [named[0], *others])
        return f"{path} cannot be {both} at once" if others else None
    return None


def _no_time_between(path: str, tests: Sequence[Test], calendar: Calendar) -> str | None:
    for early in (test for test in tests if test.operator == "after"):
        for late in (test for test in tests if test.operator == "before"):
            begin, end = calendar.moment(early.expected), calendar.moment(late.expected)
            if begin and end and begin >= end:
                return f"{path} cannot be {_said(early)} and {_said(late)} at once"
    return None


def _passes(path: str, value: Any, tests: Sequence[Test]) -> bool:
    root, _, name = path.partition(".")
    return check(Group("all", tuple(tests)), {root: {name: value}}, Calendar()).holds


def _is_scalar(path: str) -> bool:
    root, _, name = path.partition(".")
    return name in FIELDS.get(root, ()) and KINDS.get(path) not in _NOT_SCALAR


def _values(test: Test) -> Sequence[Any]:
    return test.expected if isinstance(test.expected, list | tuple) else (test.expected,)


def _said(test: Test) -> str:
    return f"{_SAID.get(test.operator, test.operator.replace('_', ' '))} {worded(test.expected)}".lstrip()


def _place(file: RuleFile, rule: Rule, dotted: str) -> Path:
    """Where the rule names the field in its condition; the rule itself when the words are elsewhere."""
    for index, data in enumerate(file.section("rules", LocatedList)):
        if isinstance(data, LocatedDict) and data.place.line == rule.line:
            return _find(data.get("if"), ("rules", index, "if"), dotted) or ("rules", index)
    return ()


def _find(data: Any, path: Path, key: str) -> Path | None:
    if isinstance(data, LocatedDict):
        if key in data:
            return (*path, key)
        below = [_find(value, (*path, name), key) for name, value in data.items()]
    else:
        items = data if isinstance(data, LocatedList) else ()
        below = [_find(item, (*path, index), key) for index, item in enumerate(items)]
    return next((found for found in below if found), None)
