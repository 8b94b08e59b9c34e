"""Faults on demand: rules that say which calls go wrong, how, and how often."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.api import Interference
from sandbox.messages import Request

_CHOICES = {
    "reset": ("before_read", "after_read", "after_apply", "mid_answer"),
    "invalid_body": ("html", "cut", "empty", "huge"),
}
_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("method", "path", "sourceId", "redirect", *_CHOICES), (str,)),
    **dict.fromkeys(("times", "skip", "delay_ms", "status"), (int,)),
    **dict.fromkeys(("apply_then_status", "apply_late_ms", "apply_items"), (int,)),
    **dict.fromkeys(("hang", "apply_then_hang"), (bool,)),
    **dict.fromkeys(("headers", "partial", "forbid"), (dict,)),
    "body": (str, dict, list),
}
_NULLABLE = ("method", "path", "sourceId", "times", "status", "body")


@dataclass
class Fault:
    """
    One rule: which calls it matches, and what it does to them.

    It matches on method, path (regular expression, searched) and the `sourceId` of an item, lets the first
    `skip` matching calls pass and strikes the next `times` (None: all). Effects can be combined.
    """

    number: int = 0
    method: str | None = None
    path: str | None = None
    sourceId: str | None = None  # noqa: N815 - spelled as in the API
    times: int | None = 1
    skip: int = 0
    delay_ms: int = 0
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    reset: str | None = None
    redirect: str | None = None
    apply_then_hang: bool = False
    apply_then_status: int | None = None
    apply_late_ms: int | None = None
    apply_items: int | None = None
    partial: Mapping[str, Any] = field(default_factory=dict)
    forbid: Mapping[str, Any] = field(default_factory=dict)
    invalid_body: str | None = None
    hits: int = 0

    @property
    def interference(self) -> Interference:
        """What the rule does to the items of a bulk."""
        return Interference(self.partial, self.forbid, self.apply_items)

    @property
    def changes_answer(self) -> bool:
        """Whether the call is applied and its own answer sent, spoilt in some way."""
        spoils = self.invalid_body or self.apply_then_hang or self.reset or self.partial or self.forbid
        return bool(spoils) or self.apply_items is not None

    def matches_line(self, method: str, target: str) -> bool:
        """Whether method and path fit."""
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path is None or re.search(self.path, target.partition("?")[0]) is not None

    def strikes(self) -> bool:
        """Count one matching call; whether it is one of those that go wrong."""
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        return True

    @property
    def is_spent(self) -> bool:
        """Whether the rule has struck as often as it shall."""
        return self.times is not None and self.hits >= self.times


class FaultBook:
    """The rules in force, oldest first; a call meets the first that strikes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, document: Mapping[str, Any]) -> Fault:
        """Put a rule in force; ValueError says what is wrong with it."""
        _check(document)
        with self._lock:
            self._count += 1
            fault = Fault(**{**document, "number": self._count})
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Lift all rules."""
        with self._lock:
            self._faults.clear()

    def all(self) -> list[Fault]:
        """The rules, spent ones too."""
        with self._lock:
            return list(self._faults)

    def strike_line(self, method: str, target: str) -> Fault | None:
        """The rule that resets this call before its body is read."""
        with self._lock:
            for fault in self._faults:
                early = fault.reset == "before_read" and not fault.is_spent
                if early and fault.matches_line(method, target) and fault.strikes():
                    return fault
        return None

    def strike(self, request: Request, source_id: str | None) -> Fault | None:
        """The rule that this call meets; `source_id` is that of the task its path names."""
        sent = (item.get("sourceId") for item in request.items)
        keys = {key for key in (*sent, source_id) if isinstance(key, str)}
        with self._lock:
            for fault in self._faults:
                if fault.reset == "before_read" or fault.is_spent:
                    continue
                if fault.sourceId is not None and fault.sourceId not in keys:
                    continue
                if fault.matches_line(request.method, request.target) and fault.strikes():
                    return fault
        return None


def _check(document: Mapping[str, Any]) -> None:
    for name, value in document.items():
        expected = _TYPES.get(name)
        if expected is None:
            raise ValueError(f"unknown key {name}; known: {', '.join(sorted(_TYPES))}")
        if type(value) not in expected and not (value is None and name in _NULLABLE):
            raise ValueError(f"{name} must be of type {' or '.join(kind.__name__ for kind in expected)}")
    for name, choices in _CHOICES.items():
        if document.get(name) not in (None, *choices):
            raise ValueError(f"{name} must be one of {', '.join(choices)}")
    try:
        re.compile(document.get("path") or "")
    except re.error as error:
        raise ValueError(f"path is no regular expression: {error}") from None
