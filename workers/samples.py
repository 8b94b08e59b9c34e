"""What was written to Planhat a short while ago and has not been read back yet."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST = 500
RIPE_S = 2.0  # Planhat may show for a moment what was there before
OLD_S = 60.0  # by then somebody else may have written to the task


@dataclass(frozen=True, slots=True)
class Written:
    """The values written to one task, those known `before`, and when Planhat had answered, by its own clock."""

    values: Mapping[str, Any]
    before: Mapping[str, Any]
    at: datetime
    noted: float

    def and_then(self, later: "Written") -> "Written":
        """Both as one write."""
        return Written({**self.values, **later.values}, {**later.before, **self.before}, later.at, later.noted)


class Samples:
    """By task. Safe to share between threads; what there is no room for is left out."""

    def __init__(self, ripe_s: float = RIPE_S) -> None:
        self._ripe_s = ripe_s
        self._lock = threading.Lock()
        self._written: dict[str, Written] = {}

    def add(self, written: Mapping[str, Written]) -> None:
        """Keep `written`, as far as there is room; two writes of one task are one."""
        with self._lock:
            for key, one in written.items():
                if key in self._written:
                    self._written[key] = self._written[key].and_then(one)
                elif len(self._written) < MOST:
                    self._written[key] = one

    def take(self) -> dict[str, Written]:
        """Take out what is ripe, and forget what is too old."""
        now = time.monotonic()
        with self._lock:
            ripe = {key: one for key, one in self._written.items() if now - one.noted >= self._ripe_s}
            for key in ripe:
                del self._written[key]
        return {key: one for key, one in ripe.items() if now - one.noted < OLD_S}

    def give_back(self, written: Mapping[str, Written]) -> None:
        """Keep what was taken and could not be read, unless it was written again."""
        with self._lock:
            self._written = {**written, **self._written}
