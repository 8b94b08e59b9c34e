"""What came, what the rules said, what Planhat answered: finding it, and planning an event again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

from redis import Redis

from planhook.core.event import Event
from planhook.core.version import event_of
from planhook.store.bindings import Bindings
from planhook.store.connection import PREFIX, Scripts, store_errors
from planhook.store.inbox import stored_event
from planhook.store.packing import unpack
from planhook.store.problems import Problems, is_about
from planhook.store.registers import BY_ID, BY_SOURCE_ID, Registers, task_key
from planhook.store.views import event_row, event_view, meaning, overwritten, task_view

STATUSES = ("waiting", "applied", "ignored", "dead")
COUNTERS = ("accepted", "duplicates", *STATUSES, "planhat_calls")
PAGE = 500
MOST_SCANNED = 20_000
MOST_TASKS = 20
_PACKED = frozenset({b"b", b"g", b"p"})


class EventUnknown(Exception):
    """There is no such event in the journal, or its body is no longer kept."""


class EventWaiting(Exception):
    """The event has not ended yet, so it cannot be planned again."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of events is narrowed to; empty means any. `type` may be a glob; `q` is part of an id or text."""

    status: str = ""
    source: str = ""
    type: str = ""
    task: str = ""
    q: str = ""


class Journal:
    """The record of all events and tasks, for the operator API and the command line."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)
        self._registers = Registers(redis)
        self._bindings = Bindings(redis)
        self._problems = Problems(redis)

    def stats(self) -> dict[str, int]:
        """All counters at one moment: accepted = applied + ignored + dead + waiting."""
        flat = self._scripts.run("stats")
        figures = {name.decode(): int(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
        return {**dict.fromkeys(COUNTERS, 0), **figures}

    def trouble(self) -> str:
        """Why nothing is written to Planhat at present; empty when nothing is wrong."""
        with store_errors():
            told = self._redis.get(f"{PREFIX}trouble")
        return told.decode() if isinstance(told, bytes) else ""

    def event(self, event_id: str) -> dict[str, Any]:
        """Everything known of one event. Raises EventUnknown."""
        with store_errors():
            fields = self._redis.hgetall(f"{PREFIX}event:{event_id}")
        if b"b" not in fields:
            raise EventUnknown(event_id)
        view = event_view(_text(fields))
        if view["status"] == "waiting" and not view["reason"]:
            view["reason"] = self.trouble()
        view |= meaning(view)
        problems = self._problems.all()
        registers = self._registers.read(list(dict.fromkeys(map(_key, view["operations"]))))
        for operation in view["operations"]:
            operation["overwritten"] = overwritten(operation, event_id, registers[_key(operation)])
            operation["not_kept"] = [one["message"] for one in problems if is_about(one, operation)]
        return view

    def judged(self, event_id: str) -> Event:
        """The event as rules see it: ignored if it speaks for somebody else. Raises EventUnknown."""
        with store_errors():
            body = self._redis.hget(f"{PREFIX}event:{event_id}", "b")
        if not isinstance(body, bytes):
            raise EventUnknown(event_id)
        (event,) = self._bindings.judge([stored_event(event_id, body)])
        return event

    def tasks_of(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The tasks that an event, as `event` shows it, is about; `MOST_TASKS` at most."""
        keys = dict.fromkeys(map(_key, event["operations"]))
        return [task for key in list(keys)[:MOST_TASKS] if (task := self._task(key))]

    def events(self, filters: Filters, limit: int, cursor: int | None) -> tuple[list[dict[str, Any]], int | None]:
        """Up to `limit` events, newest first, and the cursor to go on from (None at the end).

        Looks through a bounded number of events, so a page may be short and still have a cursor.
        """
        rows: list[dict[str, Any]] = []
        for scanned, (number, fields) in enumerate(self._newest_first(filters, cursor), start=1):
            if _matches(fields, filters):
                rows.append(event_row(fields))
            if len(rows) == limit or scanned == MOST_SCANNED:
                return rows, number
        return rows, None

    def replay(self, event_id: str) -> bool:
        """Plan an ended event again; tells whether the planner has to be woken.

        Raises EventUnknown and EventWaiting.
        """
        answer = self._scripts.run("replay", event_id)
        if answer in (b"unknown", b"purged"):
            raise EventUnknown(event_id)
        if answer == b"waiting":
            raise EventWaiting(event_id)
        return bool(answer)

    def replay_matching(self, filters: Filters, *, dry_run: bool) -> tuple[int, int, bool]:
        """Replay all ended events that match: how many matched, how many were replayed, whether to wake."""
        matched = [
            fields["id"]
            for _, fields in self._newest_first(filters, None)
            if _matches(fields, filters) and fields["s"] != "waiting"
        ]
        if dry_run:
            return len(matched), 0, False
        replayed, wake = 0, False
        for event_id in reversed(matched):
            try:
                wake = self.replay(event_id) or wake
                replayed += 1
            except (EventUnknown, EventWaiting):
                continue  # it was purged or replayed by somebody else since it was listed
        return len(matched), replayed, wake

    def task(self, name: str) -> dict[str, Any] | None:
        """A task by its `sourceId` or, for tasks that are not ours, by its `_id`; None when no rule ever named it."""
        for prefix in (BY_SOURCE_ID, BY_ID):
            if task := self._task(prefix + name):
                return task
        return None

    def _task(self, key: str) -> dict[str, Any] | None:
        register = self._registers.read([key])[key]
        return task_view(register, self._history(key)) if register.revision else None

    def rule_behind(self, key: str, version: str) -> str | None:
        """The rule whose operation of `version` wrote to the task `key`; None when that is no longer kept."""
        with store_errors():
            index = next((entry.split(":")[1] for entry in self._entries(key) if entry.startswith(f"{version}:")), None)
            plan = self._redis.hget(f"{PREFIX}event:{event_of(version)}", "p") if index else None
        if index is None or not isinstance(plan, bytes):
            return None
        operations = json.loads(unpack(plan))["operations"]
        return str(operations[int(index)][0]) if int(index) < len(operations) else None

    def _history(self, key: str) -> Iterator[tuple[str, dict[str, str]]]:
        with store_errors():
            entries = self._entries(key)
            pipeline = self._redis.pipeline(transaction=False)
            names = [("o", "n", "p", f"a{entry.split(':')[1]}") for entry in entries]
            for entry, wanted in zip(entries, names, strict=True):
                pipeline.hmget(f"{PREFIX}event:{event_of(entry)}", *wanted)
            rows = pipeline.execute()
        for entry, wanted, row in zip(entries, names, rows, strict=True):
            told = {name.encode(): value for name, value in zip(wanted, row, strict=True) if value is not None}
            yield entry, _text(told)

    def _entries(self, key: str) -> list[str]:
        entries = cast(list[bytes], self._redis.lrange(f"{PREFIX}history:{key}", 0, -1))
        return [entry.decode() for entry in entries]

    def _newest_first(self, filters: Filters, cursor: int | None) -> Iterator[tuple[int, dict[str, str]]]:
        if filters.task:
            yield from self._of_task(filters.task, cursor)
            return
        index = f"{PREFIX}{'dead' if filters.status == 'dead' else 'events'}"
        below: str | int = "+inf" if cursor is None else f"({cursor}"
        while True:
            with store_errors():
                page = cast(
                    list[tuple[bytes, float]],
                    self._redis.zrevrangebyscore(index, below, "-inf", start=0, num=PAGE, withscores=True),
                )
            if not page:
                return
            yield from self._fields([(int(score), member.decode()) for member, score in page])
            below = f"({int(page[-1][1])}"

    def _of_task(self, name: str, cursor: int | None) -> Iterator[tuple[int, dict[str, str]]]:
        with store_errors():
            entries = self._entries(BY_SOURCE_ID + name) + self._entries(BY_ID + name)
            ids = list(dict.fromkeys(event_of(entry) for entry in entries))
            numbers = self._redis.zmscore(f"{PREFIX}events", ids) if ids else []
        known = sorted(((int(n), i) for n, i in zip(numbers, ids, strict=True) if n is not None), reverse=True)
        yield from self._fields([(number, event_id) for number, event_id in known if cursor is None or number < cursor])

    def _fields(self, page: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str]]]:
        with store_errors():
            pipeline = self._redis.pipeline(transaction=False)
            for _, event_id in page:
                pipeline.hgetall(f"{PREFIX}event:{event_id}")
            rows = pipeline.execute()
        for (number, event_id), row in zip(page, rows, strict=True):
            if row:
                yield number, {**_text(row), "id": event_id}


def _key(operation: Mapping[str, Any]) -> str:
    """The key of the task (see `task_key`) that an operation, as it is shown, is about."""
    return task_key(operation.get("sourceId") or operation["_id"], "_id" in operation)


def _text(fields: Any) -> dict[str, str]:
    return {name.decode(): unpack(value) if name in _PACKED else value.decode() for name, value in fields.items()}


def _matches(fields: Mapping[str, str], filters: Filters) -> bool:
    if filters.status and fields["s"] != filters.status:
        return False
    if filters.source and fields["c"] != filters.source:
        return False
    if filters.type and not fnmatchcase(fields["y"], filters.type):
        return False
    if not filters.q:
        return True
    wanted = filters.q.casefold()
    return any(wanted in fields.get(name, "").casefold() for name in ("id", "q", "b"))
