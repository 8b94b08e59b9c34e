"""What all calls to Planhat have in common: they may be repeated, they keep their pace and leave Planhat alone."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from planhook import failpoints
from planhook.planhat.client import PlanhatClient
from planhook.store.budget import CallBudget, Lease
from tests.workers.conftest import Pipeline, deal


def for_a_moment() -> Callable[[], bool]:
    """Stops a worker that would go on for too long; to stop late does no harm."""
    end = time.monotonic() + 0.5
    return lambda: time.monotonic() > end


def test_tasks_are_created_by_the_one_write_that_may_be_repeated(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="a", amount=1))
    pipeline.process(*(deal("deal.created", 0, number=f"g{n}", name="a", amount=1) for n in range(5)))

    assert {(call["method"], call["path"]) for call in pipeline.planhat.calls()} == {("PUT", "/tasks")}


def test_a_steady_load_does_not_use_up_the_minute(pipeline: Pipeline) -> None:
    """Two of twelve calls may go out at once; the next one of one job waits, although ten are left."""
    pipeline.calls_per_minute = 12
    deliverer = pipeline.deliverer()
    for n in range(3):
        pipeline.accept(deal("deal.created", 0, number=f"g{n}", name="a", amount=1))
        pipeline.planner().drain(lambda: False)
        deliverer.drain(for_a_moment() if n == 2 else lambda: False)

    assert len(pipeline.planhat.calls()) == 2


def test_writes_that_are_full_do_not_wait_for_more(pipeline: Pipeline) -> None:
    """Five small ones of thirty calls may go out at once, and six that carry all they can."""
    pipeline.calls_per_minute, pipeline.bulk_size = 30, 2
    pipeline.accept(*(deal("deal.created", 0, number=f"g{n}", name="a", amount=1) for n in range(14)))
    pipeline.planner().drain(lambda: False)
    pipeline.deliverer().drain(for_a_moment())

    assert [call["items"] for call in pipeline.planhat.calls()] == [2] * 6


def test_the_next_deliverer_goes_on_at_the_same_pace(pipeline: Pipeline) -> None:
    """The lease changes hands: with a burst for each of them, two workers would use up the minute."""
    pipeline.calls_per_minute = 12
    for n in range(3):
        pipeline.accept(deal("deal.created", 0, number=f"g{n}", name="a", amount=1))
        pipeline.planner().drain(lambda: False)
        pipeline.deliverer().drain(for_a_moment() if n == 2 else lambda: False)

    assert len(pipeline.planhat.calls()) == 2


def test_who_takes_over_makes_everybody_wait_before_the_note_is_gone(pipeline: Pipeline) -> None:
    """Should it die in between, the next one would find neither, and write while Planhat is still at work."""
    dead = Lease(pipeline.redis, "dead")
    assert dead.acquire()
    dead.begin({"s:t-1": {"action": "b"}})
    dead.release()
    failpoints.arm({failpoints.VARIABLE: "deliver.committed=raise"})
    try:
        with pytest.raises(failpoints.FailpointReached):
            pipeline.deliverer(grace_s=30.0).drain(lambda: False)
    finally:
        failpoints.arm({})

    assert Lease(pipeline.redis, "next").interrupted()[0] == {}
    assert CallBudget(pipeline.redis, 100).take() > 25


def test_a_shorter_pause_does_not_end_a_longer_one(pipeline: Pipeline) -> None:
    first, second = CallBudget(pipeline.redis, 100), CallBudget(pipeline.redis, 100)
    first.pause(600, "told to wait")
    second.pause(1, "out of order")

    assert first.take() > 500
    assert second.take() > 500


def test_an_update_never_creates_the_task_that_it_does_not_find(pipeline: Pipeline) -> None:
    """A person deleted it; only the next create makes it again."""
    pipeline.process(deal("deal.created", 0, name="a", amount=1))
    task = pipeline.task()
    assert task is not None
    pipeline.client.delete_task(task["_id"])

    named = deal("deal.named", 1, name="b")
    pipeline.process(named)

    assert pipeline.tasks() == []
    assert pipeline.status(named) == ("ignored", "absent")


def test_a_write_whose_sender_died_is_read_back_and_looked_at_again(pipeline: Pipeline) -> None:
    """It may have been carried out, and it may still arrive behind what is written next."""
    pipeline.process(deal("deal.created", 0, name="a", amount=1))
    dead = Lease(pipeline.redis, "dead")
    assert dead.acquire()
    dead.begin({"s:t-1": {"action": "b"}})
    dead.release()
    before = len(pipeline.planhat.calls())

    named = deal("deal.named", 1, name="c")
    pipeline.process(named)

    kinds = [(call["method"], call["path"]) for call in pipeline.planhat.calls(before)]
    assert kinds[0][0] == "GET"
    assert pipeline.status(named) == ("applied", "")
    assert pipeline.redis.zcard("planhook:watch") == 1


def test_each_write_is_noted_before_it_goes_out_whichever_call_carries_it(pipeline: Pipeline) -> None:
    """Else nobody would look again at one whose sender died."""
    pipeline.planhat.change(bulk_matches_archived=False)
    pipeline.process(deal("deal.created", 0, name="a", amount=1), deal("deal.won", 1))
    notes: list[dict[str, dict[str, Any]]] = []
    reader = Lease(pipeline.redis, "reader")
    pipeline.client.close()
    pipeline.client = PlanhatClient(
        pipeline.planhat.url, pipeline.planhat.token, before_call=lambda: notes.append(reader.interrupted()[0])
    )
    before = len(pipeline.planhat.calls())

    pipeline.process(deal("deal.named", 2, name="b"))

    noted = {"s:t-1": {"action": "b"}}
    made = [(call["method"], note) for call, note in zip(pipeline.planhat.calls(before), notes, strict=True)]
    assert made == [("PUT", noted), ("GET", {}), ("PUT", noted)]


def test_a_write_that_is_watched_while_others_are_looked_at_stays_watched(pipeline: Pipeline) -> None:
    """A deliverer that lost its lease says so at any time."""
    pipeline.registers.watch({"s:t-1": {"action": "a"}, "s:t-2": {"action": "a"}}, 0)
    looked_at = pipeline.registers.watched(10)
    pipeline.registers.watch({"s:t-1": {"action": "b"}}, 60_000)

    pipeline.registers.unwatch(list(looked_at))

    assert looked_at.keys() == {"s:t-1", "s:t-2"}
    assert pipeline.redis.zrange("planhook:watch", 0, -1) == [b"s:t-1"]
