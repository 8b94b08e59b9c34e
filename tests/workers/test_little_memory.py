"""Redis with little memory: deliveries are turned away in time, what was accepted is worked off, room comes back."""

import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

import sandbox.server
from devstack.redis_server import EmbeddedRedis
from planhook.core.errors import StoreFull
from planhook.core.event import Event, milliseconds
from planhook.store.connection import connect
from planhook.store.group_commit import GroupCommit
from planhook.store.room import MOST_USED, SCARCE, TIGHT, Memory, Room, used_share
from tests.workers.conftest import START, Pipeline, deal
from workers.purger import Purger

MEMORY = 24_000_000
_MOST = 60_000  # events, which never fit


@pytest.fixture
def small(tmp_path: Path, planhat: sandbox.server.SandboxServer) -> Iterator[Pipeline]:
    options = {"maxmemory": str(MEMORY), "appendfsync": "no"}
    with EmbeddedRedis(tmp_path / "redis", options=options) as server:
        redis = connect(server.url, timeout=5.0, connections=4)
        yield Pipeline(redis, planhat)
        redis.close()


def sum_of(seed: str) -> str:
    """Some hundred characters that cannot be packed."""
    return "".join(hashlib.sha256(f"{seed}{each}".encode()).hexdigest() for each in range(8))


def used(redis: Redis) -> float:
    return used_share(redis.info("memory")) or 0.0


def fill(pipeline: Pipeline, turn: int, type_: str = "deal.created") -> list[Event]:
    """Accept events of few tasks until they are turned away."""
    commit = GroupCommit(pipeline.inbox, Room(pipeline.redis))
    accepted: list[Event] = []
    for number in range(0, _MOST, 50):
        events = [
            replace(
                deal(type_, at, number=str(at % 20), key=f"{turn}-{number}-{at}", name="Acme", amount=at),
                payload=sum_of(f"{turn}-{number}-{at}"),
                received_at=datetime.now(UTC),
            )
            for at in range(50)
        ]
        try:
            commit.accept(events)
        except StoreFull:
            return accepted
        accepted += events
    raise AssertionError("everything fitted")


def purger(pipeline: Pipeline) -> Purger:
    return Purger(Memory(pipeline.redis, every_s=0.0), pipeline.inbox, 7, lambda: False)


def work_off(pipeline: Pipeline) -> float:
    """Plan, deliver and forget at the same time, as a worker does; gives the largest share of memory seen."""
    memory = Memory(pipeline.redis, every_s=0.0)
    done = threading.Event()
    largest = 0.0

    def is_scarce() -> bool:
        return memory.used() >= SCARCE

    def plan() -> None:
        pipeline.planner(lambda: is_scarce() and bool(pipeline.registers.due(1))).drain(done.is_set)

    with ThreadPoolExecutor(1) as pool:
        planning = pool.submit(plan)
        forgetting = purger(pipeline)
        end = time.monotonic() + 60
        while not planning.done() or pipeline.journal.stats()["tasks_pending"]:
            assert time.monotonic() < end
            largest = max(largest, used(pipeline.redis))
            pipeline.deliverer(is_scarce=is_scarce).drain(lambda: False)
            forgetting.run()
        planning.result()
    return largest


def test_deliveries_are_turned_away_at_four_fifths_and_all_that_was_accepted_is_worked_off(small: Pipeline) -> None:
    for turn in range(3):
        accepted = fill(small, turn)
        # Redis doubles three of its tables at the same time, which is a good part of so little memory.
        assert MOST_USED - 0.02 <= used(small.redis) <= MOST_USED + 0.04
        assert work_off(small) < 0.99
        purger(small).run()
        stats = small.journal.stats()
        assert stats["waiting"] == stats["tasks_pending"] == stats["dead"] == 0
        assert used(small.redis) < TIGHT
        assert len(accepted) > 500


def test_a_waiting_event_is_kept_however_tight_it_is(small: Pipeline) -> None:
    accepted = fill(small, 0)
    purger(small).run()

    assert small.journal.stats()["waiting"] == len(accepted)
    assert small.journal.event(accepted[0].id)["event"]["payload"]


def test_events_that_ended_dead_are_forgotten_last(small: Pipeline) -> None:
    now = datetime.now(UTC)
    broken = [replace(deal("deal.created", 1, key=f"broken-{at}"), problem="odd", received_at=now) for at in range(10)]
    small.process(*broken)
    fill(small, 0)
    work_off(small)
    purger(small).run()

    assert all(small.journal.event(event.id)["status"] == "dead" for event in broken)
    assert used(small.redis) < TIGHT


def test_dead_events_alone_do_not_shut_the_door_for_ever(small: Pipeline) -> None:
    commit = GroupCommit(small.inbox, Room(small.redis))
    number = 0
    while used(small.redis) < MOST_USED:
        broken = [replace(deal("deal.created", 1, key=f"{number}-{at}"), problem="odd") for at in range(100)]
        events = [replace(event, payload=sum_of(event.id), received_at=datetime.now(UTC)) for event in broken]
        try:
            commit.accept(events)
        except StoreFull:
            break
        small.planner().drain(lambda: False)
        number += 1
    before = small.journal.stats()["dead"]
    purger(small).run()

    assert used(small.redis) < TIGHT
    assert small.journal.stats()["dead"] == before


def test_nothing_is_forgotten_for_a_limit_under_which_redis_is_full_when_empty(small: Pipeline) -> None:
    """As by a slip of the one who sets it: no cut could make room, and the limit may be right again in a second."""
    event = replace(deal("deal.created", 1, name="Acme", amount=1), received_at=datetime.now(UTC))
    small.process(event)
    small.redis.config_set("maxmemory", "1mb")
    purger(small).run()

    assert small.journal.event(event.id)["status"] == "applied"


def test_a_server_without_a_limit_is_never_full(pipeline: Pipeline) -> None:
    room = Room(pipeline.redis)
    for _ in range(10):
        room.take(1_000_000_000, 1000)


def test_one_process_looks_again_in_time_however_fast_events_come(small: Pipeline) -> None:
    frozen = Room(small.redis, clock=lambda: 0.0)
    frozen.take(0, 0)
    small.redis.config_set("maxmemory", int(small.redis.info("memory")["used_memory"] / 0.9))

    def take_until_full() -> int:
        for taken in range(0, MEMORY, 10_000):
            try:
                frozen.take(10_000, 1)
            except StoreFull:
                return taken
        return MEMORY

    assert take_until_full() < MEMORY * 0.02


def test_an_event_that_was_forgotten_changes_nothing_when_it_comes_again(small: Pipeline) -> None:
    first = deal("deal.created", 1, name="Acme", amount=1)
    small.process(first, deal("deal.valued", 2, amount=7))
    small.inbox.purge(milliseconds(START) + 10**10, milliseconds(START) + 10**10, 0)
    before = small.journal.task("t-1")
    assert before is not None
    small.process(first)

    after = small.journal.task("t-1")
    assert after is not None
    assert after["planhat"] == before["planhat"]
