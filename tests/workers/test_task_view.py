"""What the operator API tells of a task that Planhat would not change."""

from typing import Any

import pytest

from planhook.core.event import Event
from tests.workers.conftest import Pipeline, deal

CREATED = deal("deal.created", 0, name="Acme", amount=5)


def shown(pipeline: Pipeline) -> dict[str, Any]:
    task = pipeline.journal.task("t-1")
    assert task is not None
    return task


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ((CREATED,), "open"),
        ((CREATED, deal("deal.won", 1)), "done"),
        ((CREATED, deal("deal.lost", 1)), "cancelled"),
        ((CREATED, deal("deal.lost", 1), deal("deal.back", 2)), "open"),
    ],
)
def test_a_task_that_planhat_does_not_delete_is_as_it_was(
    pipeline: Pipeline, before: tuple[Event, ...], state: str
) -> None:
    for event in before:
        pipeline.process(event)
    pipeline.planhat.add_fault(method="DELETE", path="^/tasks/", status=400, body="You are not allowed to remove Task.")
    gone = deal("deal.deleted", 9)
    pipeline.process(gone)

    assert pipeline.status(gone)[0] == "dead"
    assert pipeline.task() is not None
    assert (shown(pipeline)["state"], shown(pipeline)["pending"]) == (state, False)


def test_a_completion_that_planhat_refuses_leaves_the_task_open(pipeline: Pipeline) -> None:
    pipeline.process(CREATED)
    pipeline.planhat.add_fault(method="PUT", partial={"t-1": "status is not valid"})
    won = deal("deal.won", 1)
    pipeline.process(won)

    assert pipeline.status(won)[0] == "dead"
    assert shown(pipeline)["state"] == "open"


def test_a_deleted_task_is_deleted(pipeline: Pipeline) -> None:
    pipeline.process(CREATED)
    pipeline.process(deal("deal.deleted", 1))

    assert shown(pipeline)["state"] == "deleted"
