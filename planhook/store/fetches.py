"""Lookups: what thin events wait for. One is fetched once for all events that wait for it, by one fetcher at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from planhook.core.event import Event
from planhook.store.connection import PREFIX, Scripts, store_errors
from planhook.store.inbox import Arrival, event_body, stored_event
from planhook.store.registers import Lost

MOST_EVENTS = 200  # of one lookup at a time
MOST_TROUBLES = 100  # of single lookups


@dataclass(frozen=True, slots=True)
class Lookup:
    """One thing to fetch. `events` wait for it, as their sender gave them; none when only the time asks for it.

    `state` is what the last lookup of this key left for the next one. While one that is `alone` is in hand,
    no other may be: it ended a process before.
    """

    source: str
    key: str
    events: tuple[Event, ...] = ()
    state: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a lookup brought.

    `completed` are the lookup's events, under their own ids, on their way to the planner; those left out wait
    for another look. `found` are events of their own, accepted like those of a delivery. `state`, when not
    empty, is kept for the next lookup of this key, which `again_s` asks for even when no event does.
    """

    completed: tuple[Event, ...] = ()
    found: tuple[Event, ...] = ()
    state: str = ""
    again_s: float | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can be fetched for `source`, or not what `lookup` asks for, and since when."""

    source: str
    lookup: str
    reason: str
    since: datetime


class Fetches:
    """The lookups of all sources, in Redis. Every method raises StoreUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    def claim(self, fetcher: str, most: int, lease_ms: int, *, idle: bool) -> list[Lookup]:
        """Hand up to `most` due lookups to `fetcher`, which has to be heard of every `lease_ms`.

        `idle`: it has nothing in hand, and so may get a lookup that has to be alone.
        """
        rows = self._scripts.run("fetch_claim", fetcher, most, lease_ms, MOST_EVENTS, int(idle))
        return [_lookup(*row) for row in rows]

    def commit(self, fetcher: str, lookup: Lookup, fetched: Fetched) -> bool:
        """Write all that the lookup brought, or nothing; tells whether the planner is to be woken.

        Raises Lost when the lookup was taken from this fetcher.
        """
        again: str | int = "" if fetched.again_s is None else int(fetched.again_s * 1000)
        arguments: list[str | int | bytes] = [fetcher, lookup.source, lookup.key, again, fetched.state]
        arguments.append(len(fetched.completed))
        for event in fetched.completed:
            arguments += [event.id, event_body(event), event.type]
        arguments += Arrival.of(fetched.found).arguments
        answer = self._scripts.run("fetch_commit", *arguments)
        if answer == b"lost":
            raise Lost(fetcher)
        return bool(answer)

    def postpone(
        self,
        fetcher: str,
        lookup: Lookup,
        delay_s: float,
        *,
        pause_s: float = 0.0,
        trouble: str = "",
        alone: bool = False,
    ) -> None:
        """Look again after `delay_s`, and leave the whole source alone for `pause_s`; a longer pause stays.

        `trouble` says why, to the operator. It lasts until a lookup of the source succeeds, or, when it is that of
        this lookup `alone`, until this one does.
        """
        times = (int(delay_s * 1000), int(pause_s * 1000))
        most = MOST_TROUBLES if alone else 0
        self._scripts.run("fetch_postpone", fetcher, lookup.source, lookup.key, *times, trouble[:500], most)

    def troubles(self) -> list[Trouble]:
        """What failed last for a reason that may pass: sources by name, each before its single lookups."""
        with store_errors():
            found = cast(dict[bytes, bytes], self._redis.hgetall(f"{PREFIX}fetch:trouble"))
        return [_trouble(about.decode(), told.decode()) for about, told in sorted(found.items())]

    def release(self, fetcher: str, *, died: bool) -> None:
        """Make what `fetcher` has in hand due again; when it `died` of it, more carefully each time."""
        self._scripts.run("fetch_release", fetcher, int(died))

    def heartbeat(self, fetcher: str, lease_ms: int) -> None:
        self._scripts.run("fetch_heartbeat", fetcher, lease_ms)

    def stand(self, source: str, keys: Sequence[str]) -> None:
        """Make sure that lookups exist that nothing but the time asks for."""
        if keys:
            self._scripts.run("fetch_standing", source, *keys)


class SourceBudget:
    """At most so many calls to the API of one source in any window, over all processes; none during a pause."""

    def __init__(self, redis: Redis, source: str, calls: int, window_s: float) -> None:
        self._scripts = Scripts(redis)
        self._arguments = (source, calls, int(window_s * 1000))

    def take(self) -> float:
        """0 when one call may go out now (it is counted), else the seconds to wait before asking again."""
        return int(self._scripts.run("fetch_call", *self._arguments)) / 1000


class FetchCache:
    """What was fetched for one source a short while ago, such as companies that many deals share."""

    def __init__(self, redis: Redis, source: str) -> None:
        self._redis = redis
        self._prefix = f"{PREFIX}fetch:cache:{source}:"

    def get(self, name: str) -> tuple[Any] | None:
        """The JSON value kept under `name`, in a tuple because it may be None; None when there is none."""
        with store_errors():
            kept = self._redis.get(self._prefix + name)
        return (json.loads(kept),) if isinstance(kept, bytes) else None

    def put(self, name: str, value: Any, keep_s: float) -> None:
        with store_errors():
            self._redis.set(self._prefix + name, json.dumps(value), px=int(keep_s * 1000))


def _trouble(about: str, told: str) -> Trouble:
    source, _, lookup = about.partition(":")
    since, _, reason = told.partition(" ")
    return Trouble(source, lookup, reason, datetime.fromtimestamp(int(since) / 1000, UTC))


def _lookup(source: bytes, key: bytes, state: bytes, alone: int, rows: Sequence[bytes]) -> Lookup:
    events = tuple(stored_event(name.decode(), body) for name, body in zip(rows[::2], rows[1::2], strict=True))
    return Lookup(source.decode(), key.decode(), events, state.decode(), bool(alone))
