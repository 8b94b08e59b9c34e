"""A write whose sender died before it wrote the answer down: what its successor makes of it."""

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
