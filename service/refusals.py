"""Refusals on their way to Redis: gathered in memory, so that a flood of forged requests writes next to nothing."""

import threading
import time
from collections import Counter, deque
from datetime import UTC, datetime, timedelta

import structlog

from planhook.core.errors import StoreUnavailable
from planhook.store.refusals import KEPT, OTHERS, UNKNOWN_SOURCE, Refusal, Refusals

_MOST_COUNTERS = 500  # between two flushes
_OF_STATUS = {404: UNKNOWN_SOURCE, 405: "method_not_allowed"}
_log = structlog.get_logger("service.refusals")


class RefusalCounter:
    """Counts the refusals of this process and hands them to Redis at most once per `every`."""

    def __init__(self, store: Refusals, every: timedelta = timedelta(seconds=1)) -> None:
        self._store = store
        self._every = every.total_seconds()
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last: deque[Refusal] = deque(maxlen=KEPT)
        self._is_due = False
        self._not_before = 0.0

    def stored(self) -> Refusals:
        """The record of all processes, with what this one gathered up to now."""
        self.flush()
        return self._store

    def note(self, source: str, status: int, code: str | None) -> None:
        """Take a refusal in; it is in Redis soon after, unless the process dies.

        `code` is that of the error; None when HTTP itself says all there is.
        """
        refusal = Refusal(datetime.now(UTC), source, status, code or _OF_STATUS.get(status, f"status_{status}"))
        counter = (refusal.source, refusal.reason)
        with self._lock:
            if counter not in self._counts and len(self._counts) >= _MOST_COUNTERS:
                counter = (OTHERS, refusal.reason)
            self._counts[counter] += 1
            self._last.append(refusal)
            if self._is_due:
                return
            self._is_due = True
            wait = max(0.0, self._not_before - time.monotonic())
        # Beside the request: whoever is refused does not wait for Redis.
        timer = threading.Timer(wait, self.flush)
        timer.daemon = True
        timer.start()

    def flush(self) -> None:
        """Hand over what was gathered. When Redis takes nothing it is lost, which only the log tells."""
        with self._flushing:  # one after the other: the last ones stay in order
            counts, last = self._take()
            if not counts:
                return
            try:
                self._store.add(counts, last)
            except StoreUnavailable as fault:
                _log.warning("refusals_not_counted", count=counts.total(), reason=str(fault))

    def _take(self) -> tuple[Counter[tuple[str, str]], list[Refusal]]:
        with self._lock:
            counts, last = self._counts, list(self._last)
            self._counts = Counter()
            self._last.clear()
            self._is_due, self._not_before = False, time.monotonic() + self._every
        return counts, last
