"""Taking in: events become durable here, before their sender hears "accepted"."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from redis import Redis

from planhook.core.event import Event, milliseconds
from planhook.failpoints import reach
from planhook.store.connection import PREFIX, Scripts, store_errors
from planhook.store.packing import pack, unpack

PURGE_PAGE = 500
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Receipt(NamedTuple):
    """What became of one request's events. `wake`, `wake_fetcher`: the caller has to wake planner and fetcher."""

    accepted: int
    duplicates: int
    events: tuple[str, ...]
    wake: bool = False
    wake_fetcher: bool = False


class Arrival(NamedTuple):
    """The events of one request, as they are sent to Redis. `size` counts bytes of bodies."""

    ids: tuple[str, ...]
    arguments: Sequence[str | int | bytes]
    size: int

    @classmethod
    def of(cls, events: Sequence[Event]) -> "Arrival":
        received = milliseconds(events[0].received_at) if events else 0
        arguments: list[str | int | bytes] = [received, len(events)]
        size = 0
        for event in events:
            body = event_body(event)
            size += len(body)
            arguments += [event.id, body, event.source, event.type, event.sender_id or "", event.fetch or ""]
        return cls(tuple(event.id for event in events), arguments, size)


class Sweep(NamedTuple):
    """What a sweep found: whom to wake, and how many planners and fetchers were silent."""

    plan: bool
    deliver: bool
    fetch: bool
    silent: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event handed to a planner, with the number of the attempt (0 for the first).

    `reread` is what it is to be kept as, where it was read anew. `is_suspect`: its planner died, maybe of it.
    """

    event: Event
    attempt: int
    reread: Event | None = None
    is_suspect: bool = False


class Inbox:
    """Events that were accepted and not yet planned."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    def accept(self, events: Sequence[Event]) -> Receipt:
        """Store all of `events` or none; an event that was seen before is counted, not stored again.

        Raises StoreUnavailable. Then they may be stored all the same: the sender's retry finds out.
        """
        (receipt,) = self.accept_all([Arrival.of(events)])
        return receipt

    def accept_all(self, arrivals: Sequence["Arrival"]) -> list[Receipt]:
        """Likewise the events of many requests in one step; the first receipt tells whom to wake for all of them."""
        arguments: list[str | int | bytes] = [len(arrivals)]
        for arrival in arrivals:
            arguments += arrival.arguments
        reach("accept.store")
        *counts, plan, fetch = self._scripts.run("accept", *arguments)
        reach("accept.stored")
        receipts = [
            Receipt(accepted, duplicates, arrival.ids)
            for arrival, accepted, duplicates in zip(arrivals, counts[::2], counts[1::2], strict=True)
        ]
        receipts[0] = receipts[0]._replace(wake=bool(plan), wake_fetcher=bool(fetch))
        return receipts

    def claim(self, planner: str, most: int, lease_ms: int, *, suspects: bool = True) -> list[Claimed]:
        """Hand up to `most` events to `planner`, which has to be heard of every `lease_ms`.

        With `suspects` one of them comes before all others, alone; else only when there is nothing else.
        """
        is_suspect, *rows = self._scripts.run("claim", planner, most, lease_ms, int(suspects))
        return [
            Claimed(stored_event(event_id.decode(), body), int(attempt), is_suspect=bool(is_suspect))
            for event_id, attempt, body in zip(rows[::3], rows[1::3], rows[2::3], strict=True)
        ]

    def backlog(self) -> int:
        """How many events wait to be planned, those in the hands of planners included."""
        return int(self._scripts.run("backlog"))

    def unfinished(self) -> int:
        """How many events have not ended, without those that are held until their task exists."""
        with store_errors():
            waiting = int(self._redis.hget(f"{PREFIX}stats", "waiting") or 0)
            return waiting - int(self._redis.zcard(f"{PREFIX}held"))

    def heartbeat(self, planner: str, lease_ms: int) -> None:
        self._scripts.run("heartbeat", planner, lease_ms)

    def reclaim(self, planner: str) -> None:
        """Put back what `planner`, known to be dead, had claimed."""
        self._scripts.run("reclaim", planner)

    def sweep(self) -> Sweep:
        """Repair what faults left, and tell what is to be done."""
        plan, deliver, fetch, silent = self._scripts.run("sweep")
        return Sweep(bool(plan), bool(deliver), bool(fetch), silent)

    def purge(self, bodies_before_ms: int, ids_before_ms: int, offset: int, *, spare_dead: bool = False) -> int | None:
        """Forget bodies and ids of ended events received before the given times (ms since the epoch).

        Looks at one page of the oldest events; gives the offset of the next one, None at the end.
        """
        arguments = (bodies_before_ms, ids_before_ms, offset, PURGE_PAGE, int(spare_dead))
        following = int(self._scripts.run("purge", *arguments))
        return None if following < 0 else following


def event_body(event: Event) -> bytes:
    """An event as it is stored."""
    return pack(_encode(event.to_json()))


def stored_event(event_id: str, body: bytes) -> Event:
    """The stored event; one that somebody spoilt ends dead, visibly, instead of holding up the others."""
    try:
        return Event.from_json(json.loads(unpack(body)))
    except (ValueError, KeyError, TypeError) as fault:
        epoch = datetime.fromtimestamp(0, UTC)
        problem = f"the stored record cannot be read: {fault!r}"
        return Event(event_id, "unknown", "unknown", ("unknown",), epoch, epoch, (0, 0), problem=problem)
