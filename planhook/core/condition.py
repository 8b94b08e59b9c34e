"""Conditions of rules: a tree of tests that gives a verdict with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds, and in words why: for a failing tree the parts that failed, else what held."""

    holds: bool
    reasons: tuple[str, ...] = ()


class Pattern(Protocol):
    """A compiled expression that runs in linear time; the rulebook brings the engine."""

    pattern: Any

    def search(self, text: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Test:
    """One operator on one path; `expected` is already of the type that the operator needs."""

    path: str
    operator: str
    expected: Any


@dataclass(frozen=True, slots=True)
class Group:
    """`kind` is "all", "any" or "none" of `parts`."""

    kind: str
    parts: Sequence["Condition"]


Condition = Test | Group
