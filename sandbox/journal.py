"""The journal of calls: who asked what when, what it did to which task, and what that says in numbers."""

import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

KEPT_CALLS = 100_000
_START = time.time() - time.monotonic()


def now() -> float:
    """Seconds since 1970 by a clock that nobody sets: else calls seem to overlap when the machine's is put back."""
    return _START + time.monotonic()


@dataclass
class Call:
    """One call of the API. Times are those of `now`."""

    number: int
    method: str
    target: str
    arrived: float
    kind: str = "other"
    items: int = 0
    status: int | None = None
    """None: no answer was sent."""
    applied: float | None = None
    answered: float | None = None
    fault: int | None = None
    changes: Sequence[dict[str, Any]] = ()
    """Each as `Change.as_json` gives it: the task as a whole is not kept."""
    under_way: set[str] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        """The call for the control API."""
        path, _, query = self.target.partition("?")
        return {
            "number": self.number,
            "kind": self.kind,
            "method": self.method,
            "path": path,
            "query": query,
            "items": self.items,
            "status": self.status,
            "arrived": self.arrived,
            "applied": self.applied,
            "answered": self.answered,
            "fault": self.fault,
            "changes": self.changes,
        }


class Journal:
    """All calls since the last reset, the newest `KEPT_CALLS` of them in full."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self.clear()

    def clear(self) -> None:
        """Forget everything but how many calls are under way."""
        with self._lock:
            self._calls: deque[Call] = deque(maxlen=KEPT_CALLS)
            self._count = 0
            self._most_under_way = Counter(self._under_way)

    def open(self, method: str, target: str) -> Call:
        """Note the arrival of a call."""
        with self._lock:
            self._count += 1
            call = Call(self._count, method, target, now())
            self._calls.append(call)
        self.enter(call, "calls")
        return call

    def enter(self, call: Call, gauge: str) -> None:
        """Count the call as under way, as one of `gauge`."""
        with self._lock:
            call.under_way.add(gauge)
            self._under_way[gauge] += 1
            self._most_under_way[gauge] = max(self._most_under_way[gauge], self._under_way[gauge])

    def leave(self, call: Call) -> None:
        """Count the call as over: answered, or its client is gone."""
        with self._lock:
            for gauge in call.under_way:
                self._under_way[gauge] -= 1
            call.under_way.clear()

    def under_way(self, gauge: str) -> int:
        """How many calls of `gauge` are neither answered nor abandoned."""
        with self._lock:
            return self._under_way[gauge]

    def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """The calls with a number above `after`, oldest first."""
        with self._lock:
            kept = [call for call in self._calls if call.number > after]
        return [call.as_json() for call in kept]

    def numbers(self) -> dict[str, Any]:
        """Counts by kind, status and change, the busiest 60 seconds, the most calls at once."""
        with self._lock:
            kept = list(self._calls)
            most = Counter(self._most_under_way)
        changes = Counter(
            change["kind"] if change["changed"] or change["kind"] != "update" else "nonupdate"
            for call in kept
            for change in call.changes
        )
        return {
            "calls": len(kept),
            "by_kind": dict(Counter(call.kind for call in kept)),
            "by_status": dict(Counter(str(call.status) for call in kept)),
            "changes": dict(changes),
            "max_calls_60s": busiest_window([call.arrived for call in kept], 60.0),
            "max_concurrent_calls": most["calls"],
            "max_concurrent_bulk": most["bulk"],
        }


def busiest_window(times: Sequence[float], seconds: float) -> int:
    """The most of `times` that lie within any `seconds`."""
    ordered = sorted(times)
    first = most = 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
