"""Whose fault a failure is: Planhat's, or that of one task among others that pass."""

import time
from collections.abc import Iterable

LONGEST_DELAY_MS = 60_000


class Blame:
    """Remembers failures of this process. A failed bulk write is halved until the task at fault stands alone."""

    def __init__(self, most: int) -> None:
        self.size = most  # items of the next bulk write
        self.unanswered: set[str] = set()  # tasks of writes that got no answer as a whole
        self._most = most
        self._first_failure: dict[str, float] = {}
        self._last_success = 0.0
        self._tries: dict[str, int] = {}

    def answered(self) -> None:
        """A bulk write got an answer for its tasks."""
        self.size = min(self._most, self.size * 2)

    def settled(self, key: str) -> None:
        """The task got an answer that stands."""
        self._first_failure.pop(key, None)
        self.unanswered.discard(key)
        self._tries.pop(key, None)

    def failed_together(self, keys: Iterable[str]) -> None:
        """A bulk write of `keys` failed as a whole."""
        together = list(keys)
        self.unanswered.update(together)
        for key in together:
            self._first_failure.setdefault(key, time.monotonic())
        if len(together) > 1:
            self.size = max(1, len(together) // 2)

    def failed(self, key: str) -> None:
        """A task failed by itself."""
        self._first_failure.setdefault(key, time.monotonic())

    def passed(self) -> None:
        """A task went through."""
        self._last_success = time.monotonic()

    def others_passed(self, key: str) -> bool:
        """Whether other tasks went through since this one failed first. In an outage none does."""
        return self._last_success > self._first_failure.get(key, self._last_success)

    def delay_ms(self, key: str) -> int:
        """How long to leave a failing task alone: longer each time."""
        tries = self._tries.get(key, 0)
        self._tries[key] = tries + 1
        return min(LONGEST_DELAY_MS, 250 << min(tries, 8))
