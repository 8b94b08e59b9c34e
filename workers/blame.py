"""Whose fault a failure is: Planhat's, or that of one task among others that pass."""

import time
from collections.abc import Iterable

LONGEST_DELAY_MS = 60_000


class Blame:
    """Remembers failures of this process. A failed bulk write is halved until the task at fault stands alone.

    The halves are kept apart from all others: mixed with what comes meanwhile they would fail as a whole again.
    """

    def __init__(self, most: int) -> None:
        self.size = most  # items of the next bulk write
        self._most = most
        self._first_failure: dict[str, float] = {}
        self._last_success = 0.0
        self._tries: dict[str, int] = {}
        self._groups: list[list[str]] = []
        self._suspects: set[str] = set()  # tasks that are written alone until they get through

    def take_group(self) -> list[str]:
        """Tasks that are to be written apart from all others; empty when there are none."""
        return self._groups.pop() if self._groups else []

    def keep_apart(self, keys: Iterable[str]) -> None:
        """Have `keys` be the next group; one that is left alone stays so until it gets through."""
        group = list(keys)
        self._groups.append(group)
        if len(group) == 1:
            self._suspects.update(group)

    def acquit_all(self) -> None:
        """In an outage nobody is to blame, and to look for who it might be would cost a call each time."""
        self._groups.clear()
        self._suspects.clear()

    def choose(self, due: Iterable[str]) -> list[str]:
        """Those of the tasks that are due which can be written together; each suspect becomes a group."""
        together = []
        for key in due:
            if key in self._suspects:
                self.keep_apart([key])
            else:
                together.append(key)
        return together or self.take_group()

    def answered(self) -> None:
        """A bulk write got an answer for its tasks."""
        self.size = min(self._most, self.size * 2)

    def settled(self, key: str) -> None:
        """The task got an answer that stands."""
        self._first_failure.pop(key, None)
        self._tries.pop(key, None)
        self._suspects.discard(key)

    def failed_together(self, keys: Iterable[str]) -> None:
        """A bulk write of `keys` failed as a whole."""
        together = list(keys)
        for key in together:
            self._first_failure.setdefault(key, time.monotonic())
        if len(together) == 1:
            self._suspects.update(together)
            return
        self.size = max(1, len(together) // 2)
        self.keep_apart(together[self.size :])
        self.keep_apart(together[: self.size])

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
