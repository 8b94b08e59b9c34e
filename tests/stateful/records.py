"""What Redis holds at one moment, read past planhook's own views, and what must be true of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from planhook.core.register import Register
from planhook.core.register_record import load
from planhook.core.step import next_step
from planhook.core.version import attempt_of, event_of

P = "planhook:"
ENDS = ("applied", "ignored", "dead")


@dataclass(frozen=True)
class Records:
    """Events by id as fields of their records; `unplanned` has an id as often as it is somewhere to be planned."""

    events: Mapping[str, Mapping[str, str]]
    unplanned: Counter[str]
    registers: Mapping[str, Register]
    due: frozenset[str]
    due_of_sources: frozenset[str]
    watched: frozenset[str]
    waiting: frozenset[str]
    held: frozenset[str]
    dead: frozenset[str]
    stats: Mapping[str, int]

    @classmethod
    def read(cls, redis: "Redis") -> "Records":
        ids = _texts(redis.zrange(f"{P}events", 0, -1))
        events = {event_id: _fields(redis.hgetall(f"{P}event:{event_id}")) for event_id in ids}
        lists = [f"{P}suspects", *redis.scan_iter(f"{P}inbox:*")]
        unplanned = Counter(event_id for name in lists for event_id in _texts(redis.lrange(name, 0, -1)))
        for claims in redis.scan_iter(f"{P}claims:*"):
            unplanned.update(_texts(redis.smembers(claims)))
        tasks = [key.decode().removeprefix(f"{P}task:") for key in redis.scan_iter(f"{P}task:*")]

        def members(name: str) -> frozenset[str]:
            return frozenset(_texts(redis.zrange(P + name, 0, -1)))

        return cls(
            events=events,
            unplanned=unplanned,
            registers={task: _register(redis, task) for task in tasks},
            due=members("due"),
            due_of_sources=frozenset(
                key for name in redis.scan_iter(f"{P}due:*") for key in _texts(redis.zrange(name, 0, -1))
            ),
            watched=members("watch"),
            waiting=members("waiting"),
            held=members("held"),
            dead=members("dead"),
            stats={name: int(value) for name, value in _fields(redis.hgetall(f"{P}stats")).items()},
        )

    def with_status(self, status: str) -> frozenset[str]:
        return frozenset(event_id for event_id, fields in self.events.items() if fields["s"] == status)

    def letter(self, event_id: str, attempt: int, index: int) -> str:
        """The outcome of an operation; empty when its event has forgotten that attempt."""
        fields = self.events.get(event_id, {})
        return fields.get("o", "")[index : index + 1] if fields.get("n") == str(attempt) else ""

    def quiet(self) -> bool:
        """Whether there is nothing left to do but to wait for tasks that may be created."""
        return not (self.waiting or self.unplanned or self.due or self.watched)

    def check(self, forgotten: Mapping[str, int]) -> None:
        """Everything that is true at any moment; `forgotten` counts purged events by status."""
        self._check_books(forgotten)
        self._check_places()
        self._check_registers()

    def _check_books(self, forgotten: Mapping[str, int]) -> None:
        stats = {name: self.stats.get(name, 0) for name in ("accepted", "waiting", *ENDS)}
        assert stats["accepted"] == sum(stats.values()) - stats["accepted"], f"the books do not balance: {stats}"
        for status in ("waiting", *ENDS):
            counted = len(self.with_status(status)) + forgotten.get(status, 0)
            assert stats[status] == counted, f"{counted} events are {status}, the books say {stats[status]}"

    def _check_places(self) -> None:
        assert self.waiting | self.held == self.with_status("waiting")
        assert not self.waiting & self.held
        assert self.dead == self.with_status("dead")
        for event_id, fields in self.events.items():
            is_open = event_id in self.waiting
            places = self.unplanned[event_id] + ("p" in fields.get("o", ""))
            assert places == is_open, f"{event_id}, {fields['s']}, is in {places} places: {fields.get('o')}"

    def _check_registers(self) -> None:
        assert self.due_of_sources <= self.due
        pending = set()
        for task, register in self.registers.items():
            more = next_step(register) is not None
            assert more == (task in self.due), f"{task} {'differs' if more else 'is settled'}, due: {sorted(self.due)}"
            assert more or not register.pending, f"{task} waits for nothing: {register}"
            for version, one in register.pending.items():
                place = (event_of(version), attempt_of(version), one.index)
                pending.add(place)
                assert self.letter(*place) in ("", *"pbhf"), f"{place} is {self.letter(*place)} and pending"
        for event_id, fields in self.events.items():
            for index, letter in enumerate(fields.get("o", "")):
                known = (event_id, int(fields["n"]), index) in pending
                assert letter != "p" or known, f"{event_id} waits and no register knows"


def _register(redis: "Redis", task: str) -> Register:
    fields = _fields(redis.hgetall(f"{P}task:{task}"))
    return load(task[2:], False, int(fields["r"]), fields["j"])


def _texts(values: Any) -> list[str]:
    return [value.decode() for value in cast(Iterable[bytes], values)]


def _fields(fields: Any) -> dict[str, str]:
    # Bodies and plans are packed; nobody asks for them here.
    return {name.decode(): value.decode(errors="replace") for name, value in fields.items()}
