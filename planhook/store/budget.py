"""What all processes share when they call Planhat: the budget of calls, the pause, the deliverer's lease."""

import json
from collections.abc import Mapping
from typing import Any

from redis import Redis

from planhook.store.connection import PREFIX, Scripts, store_errors
from planhook.store.registers import Lost

# A minute as Planhat counts it, and a second for calls that arrive later than they were counted.
WINDOW_MS = 61_000
LEASE_MS = 10_000
_BUSY = 0.75  # of a minute's calls; under a steady load bulk writes are paced to two thirds of them


class CallBudget:
    """At most so many calls in any minute, over all processes; nobody calls during a pause."""

    def __init__(self, redis: Redis, calls_per_minute: int) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)
        self._limit = calls_per_minute

    def take(self) -> float:
        """0 when one call may go out now (it is counted), else the seconds to wait before asking again."""
        return int(self._scripts.run("call", self._limit, WINDOW_MS)) / 1000

    def pace(self) -> tuple[float, float] | None:
        """For how many seconds bulk writes are paid for, and how many ago the last one was; None if long ago."""
        told = self._scripts.run("pace")
        return (int(told[0]) / 1000, int(told[1]) / 1000) if told else None

    def keep_pace(self, ahead_s: float, ago_s: float) -> None:
        """Have the next deliverer go on at this pace: with one of its own, two would share no budget."""
        self._scripts.run("pace", int(ahead_s * 1000), int(ago_s * 1000))

    def pause(self, seconds: float, reason: str) -> None:
        """Nobody calls for that long; a longer pause that is on stays. `reason` is for the operator."""
        self._scripts.run("pause", max(1, int(seconds * 1000)), reason[:500])

    def tell(self, reason: str, seconds: float) -> None:
        """Tell the operator for that long why Planhat gets nothing, while calls may go on."""
        with store_errors():
            self._redis.set(f"{PREFIX}trouble", reason[:500], px=int(seconds * 1000))

    def take_back(self, reason: str) -> None:
        """What was told is not true any more; anything else that is told stays."""
        with store_errors():
            if self._redis.get(f"{PREFIX}trouble") == reason[:500].encode():
                self._redis.delete(f"{PREFIX}trouble")

    def resume(self) -> None:
        """A call succeeded: Planhat is in no trouble any more."""
        with store_errors():
            self._redis.delete(f"{PREFIX}trouble")


class SpareCalls:
    """Calls that can wait: within a share of the same budget, and only while others leave room for them."""

    def __init__(self, redis: Redis, calls_per_minute: int, percent: int) -> None:
        self._scripts = Scripts(redis)
        self._room = int(calls_per_minute * _BUSY)
        self._most = -(-calls_per_minute * percent // 100)

    def take(self) -> bool:
        """Whether one call may go out now; then it is counted."""
        return bool(self._scripts.run("spare", self._room, self._most, WINDOW_MS))


class Lease:
    """The right to deliver: one holder at a time, each tenure under its own number."""

    def __init__(self, redis: Redis, owner: str) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)
        self._owner = owner
        self.token = ""

    def acquire(self) -> bool:
        """Take the lease if it is free or our own; False while another process holds it."""
        with store_errors():
            number = self._redis.incr(f"{PREFIX}fence")
        token = f"{self._owner}:{number}"
        if not self._scripts.run("lease", self._owner, token, LEASE_MS):
            return False
        self.token = token
        return True

    def begin(self, writes: Mapping[str, Mapping[str, Any]]) -> None:
        """Note what is about to be written, by task; a committed delivery takes the note away.

        Raises Lost when the lease has passed on: the note is the new holder's.
        """
        note = json.dumps({key: dict(values) for key, values in writes.items()})
        if not self._scripts.run("begin", self.token, note):
            raise Lost(self._owner)

    def interrupted(self) -> tuple[dict[str, dict[str, Any]], float]:
        """What an earlier holder was about to write and did not live to write down, and how many seconds ago."""
        note, ago_ms = self._scripts.run("interrupted")
        return (dict(json.loads(note)) if isinstance(note, bytes) else {}), int(ago_ms) / 1000

    def renew(self) -> bool:
        """False when the lease has passed on."""
        return bool(self.token) and bool(self._scripts.run("renew", self.token, LEASE_MS))

    def release(self) -> None:
        token, self.token = self.token, ""
        if token:
            self._scripts.run("renew", token, 0)

    def break_of(self, owner: str) -> None:
        """Give back the lease of `owner`, which is known to be dead."""
        with store_errors():
            token = self._redis.get(f"{PREFIX}lease")
        if isinstance(token, bytes) and token.decode().startswith(f"{owner}:"):
            self._scripts.run("renew", token.decode(), 0)
