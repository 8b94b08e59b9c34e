"""Forgetting: what is older than it must be kept, and sooner when Redis has little room."""

import time
from collections.abc import Callable

import structlog

from planhook.failpoints import reach
from planhook.store.inbox import Inbox
from planhook.store.room import MOST_USED, ROOMY, TIGHT, Memory

EVERY_S = 3600.0
LOOK_EVERY_S, LOOK_EVERY_S_TIGHT = 5.0, 0.5
IDS_KEPT_DAYS = 7  # at least: senders repeat a delivery for up to three days, people for longer
_DAY_MS = 86_400_000
# An id that is forgotten costs no more than planning a repeated delivery again: it has the same version.
_IDS_KEPT_TIGHT_MS = 3_600_000
_PAGES_BETWEEN_LOOKS = 10


class Purger:
    """Purges the journal. Several may: what one has forgotten is not there for the next. Raises StoreUnavailable."""

    def __init__(self, memory: Memory, inbox: Inbox, retention_days: int, stop: Callable[[], bool]) -> None:
        self._memory = memory
        self._inbox = inbox
        self._bodies_ms = retention_days * _DAY_MS
        self._ids_ms = max(IDS_KEPT_DAYS, retention_days) * _DAY_MS
        self._stop = stop
        self._next_purge = self._next_look = 0.0
        self._log = structlog.get_logger("planhook.worker")

    def run(self) -> None:
        """Do what is due by now."""
        now = time.monotonic()
        if now >= self._next_purge:
            self._purge(self._bodies_ms, self._ids_ms, lambda: False)
            self._next_purge = now + EVERY_S
        if now >= self._next_look:
            is_tight = self._make_room()
            self._next_look = time.monotonic() + (LOOK_EVERY_S_TIGHT if is_tight else LOOK_EVERY_S)

    def _make_room(self) -> bool:
        """Cut the journal if memory is tight and a cut can make room.

        Dead events wait for a person: they come last, when nothing else could make room, and keep their ids.
        """
        before = self._memory.used()
        if before < TIGHT or self._memory.used_when_empty() >= TIGHT:
            return False
        all_ended = not self._inbox.unfinished()
        self._purge(0, _IDS_KEPT_TIGHT_MS, lambda: self._memory.used() < ROOMY, spare_dead=True)
        if self._memory.used() >= TIGHT:
            self._purge(0, 0, lambda: self._memory.used() < ROOMY, spare_dead=True)
        if all_ended and self._memory.used() >= MOST_USED:
            self._purge(0, self._ids_ms, lambda: self._memory.used() < ROOMY)
        self._log.warning("journal_cut", used_before=round(before, 3), used=round(self._memory.used(), 3))
        return True

    def _purge(self, bodies_ms: int, ids_ms: int, is_enough: Callable[[], bool], *, spare_dead: bool = False) -> None:
        """Forget bodies and ids of ended events that are older than so many milliseconds, the oldest first."""
        now = time.time_ns() // 1_000_000
        offset: int | None = 0
        pages = 0
        while offset is not None and not self._stop():
            offset = self._inbox.purge(now - bodies_ms, now - ids_ms, offset, spare_dead=spare_dead)
            reach("sweep.purged")
            pages += 1
            if pages % _PAGES_BETWEEN_LOOKS == 0 and is_enough():
                return
