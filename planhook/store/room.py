"""Room in Redis: deliveries are turned away before it is full, so that what was accepted can still be worked off."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from redis import Redis

from planhook.core.errors import StoreFull
from planhook.store.connection import store_errors

MOST_USED = 0.8  # of maxmemory; planning a backlog takes a part of the rest
SCARCE = 0.9  # from here on nothing is planned while a delivery could end events that may then be forgotten
TIGHT, ROOMY = 0.6, 0.5  # shares between which the journal is cut
_LOOK_EVERY_S = 0.5
_OF_AN_EVENT = 1_500  # bytes that an event takes beside its body
_BETWEEN_LOOKS = 0.003  # of maxmemory may be taken in before the next look, whenever that is


def used_share(memory: Mapping[str, Any], used: str = "used_memory") -> float | None:
    """How much of its memory a server uses, by its INFO; None when it has no limit."""
    limit = int(memory.get("maxmemory") or 0)
    return int(memory[used]) / limit if limit else None


class Memory:
    """How much of its memory Redis uses, as it was a moment ago. Its methods raise StoreUnavailable."""

    def __init__(self, redis: Redis, every_s: float = 0.2) -> None:
        self._redis = redis
        self._every_s = every_s
        self._next_look = 0.0
        self._used = self._used_when_empty = 0.0

    def used(self) -> float:
        """A share, 0 when there is no limit."""
        self._look()
        return self._used

    def used_when_empty(self) -> float:
        """The share that Redis takes for itself, and that no cut of the journal makes smaller."""
        self._look()
        return self._used_when_empty

    def _look(self) -> None:
        if time.monotonic() < self._next_look:
            return
        with store_errors():
            memory: Mapping[str, Any] = self._redis.info("memory")
        self._used = used_share(memory) or 0.0
        self._used_when_empty = used_share(memory, "used_memory_startup") or 0.0
        self._next_look = time.monotonic() + self._every_s


class Room:
    """Asks Redis from time to time, and whenever this process has taken in a good part since. `clock` gives seconds."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._lock = threading.Lock()
        self._next_look = 0.0
        self._credit = 0.0  # bytes until the next look
        self._used: float | None = None
        self._log = structlog.get_logger("planhook.store")

    def take(self, size: int, events: int) -> None:
        """Account for `events` events with bodies of `size` bytes. Raises StoreFull and StoreUnavailable."""
        with self._lock:
            self._credit -= size + events * _OF_AN_EVENT
            looks = self._credit < 0 or self._clock() >= self._next_look
            if looks:
                self._next_look = self._clock() + _LOOK_EVERY_S
                self._credit = float("inf")  # one look at a time
        if looks:
            self._look()
        if self._used is not None and self._used >= MOST_USED:
            raise StoreFull(f"Redis uses {self._used:.0%} of its memory")

    def _look(self) -> None:
        with store_errors():
            memory: Mapping[str, Any] = self._redis.info("memory")
        was_full = self._used is not None and self._used >= MOST_USED
        self._used = used_share(memory)
        self._credit = int(memory.get("maxmemory") or 0) * _BETWEEN_LOOKS or float("inf")
        is_full = self._used is not None and self._used >= MOST_USED
        if is_full != was_full:
            write = self._log.error if is_full else self._log.info
            write("redis_full" if is_full else "redis_has_room_again", used=round(self._used or 0.0, 3))
