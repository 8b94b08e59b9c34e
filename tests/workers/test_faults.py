"""What the pipeline makes of Planhat's faults: nothing lost, nothing twice, nobody blamed for an outage."""

import time
from collections.abc import Callable

import pytest

from tests.workers.conftest import Pipeline, deal


def work_until(pipeline: Pipeline, done: Callable[[], bool], seconds: float = 20) -> None:
    """Work as a worker does that is woken again and again. A pause of Planhat is cut short."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not done in {seconds} s: {pipeline.journal.stats()}"
        pipeline.redis.delete("planhook:pause")
        pipeline.planner().drain(lambda: False)
        pipeline.same_deliverer.drain(lambda: time.monotonic() > end)


def ended(pipeline: Pipeline) -> Callable[[], bool]:
    return lambda: pipeline.journal.stats()["waiting"] == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 503, "headers": {"Retry-After": "1"}},
        {"status": 429},
        {"reset": "before_read"},
        {"reset": "after_read"},
        {"reset": "after_apply"},
        {"reset": "mid_answer"},
        {"apply_then_status": 500},
        {"apply_then_hang": True},
        {"hang": True},
        {"invalid_body": "html"},
        {"invalid_body": "cut"},
        {"invalid_body": "empty"},
        {"status": 401},
        {"status": 404},
        {"redirect": "http://127.0.0.1:9/"},
    ],
    ids=lambda fault: "-".join(f"{name}={value}" for name, value in fault.items())[:40],
)
def test_a_passing_fault_costs_nothing(pipeline: Pipeline, fault: dict[str, object]) -> None:
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=2, **fault)
    created, named = deal("deal.created", 0, name="a", amount=1), deal("deal.named", 1, name="b")
    others = [deal("deal.created", 0, number=f"x{n}", name="x", amount=1) for n in range(5)]
    pipeline.accept(created, named, *others)

    work_until(pipeline, ended(pipeline))

    assert pipeline.status(created) == ("applied", "")
    assert pipeline.status(named) == ("applied", "")
    task = pipeline.task()
    assert task is not None
    assert task["action"] == "b"
    assert len(pipeline.tasks()) == 6
    pipeline.assert_books_balance()


def test_a_task_that_always_fails_ends_dead_and_holds_up_nobody(pipeline: Pipeline) -> None:
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", sourceId="t-bad", times=None, status=500)
    bad = deal("deal.created", 0, number="bad", name="bad", amount=1)
    good = [deal("deal.created", 0, number=f"g{n}", name="x", amount=1) for n in range(20)]
    pipeline.accept(*good[:10], bad, *good[10:])

    work_until(pipeline, lambda: all(pipeline.status(event)[0] == "applied" for event in good), 10)
    work_until(pipeline, ended(pipeline), 60)

    status, reason = pipeline.status(bad)
    assert status == "dead"
    assert "5 times" in reason
    pipeline.assert_books_balance()


def test_an_outage_ends_no_event_as_dead(pipeline: Pipeline) -> None:
    pipeline.planhat.add_fault(path="^/", times=None, status=503)
    events = [deal("deal.created", 0, number=f"g{n}", name="x", amount=1) for n in range(4)]
    pipeline.accept(*events)
    tried = 0
    for _ in range(30):
        pipeline.redis.delete("planhook:pause")
        pipeline.planner().drain(lambda: False)
        pipeline.same_deliverer.drain(lambda: False)
        for key in pipeline.registers_due():
            pipeline.redis.zadd("planhook:due", {key: 0})
        tried += 1
    assert pipeline.journal.stats()["dead"] == 0

    pipeline.planhat.clear_faults()
    work_until(pipeline, ended(pipeline))

    assert tried == 30
    assert all(pipeline.status(event) == ("applied", "") for event in events)


def test_nobody_calls_during_a_pause(pipeline: Pipeline) -> None:
    pipeline.planhat.add_fault(method="PUT", times=1, status=429, headers={"Retry-After": "60"})
    pipeline.accept(deal("deal.created", 0, name="a", amount=1))
    pipeline.work()
    calls = len(pipeline.planhat.calls())
    end = time.monotonic() + 0.5

    pipeline.deliverer().drain(lambda: time.monotonic() > end)

    assert len(pipeline.planhat.calls()) == calls == 1
    assert pipeline.journal.stats()["paused_ms"] > 50_000


def test_the_budget_of_calls_is_kept_by_all_together(pipeline: Pipeline) -> None:
    pipeline.calls_per_minute, pipeline.bulk_size = 3, 1
    pipeline.accept(*(deal("deal.created", 0, number=str(n), name="a", amount=1) for n in range(6)))
    pipeline.planner().drain(lambda: False)
    for _ in range(6):  # each of which would make one call before the pace holds it up
        pipeline.redis.delete("planhook:pace")
        end = time.monotonic() + 0.3
        pipeline.deliverer().drain(lambda end=end: time.monotonic() > end)  # type: ignore[misc]

    assert len(pipeline.planhat.calls()) == 3


def test_a_task_that_somebody_else_made_is_not_made_twice(pipeline: Pipeline) -> None:
    """Planhat does not match archived tasks in bulk, but refuses a second one with the same key."""
    pipeline.process(deal("deal.created", 0, name="a", amount=1))
    pipeline.process(deal("deal.won", 1))
    pipeline.redis.flushdb()
    pipeline.planhat.change(bulk_matches_archived=False)
    again = deal("deal.created", 5, name="b", amount=2)
    pipeline.accept(again)

    work_until(pipeline, ended(pipeline))

    task = pipeline.task()
    assert task is not None
    assert task["action"] == "b"
    assert pipeline.status(again) == ("applied", "")


def test_a_write_that_arrives_late_does_not_win_over_a_newer_one(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="first", amount=1))
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_late_ms=1500)
    pipeline.accept(deal("deal.named", 1, name="late"))
    pipeline.planner().drain(lambda: False)
    deliverer = pipeline.deliverer(settle_s=2.0)
    deliverer.drain(lambda: False)
    pipeline.accept(deal("deal.named", 2, name="newest"))

    work_until(pipeline, ended(pipeline))
    work_until(pipeline, lambda: any(task["action"] == "late" for task in pipeline.tasks()), 5)
    end = time.monotonic() + 5
    while (pipeline.task() or {})["action"] != "newest":
        assert time.monotonic() < end
        deliverer.drain(lambda: False)

    assert pipeline.registers.watched(10) == {}


def test_what_people_change_meanwhile_is_theirs(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="first", amount=1))
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_then_hang=True)
    pipeline.accept(deal("deal.named", 1, name="second"))
    pipeline.planner().drain(lambda: False)
    deliverer = pipeline.deliverer(settle_s=0.0)
    deliverer.drain(lambda: False)
    work_until(pipeline, ended(pipeline))
    pipeline.client.update_task({"action": "by hand"}, source_id="t-1")

    deliverer.drain(lambda: False)

    assert (pipeline.task() or {})["action"] == "by hand"


def test_what_is_wrong_with_planhat_is_told_while_it_lasts(pipeline: Pipeline) -> None:
    pipeline.planhat.add_fault(method="PUT", times=1, status=401)
    created = deal("deal.created", 0, name="a", amount=1)
    pipeline.process(created)

    assert "PLANHAT_API_TOKEN" in pipeline.journal.trouble()
    assert pipeline.status(created) == ("waiting", pipeline.journal.trouble())

    work_until(pipeline, ended(pipeline))
    assert pipeline.journal.trouble() == ""


def test_two_writes_of_unclear_outcome_are_both_watched(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="first", amount=1))
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_late_ms=1500)
    pipeline.accept(deal("deal.named", 1, name="late"))
    pipeline.planner().drain(lambda: False)
    deliverer = pipeline.deliverer(settle_s=2.0)
    deliverer.drain(lambda: False)
    pipeline.redis.delete("planhook:pause")
    pipeline.accept(deal("deal.named", 2, name="newest"))
    pipeline.planner().drain(lambda: False)
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, reset="after_read")
    deliverer.drain(lambda: False)
    work_until(pipeline, ended(pipeline))
    work_until(pipeline, lambda: any(task["action"] == "late" for task in pipeline.tasks()), 5)

    end = time.monotonic() + 6
    while (pipeline.task() or {})["action"] != "newest":
        assert time.monotonic() < end
        pipeline.redis.delete("planhook:pause")
        deliverer.drain(lambda: False)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 409, "body": {"message": "x"}},
        {"status": 413, "body": "<html>too large</html>"},
        {"status": 400, "body": "<html>bad gateway</html>"},
        {"status": 422, "body": {"message": "maintenance, come back later"}},
        {"status": 400, "body": {"message": "database is read only"}},
    ],
    ids=lambda fault: str(fault["status"]) + str(fault["body"])[:30],
)
def test_an_outage_that_refuses_everything_ends_no_event_as_dead(pipeline: Pipeline, fault: dict[str, object]) -> None:
    pipeline.planhat.add_fault(method="PUT", path="^/tasks", times=None, **fault)
    events = [deal("deal.created", 0, number=f"g{n}", name="x", amount=1) for n in range(5)]
    pipeline.accept(*events)
    for _ in range(40):
        pipeline.redis.delete("planhook:pause")
        for key in pipeline.registers_due():
            pipeline.redis.zadd("planhook:due", {key: 0})
        pipeline.planner().drain(lambda: False)
        pipeline.same_deliverer.drain(lambda: False)
    assert pipeline.journal.stats()["dead"] == 0

    pipeline.planhat.clear_faults()
    for key in pipeline.registers_due():
        pipeline.redis.zadd("planhook:due", {key: 0})
    work_until(pipeline, ended(pipeline))

    assert all(pipeline.status(event) == ("applied", "") for event in events)


def test_a_deletion_that_always_fails_ends_dead_and_holds_up_nobody(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, number="bad", name="bad", amount=1))
    stubborn = deal("deal.deleted", 1, number="bad")
    pipeline.planhat.add_fault(method="DELETE", path="^/tasks/", times=None, status=500)
    pipeline.accept(stubborn)
    number = iter(range(100_000))

    def work_and_feed() -> bool:
        good = deal("deal.created", 0, number=f"g{next(number)}", name="x", amount=1)
        pipeline.accept(good)
        return pipeline.status(stubborn)[0] == "dead"

    work_until(pipeline, work_and_feed, 40)
    work_until(pipeline, ended(pipeline), 20)

    assert "5 times" in pipeline.status(stubborn)[1]
    assert pipeline.journal.stats()["dead"] == 1


@pytest.mark.parametrize("count", [1, 2, 30])
def test_tasks_of_which_an_answer_says_nothing_are_read_back(pipeline: Pipeline, count: int) -> None:
    """Sent again together they would get the same answer again and again."""
    silent = {"created": 0, "updated": 0, "nonupdates": 0}
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=None, apply_then_status=200, body=silent)
    events = [deal("deal.created", 0, number=str(number), name="a", amount=1) for number in range(count)]

    pipeline.process(*events)
    end = time.monotonic() + 20
    while pipeline.registers_due() and time.monotonic() < end:
        pipeline.deliverer().drain(lambda: False)

    assert {pipeline.status(event) for event in events} == {("applied", "")}


def test_a_task_whose_creation_could_not_be_read_back_is_still_ours(pipeline: Pipeline) -> None:
    """Taken for one that Planhat had before, it would be changed by what came before its creation."""
    pipeline.planhat.change(nonupdates_in_keys=True)
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_then_status=502)
    pipeline.planhat.add_fault(method="GET", path="^/tasks/", times=1, status=503)
    created = deal("deal.created", 5, name="a", amount=1)
    pipeline.process(created)
    until_settled(pipeline)
    early = deal("deal.valued", 3, amount=7)

    pipeline.process(early)

    assert (pipeline.status(created), pipeline.status(early)) == (("applied", ""), ("ignored", "absent"))
    assert (pipeline.task() or {})["description"] == "1"


def test_the_date_of_a_completion_that_could_not_be_read_back_goes_with_it(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="a", amount=1))
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_then_status=502)
    pipeline.planhat.add_fault(method="GET", path="^/tasks/", times=1, status=503)
    pipeline.process(deal("deal.won", 1))
    pipeline.accept(deal("deal.lost", 2))
    pipeline.planner().drain(lambda: False)

    until_settled(pipeline)

    task = pipeline.task() or {}
    assert (task["status"], task.get("dateDone")) == ("Ignored", None)


def until_settled(pipeline: Pipeline) -> None:
    """Deliver until nothing is left to be written, whatever pauses there are."""
    end = time.monotonic() + 20
    while pipeline.registers_due() and time.monotonic() < end:
        pipeline.redis.delete("planhook:pause")
        pipeline.deliverer().drain(lambda: False)
    assert not pipeline.registers_due()
