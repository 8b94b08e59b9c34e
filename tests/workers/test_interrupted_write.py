"""A write whose sender died before it wrote the answer down: what its successor makes of it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from planhook.core.event import Event
from planhook.core.step import next_step
from planhook.planhat.client import PlanhatClient
from planhook.store.budget import Lease
from tests.workers.conftest import Pipeline, deal
from workers.effects import as_item


@dataclass
class Interruption:
    """Plans `event` just before the first call to Planhat goes out."""

    pipeline: Pipeline
    event: Event
    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == 1:
            self.pipeline.accept(self.event)
            self.pipeline.planner().drain(lambda: False)


def die_after_writing(pipeline: Pipeline) -> None:
    """Write what is due and tell nobody."""
    registers = pipeline.registers.read(pipeline.registers.due(10))
    steps = {key: step for key, register in registers.items() if (step := next_step(register))}
    lease = Lease(pipeline.redis, "dead")
    assert lease.acquire()
    lease.begin({key: step.values() for key, step in steps.items()})
    items: list[dict[str, Any]] = [as_item(registers[key], step) for key, step in steps.items()]
    assert all(outcome.succeeded for outcome in pipeline.client.bulk_upsert(items).outcomes)
    lease.break_of("dead")


@pytest.mark.parametrize("others", [0, 2])
def test_a_task_that_a_dead_sender_made_counts_as_ours_whatever_is_planned_meanwhile(
    pipeline: Pipeline, others: int
) -> None:
    """Taken for one that Planhat had before, the task would be changed by what came before its creation."""
    pipeline.planhat.change(nonupdates_in_keys=True)
    created = [deal("deal.created", 5, number=str(n), name="a", amount=1) for n in range(1, 2 + others)]
    pipeline.accept(*created)
    pipeline.planner().drain(lambda: False)
    die_after_writing(pipeline)
    meanwhile, early = deal("deal.named", 6, name="b"), deal("deal.valued", 3, amount=7)
    pipeline.client.close()
    interruption = Interruption(pipeline, meanwhile)
    pipeline.client = PlanhatClient(pipeline.planhat.url, pipeline.planhat.token, before_call=interruption)

    pipeline.deliverer().drain(lambda: False)
    pipeline.process(early)

    assert interruption.calls > 1
    assert [pipeline.status(event) for event in created] == [("applied", "")] * len(created)
    assert pipeline.status(meanwhile) == ("applied", "")
    assert pipeline.status(early) == ("ignored", "absent")
    assert (pipeline.task() or {})["description"] == "1"


def test_many_tasks_of_a_dead_sender_are_written_again_in_one_call_whoever_takes_over(pipeline: Pipeline) -> None:
    created = [deal("deal.created", 5, number=str(n), name="a", amount=1) for n in range(30)]
    pipeline.accept(*created)
    pipeline.planner().drain(lambda: False)
    die_after_writing(pipeline)
    pipeline.deliverer().drain(lambda: True)
    before = len(pipeline.planhat.calls())

    pipeline.deliverer().drain(lambda: False)

    assert {pipeline.status(event) for event in created} == {("applied", "")}
    assert len(pipeline.planhat.calls()) - before <= 4


@pytest.mark.parametrize("ends", ["its sender is killed", "no answer comes in time"])
def test_planhat_has_one_bulk_write_at_a_time_also_when_it_is_slow(pipeline: Pipeline, ends: str) -> None:
    """One that looks a task up, waits and only then inserts it would make it twice."""
    pipeline.planhat.change(delay_ms=1_200)
    pipeline.accept(*(deal("deal.created", 0, number=str(number), name="a", amount=1) for number in range(3)))
    pipeline.planner().drain(lambda: False)
    if ends == "its sender is killed":
        begin_to_write_and_die(pipeline)
    pipeline.client.close()
    with PlanhatClient(pipeline.planhat.url, pipeline.planhat.token, bulk_s=0.6, single_s=5) as client:
        pipeline.client = client
        deliver_for(pipeline, lambda: bool(pipeline.planhat.calls()))
    pipeline.client = PlanhatClient(pipeline.planhat.url, pipeline.planhat.token, bulk_s=10)
    pipeline.planhat.change(delay_ms=0)

    deliver_for(pipeline, lambda: not pipeline.registers_due())

    assert len(pipeline.tasks()) == 3
    assert pipeline.planhat.stats()["max_concurrent_bulk"] == 1


def begin_to_write_and_die(pipeline: Pipeline) -> None:
    """Send what is due and be gone while Planhat is still at work on it."""
    registers = pipeline.registers.read(pipeline.registers.due(10))
    steps = {key: step for key, register in registers.items() if (step := next_step(register))}
    lease = Lease(pipeline.redis, "dead")
    assert lease.acquire()
    lease.begin({key: step.values() for key, step in steps.items()})
    items = [as_item(registers[key], step) for key, step in steps.items()]
    sender = PlanhatClient(pipeline.planhat.url, pipeline.planhat.token)
    threading.Thread(target=sender.bulk_upsert, args=(items,), daemon=True).start()
    deliver_for(pipeline, lambda: pipeline.planhat.stats()["calls"] > 0, grace_s=None)
    lease.break_of("dead")


def deliver_for(pipeline: Pipeline, holds: Callable[[], bool], grace_s: float | None = 2.0) -> None:
    """Deliver again and again until it holds; without a grace only wait."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        if grace_s is not None:
            pipeline.deliverer(grace_s=grace_s).drain(lambda: False)
