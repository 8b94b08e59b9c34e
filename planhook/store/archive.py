"""The events that are kept with their bodies, for judging them again. Nothing here writes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from redis import Redis

from planhook.core.event import milliseconds
from planhook.core.plan import Plan
from planhook.core.register import Register
from planhook.store.bindings import Bindings
from planhook.store.connection import PREFIX, store_errors
from planhook.store.inbox import Claimed, stored_event
from planhook.store.packing import unpack
from planhook.store.registers import Registers
from planhook.store.views import recorded_plan

PAGE = 500


class Archive:
    """The kept events as they stand when it is made: all of them, or those received at `since` or later.

    Events whose sender has still to be asked for the rest are left out. Raises StoreUnavailable.
    """

    def __init__(self, redis: Redis, since: datetime | None = None) -> None:
        self._redis = redis
        self._registers = Registers(redis)
        self._bindings = Bindings(redis)
        self._newest_first = tuple(self._ids(0 if since is None else milliseconds(since)))
        self.ids = frozenset(self._newest_first)

    def batches(self) -> Iterator[list[Claimed]]:
        """Every event with its latest attempt, oldest first; those that speak for somebody else marked as ignored."""
        ids = self._newest_first[::-1]
        for start in range(0, len(ids), PAGE):
            kept = list(self._read(ids[start : start + PAGE]))
            events = self._bindings.judge([one.event for one in kept])
            yield [replace(one, event=event) for one, event in zip(kept, events, strict=True)]

    def plans(self) -> Iterator[tuple[Claimed, Plan]]:
        """Every event with what the rules of its time made of it, oldest first; those not planned yet left out."""
        ids = self._newest_first[::-1]
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            with store_errors():
                pipeline = self._redis.pipeline(transaction=False)
                for event_id in page:
                    pipeline.hmget(f"{PREFIX}event:{event_id}", "b", "n", "p")
                rows = pipeline.execute()
            for event_id, (body, attempt, plan) in zip(page, rows, strict=True):
                if body is not None and plan is not None:
                    yield Claimed(stored_event(event_id, body), int(attempt or 0)), recorded_plan(unpack(plan))

    def registers(self, keys: Sequence[str]) -> dict[str, Register]:
        """The registers of tasks (see `task_key`) as they are now."""
        return self._registers.read(keys)

    def _ids(self, since_ms: int) -> Iterator[str]:
        below = "+inf"
        while page := self._page(below):
            ids = [member.decode() for member, _ in page]
            with store_errors():
                pipeline = self._redis.pipeline(transaction=False)
                for event_id in ids:
                    pipeline.hmget(f"{PREFIX}event:{event_id}", "s", "z", "t")
                    pipeline.hexists(f"{PREFIX}event:{event_id}", "b")
                answers = pipeline.execute()
            rows = list(zip(ids, answers[::2], answers[1::2], strict=True))
            recent = [row for row in rows if int(row[1][2] or 0) >= since_ms]
            yield from (
                event_id
                for event_id, (status, reason, _), is_kept in recent
                if is_kept and (status, reason) != (b"waiting", b"fetch")
            )
            if not recent:
                return
            below = f"({int(page[-1][1])}"

    def _page(self, below: str) -> list[tuple[bytes, float]]:
        with store_errors():
            page = self._redis.zrevrangebyscore(f"{PREFIX}events", below, "-inf", start=0, num=PAGE, withscores=True)
        return cast(list[tuple[bytes, float]], page)

    def _read(self, ids: Sequence[str]) -> Iterator[Claimed]:
        with store_errors():
            pipeline = self._redis.pipeline(transaction=False)
            for event_id in ids:
                pipeline.hmget(f"{PREFIX}event:{event_id}", "b", "n")
            rows = pipeline.execute()
        for event_id, (body, attempt) in zip(ids, rows, strict=True):
            if body is not None:  # else it was purged meanwhile
                yield Claimed(stored_event(event_id, body), int(attempt or 0))
