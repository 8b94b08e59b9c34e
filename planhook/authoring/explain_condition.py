"""A condition as a tree of verdicts: what each test found, and what each block made of its parts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition, Group, Test, check
from planhook.core.paths import find, split

_BLOCKS = {"all": "all of these", "any": "any of these", "none": "none of these"}


@dataclass(frozen=True, slots=True)
class TestTrace:
    """One test. `found` is what the event has at `path` (None: absent), `reason` the verdict in words."""

    __test__ = False  # pytest takes every class of that name for its own

    path: str
    operator: str
    expected: Any
    found: Any
    holds: bool
    reason: str
    where: str

    def to_json(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "path": self.path,
            "operator": self.operator,
            "expected": self.expected,
            "found": self.found,
            "reason": self.reason,
            "where": self.where,
        }


@dataclass(frozen=True, slots=True)
class GroupTrace:
    """A block: `kind` is all, any or none of `parts`."""

    kind: str
    holds: bool
    parts: tuple["ConditionTrace", ...]
    where: str

    @property
    def reason(self) -> str:
        """`2 of 3 hold, any of these`: how many parts hold beside what is asked for."""
        held = sum(part.holds for part in self.parts)
        return f"{_BLOCKS[self.kind]}: {held} of {len(self.parts)} hold{'s' if held == 1 else ''}"

    def to_json(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "block": self.kind,
            "reason": self.reason,
            "parts": [part.to_json() for part in self.parts],
            "where": self.where,
        }


ConditionTrace = TestTrace | GroupTrace


def trace_condition(condition: Condition, data: Mapping[str, Any], calendar: Calendar) -> ConditionTrace:
    """Every part of `condition`, also those on which the verdict does not depend. `data` is `Event.data()`."""
    holds = check(condition, data, calendar).holds
    if isinstance(condition, Group):
        parts = tuple(trace_condition(part, data, calendar) for part in condition.parts)
        return GroupTrace(condition.kind, holds, parts, str(condition.place))
    return _trace_test(condition, data, calendar, holds=holds)


def _trace_test(test: Test, data: Mapping[str, Any], calendar: Calendar, *, holds: bool) -> TestTrace:
    (reason,) = check(test, data, calendar).reasons
    return TestTrace(
        path=test.path,
        operator=test.operator,
        expected=_plain(test.expected),
        found=find(data, split(test.path)),
        holds=holds,
        reason=reason,
        where=str(test.place),
    )


def _plain(expected: Any) -> Any:
    """What the rule expects as JSON: a compiled pattern as it was written."""
    if isinstance(expected, tuple):
        return list(expected)
    return getattr(expected, "pattern", expected)
