"""Conditions of rules: a tree of tests that gives a verdict with its reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from planhook.core.calendar import Calendar
from planhook.core.comparison import COMPARISONS, Comparison, worded
from planhook.core.paths import find, split
from planhook.core.place import NOWHERE, Place
from planhook.core.scalar import is_empty, shown

Data = Mapping[str, Any]
Judge = Callable[[Data, Calendar], "Verdict"]

_UNKNOWN = object()  # one side of a change that the sender did not tell; null is a value that it told


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds, and why in words.

    For a failing tree the reasons are the parts that failed, else what held.
    """

    holds: bool
    reasons: tuple[str, ...] = ()


class Pattern(Protocol):
    """A compiled expression that runs in linear time; the rulebook brings the engine."""

    pattern: Any

    def search(self, text: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Test:
    """One operator on one path; `expected` is already of the type that the operator needs.

    `place` is where it stands, which makes no difference between two tests.
    Raises ValueError for an operator that is not in OPERATORS.
    """

    path: str
    operator: str
    expected: Any
    place: Place = field(default=NOWHERE, repr=False, compare=False)
    judge: Judge = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise ValueError(f"{self.operator!r} is not an operator")
        object.__setattr__(self, "judge", _compiled(self))


@dataclass(frozen=True, slots=True)
class Group:
    """`kind` is "all", "any" or "none" of `parts`; `place` is where the block stands, NOWHERE for a whole condition."""

    kind: str
    parts: Sequence["Condition"]
    place: Place = field(default=NOWHERE, repr=False, compare=False)


Condition = Test | Group


def check(condition: Condition, data: Data, calendar: Calendar) -> Verdict:
    """Whether `condition` holds for `data` (as `Event.data()` gives it), and why."""
    if isinstance(condition, Test):
        return condition.judge(data, calendar)
    verdicts = [check(part, data, calendar) for part in condition.parts]
    held = tuple(reason for verdict in verdicts if verdict.holds for reason in verdict.reasons)
    failed = tuple(reason for verdict in verdicts if not verdict.holds for reason in verdict.reasons)
    some = any(verdict.holds for verdict in verdicts)
    if condition.kind == "any":
        return Verdict(some, held if some else failed)
    if condition.kind == "none":
        return Verdict(not some, held if some else failed)
    every = all(verdict.holds for verdict in verdicts)
    return Verdict(every, held if every else failed)


def _compiled(test: Test) -> Judge:
    if test.operator in _CHANGES:
        return _change_judge(test)
    if test.operator == "present":
        return _presence_judge(test)
    return _comparison_judge(test, COMPARISONS[test.operator])


def _presence_judge(test: Test) -> Judge:
    path, steps, wanted = test.path, split(test.path), bool(test.expected)

    def judge(data: Data, _: Calendar) -> Verdict:
        value = find(data, steps)
        return Verdict(is_empty(value) is not wanted, (f"{path} is {shown(value)}",))

    return judge


def _comparison_judge(test: Test, operator: Comparison) -> Judge:
    path, steps = test.path, split(test.path)
    holds, operand = operator.holds, operator.prepare(test.expected)
    expected = worded(test.expected)
    in_words = {
        True: f", {operator.words} {expected}" if operator.words else "",
        False: f", {operator.opposite} {expected}",
        None: f", not a {operator.needs}",
    }
    absent = Verdict(operator.holds_when_absent, (f"{path} is absent",))

    def judge(data: Data, calendar: Calendar) -> Verdict:
        value = find(data, steps)
        if is_empty(value):
            return absent
        verdict = holds(value, operand, calendar)
        return Verdict(verdict is True, (f"{path} is {shown(value)}{in_words[verdict]}",))

    return judge


def _change_judge(test: Test) -> Judge:
    path, steps, names = test.path, split(test.path), names_of_change(test.path)
    operator, wanted = test.operator, bool(test.expected)
    alternatives = COMPARISONS["one_of"].prepare(
        test.expected if isinstance(test.expected, list | tuple) else [test.expected]
    )
    expected = worded(test.expected)

    def judge(data: Data, calendar: Calendar) -> Verdict:
        change = _change(data, names)
        changed = change is not None and (change[0] is _UNKNOWN or change[0] != change[1])
        if operator == "changed":
            return Verdict(changed is wanted, (_told(path, change if changed else None),))
        if change is None or not changed:
            return Verdict(False, (_told(path, None),))
        before, after = change
        if operator == "changed_from":
            value, word = before, "from"
        else:
            value, word = (find(data, steps) if after is _UNKNOWN else after), "to"
        holds = value is not _UNKNOWN and not is_empty(value)
        holds = holds and COMPARISONS["one_of"].holds(value, alternatives, calendar) is True
        told = _told(path, change)
        return Verdict(holds, (told if holds else f"{told}, not {word} {expected}",))

    return judge


def names_of_change(path: str) -> tuple[str, ...]:
    """Under which names `changes` may tell of `path`: senders name the field, not where we show it."""
    _, _, inner = path.partition(".")
    if not inner or path.startswith("changes."):
        return (inner or path,)
    return (inner, inner.rpartition(".")[2])


def _change(data: Data, names: Sequence[str]) -> tuple[Any, Any] | None:
    changes = data.get("changes")
    if not isinstance(changes, Mapping):
        return None
    for name in names:
        if name in changes:
            told = changes[name]
            if not isinstance(told, Mapping):
                return (_UNKNOWN, _UNKNOWN)
            return (told.get("from", _UNKNOWN), told.get("to", _UNKNOWN))
    return None


def _told(path: str, change: tuple[Any, Any] | None) -> str:
    if change is None:
        return f"{path} did not change"
    before, after = change
    since = "" if before is _UNKNOWN else f" from {shown(before)}"
    until = "" if after is _UNKNOWN else f" to {shown(after)}"
    return f"{path} changed{since}{until}"


_CHANGES = frozenset({"changed", "changed_to", "changed_from"})
OPERATORS = frozenset({*COMPARISONS, *_CHANGES, "present"})
