"""Registers in Redis: read, folded outside, and written back only if nobody else wrote meanwhile."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis import Redis

from planhook.core.event import Event
from planhook.core.outcome import Settled
from planhook.core.register import Register
from planhook.core.register_record import dump, load
from planhook.core.version import attempt_of, event_of
from planhook.store.connection import Scripts
from planhook.store.inbox import event_body
from planhook.store.packing import pack

# Redis keys of tasks: what names the task, after a letter that says which kind of name it is.
BY_SOURCE_ID, BY_ID = "s:", "i:"
MOST_WATCHED_WRITES = 20  # of one task


def task_key(key: str, by_id: bool) -> str:
    return (BY_ID if by_id else BY_SOURCE_ID) + key


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """What planning made of an event. `outcomes` has a letter per operation; `reason` is why there is none.

    `reread` is the event, where it was read anew.
    """

    id: str
    attempt: int
    plan: str
    outcomes: str
    problem: str
    reason: str
    reread: Event | None = None


class Lost(Exception):
    """What this process held has passed to another one; nothing was written."""


class Registers:
    """All task registers. Due times are milliseconds from now, None when nothing is left to send."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    def read(self, keys: Sequence[str]) -> dict[str, Register]:
        """The registers of `keys` (see `task_key`), new ones where there are none yet."""
        rows = self._scripts.run("read", *keys)  # a pipeline would cost the caller twice the time
        return {key: _register(key, *row) for key, row in zip(keys, rows, strict=True)}

    def due(self, most: int) -> list[str]:
        """Keys of the tasks that differ from Planhat and whose time has come, the longest waiting first.

        Are there more than `most`, they are of all sources in equal parts, as far as these have any.
        """
        return [key.decode() for key in self._scripts.run("due", most)]

    def overdue(self) -> int:
        """How many tasks differ from Planhat and may be written now."""
        return int(self._scripts.run("overdue"))

    def watch(self, writes: Mapping[str, Mapping[str, Any]], after_ms: int) -> None:
        """Have writes of unclear outcome looked at again: they may still arrive, behind newer ones."""
        arguments: list[str | int] = [after_ms, MOST_WATCHED_WRITES]
        for key, values in writes.items():
            arguments += [key, json.dumps(dict(values))]
        self._scripts.run("watch", *arguments)

    def watched(self, most: int) -> dict[str, list[dict[str, Any]]]:
        """Watched writes whose time has come, by task, the oldest first."""
        rows = self._scripts.run("watched", most)
        return {
            key.decode(): [json.loads(line) for line in writes.splitlines() if line]
            for key, writes in zip(rows[::2], rows[1::2], strict=True)
        }

    def unwatch(self, keys: Sequence[str]) -> None:
        """Forget watched writes that were looked at; those of a task that is watched anew meanwhile stay."""
        self._scripts.run("unwatch", *keys)

    def commit_plan(
        self,
        planner: str,
        registers: Mapping[str, tuple[Register, int | None]],
        sources: Mapping[str, str],
        events: Sequence[PlannedEvent],
        settled: Sequence[Settled],
        history: Sequence[tuple[str, str]],
    ) -> tuple[list[str], bool]:
        """Write everything that planning `events` brought, or nothing. `sources` has whose events are about which task.

        Returns the keys whose register changed meanwhile (then nothing was written) and whether to wake the
        deliverer. Raises Lost when the events were taken from this planner.
        """
        arguments: list[str | int | bytes] = [planner, *_register_arguments(registers, sources), len(events)]
        for event in events:
            arguments += [event.id, event.attempt, pack(event.plan), event.outcomes, event.problem, event.reason]
            arguments += [event_body(event.reread), event.reread.type] if event.reread else ["", ""]
        arguments += _settled_arguments(settled)
        arguments.append(len(history))
        for key, entry in history:
            arguments += [key, entry]
        answer = self._scripts.run("plan", *arguments)
        if answer == b"lost":
            raise Lost(planner)
        if isinstance(answer, list):
            return [key.decode() for key in answer], False
        return [], bool(answer)

    def commit_delivery(
        self,
        lease: str,
        registers: Mapping[str, tuple[Register, int | None]],
        settled: Sequence[Settled],
    ) -> list[str]:
        """Write what a delivery brought, or nothing: then the keys that changed meanwhile are returned.

        Raises Lost when the lease has passed on.
        """
        answer = self._scripts.run("deliver", lease, *_register_arguments(registers, {}), *_settled_arguments(settled))
        if answer == b"fenced":
            raise Lost(lease)
        return [key.decode() for key in answer]


def _register(key: str, revision: bytes | None, record: bytes | None) -> Register:
    by_id, name = key.startswith(BY_ID), key[2:]
    if revision is None or record is None:
        return Register(name, by_id)
    try:
        return load(name, by_id, int(revision), record.decode())
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        # Somebody else wrote there. Begun anew, it asks Planhat again; the others must not wait for a person.
        structlog.get_logger("planhook.store").error("register_unreadable", key=key, fault=repr(fault))
        return Register(name, by_id, revision=int(revision))


def _register_arguments(
    registers: Mapping[str, tuple[Register, int | None]], sources: Mapping[str, str]
) -> Iterable[str | int]:
    yield len(registers)
    for key, (register, due) in registers.items():
        yield from (key, register.revision, dump(register), "" if due is None else due, sources.get(key, ""))


def _settled_arguments(settled: Sequence[Settled]) -> list[str | int]:
    arguments: list[str | int] = [len(settled)]
    for one in settled:
        arguments += [event_of(one.version), attempt_of(one.version), one.index, one.outcome, one.answer]
    return arguments
