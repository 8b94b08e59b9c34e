"""Tasks in Planhat's archive, whether its bulk writes find those or not."""

import pytest

from tests.workers.conftest import Pipeline, deal


@pytest.fixture(params=[True, False], ids=["bulk finds archived tasks", "bulk finds open tasks only"])
def line(pipeline: Pipeline, request: pytest.FixtureRequest) -> Pipeline:
    """A pipeline with a task of ours that is done and in the archive."""
    pipeline.planhat.change(bulk_matches_archived=request.param)
    pipeline.process(deal("deal.created", 0, name="a", amount=1), deal("deal.won", 1))
    task = pipeline.task()
    assert task is not None
    assert task["isArchived"]
    return pipeline


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("deal.named", {"action": "b", "status": "Done", "isArchived": True}),
        ("deal.back", {"action": "a", "status": "To Do", "isArchived": False, "dateDone": None}),
        ("deal.lost", {"action": "a", "status": "Ignored", "isArchived": True, "dateDone": None}),
        ("deal.created", {"action": "b", "status": "To Do", "isArchived": False, "dateDone": None}),
    ],
)
def test_an_archived_task_takes_what_is_said_of_it(line: Pipeline, type_: str, expected: dict[str, object]) -> None:
    event = deal(type_, 2, name="b", amount=1)

    line.process(event)

    task = line.task()
    assert task is not None
    assert {name: task[name] for name in expected} == expected
    assert line.status(event) == ("applied", "")


def test_an_archived_task_that_people_deleted_is_absent(line: Pipeline) -> None:
    task = line.task()
    assert task is not None
    line.client.delete_task(task["_id"])
    event = deal("deal.named", 2, name="b")

    line.process(event)

    assert line.tasks() == []
    assert line.status(event) == ("ignored", "absent")


def test_a_task_of_the_archive_is_made_open_and_written_in_bulk_again(line: Pipeline) -> None:
    line.process(deal("deal.back", 2))
    before = len(line.planhat.calls())

    line.process(deal("deal.named", 3, name="b"))

    assert (line.task() or {})["action"] == "b"
    assert len(line.planhat.calls(before)) == 1
