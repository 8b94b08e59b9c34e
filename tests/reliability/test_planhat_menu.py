"""The 28 ways in which Planhat fails, each of them twice in the midst of creations, changes and completions."""

from collections.abc import Mapping
from typing import Any

import pytest

from planhook.core.event import Event
from tests.reliability.conftest import VirtualClock
from tests.reliability.proxy import FaultProxy
from tests.reliability.system import wait_for
from tests.workers.conftest import Pipeline, deal

SETTLED_MS = 121_000
DEALS = [f"m{number}" for number in range(6)]
PASSING: Mapping[str, Mapping[str, Any]] = {
    "connection refused": {"proxy": "refuse"},
    "reset before the request is read": {"reset": "before_read"},
    "reset in the midst of it": {"proxy": "cut_before"},
    "reset instead of an answer": {"reset": "after_apply"},
    "no answer": {"hang": True},
    "one byte at a time": {"proxy": "trickle"},
    **{f"{status}, not applied": {"status": status} for status in (500, 502, 503, 504)},
    **{f"{status}, applied all the same": {"apply_then_status": status} for status in (500, 502, 503, 504)},
    "200 with HTML": {"invalid_body": "html"},
    "200 with half the JSON": {"invalid_body": "cut"},
    "200 with nothing": {"invalid_body": "empty"},
    "400 for all, because of one": {"status": 400, "body": {"message": "something went wrong"}},
    "401": {"status": 401},
    "403": {"status": 403, "body": {"message": "Forbidden"}},
    "404": {"status": 404},
    "408": {"status": 408},
    "409": {"status": 409, "body": {"message": "write conflict"}},
    "413": {"status": 413},
    "redirect to somebody else": {"redirect": "http://127.0.0.1:9/tasks"},
    "429": {"status": 429, "headers": {"Retry-After": "7"}},
    "applied in part, and no answer": {"apply_items": 2, "apply_then_hang": True},
}
FOR_ONE: Mapping[str, Mapping[str, Any]] = {
    "206": {"bulk_partial_status": 206},
    "200 with errors": {"bulk_partial_status": 200},
}


def story() -> list[Event]:
    """A creation, a change of each field and an end for each deal, told in the wrong order."""
    events = []
    for number in DEALS:
        events += [
            deal("deal.won", 4, number=number),
            deal("deal.named", 2, number=number, name=f"{number} newest"),
            deal("deal.valued", 3, number=number, amount=3),
            deal("deal.created", 0, number=number, name=f"{number} first", amount=1),
            deal("deal.named", 1, number=number, name=f"{number} late"),
        ]
    return events


def work_through(pipeline: Pipeline, clock: VirtualClock) -> None:
    """Work until nothing waits and nobody watches for late writes any more; the clock runs on while Planhat rests."""
    for _ in range(40):
        pipeline.planner().drain(lambda: False)
        pipeline.same_deliverer.drain(lambda: False)
        has_ended = not pipeline.journal.stats()["waiting"]
        if has_ended and not pipeline.redis.zcard("planhook:watch"):
            return
        clock.advance(SETTLED_MS if has_ended else max(1_000, clock.pause_ms()))
    raise AssertionError(f"never done: {pipeline.journal.stats()}")


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_costs_nothing(pipeline: Pipeline, proxy: FaultProxy, clock: VirtualClock, name: str) -> None:
    fault = dict(PASSING[name])
    events = story()
    pipeline.accept(*events)
    if kind := fault.pop("proxy", None):
        proxy.strike(kind, times=2, seconds=0.05)
        proxy.drop_all()
    else:
        pipeline.planhat.add_fault(method="PUT", path="^/tasks", times=2, **fault)

    work_through(pipeline, clock)

    assert proxy.hits or any(call["fault"] for call in pipeline.planhat.calls())
    assert_all_is_as_told(pipeline, DEALS)
    assert {pipeline.status(event)[0] for event in events} <= {"applied", "ignored"}


@pytest.mark.parametrize("name", FOR_ONE)
def test_what_is_refused_for_one_task_is_dead_for_that_one(pipeline: Pipeline, clock: VirtualClock, name: str) -> None:
    pipeline.planhat.change(**FOR_ONE[name])
    pipeline.planhat.add_fault(
        method="PUT", path="^/tasks", times=None, partial={f"t-{DEALS[0]}": "action is too long"}
    )
    events = story()
    pipeline.accept(*events)

    work_through(pipeline, clock)

    assert_all_is_as_told(pipeline, DEALS[1:])
    dead = {event.deal["id"] for event in events if pipeline.status(event)[0] == "dead" and event.deal}
    assert dead == {DEALS[0]}
    assert "too long" in pipeline.status(deal("deal.created", 0, number=DEALS[0]))[1]


def assert_all_is_as_told(pipeline: Pipeline, deals: list[str]) -> None:
    for number in deals:
        task = pipeline.task(f"t-{number}")
        assert task is not None
        told = {name: task[name] for name in ("action", "description", "status", "isArchived")}
        assert told == {"action": f"{number} newest", "description": "3", "status": "Done", "isArchived": True}
    pipeline.assert_books_balance()


def test_what_an_unanswered_completion_left_is_taken_away_by_what_came_after_it(pipeline: Pipeline) -> None:
    """At once: not only when it is looked whether that write arrived."""
    pipeline.process(*(deal("deal.created", 0, number=number, name="x", amount=1) for number in DEALS))
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_then_status=502)
    pipeline.accept(*(deal("deal.won", 1, number=number) for number in DEALS))
    pipeline.planner().drain(lambda: False)
    ends = iter([False])
    pipeline.same_deliverer.drain(lambda: next(ends, True))
    assert all(task["dateDone"] for task in pipeline.tasks())

    pipeline.process(*(deal("deal.lost", 2, number=number) for number in DEALS))
    pipeline.same_deliverer.drain(lambda: not pipeline.journal.stats()["waiting"])

    assert pipeline.journal.stats()["waiting"] == 0
    assert {(task["status"], task["dateDone"]) for task in pipeline.tasks()} == {("Ignored", None)}


def test_a_late_change_of_state_takes_nothing_of_the_newer_one_with_it(pipeline: Pipeline, clock: VirtualClock) -> None:
    """Planhat sets dateDone by itself when a status comes without one."""
    pipeline.process(deal("deal.created", 0, name="x", amount=1))
    pipeline.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_late_ms=700, status=502)
    pipeline.accept(deal("deal.lost", 1))
    pipeline.planner().drain(lambda: False)
    ends = iter([False])
    pipeline.same_deliverer.drain(lambda: next(ends, True))
    clock.advance(clock.pause_ms())
    pipeline.process(deal("deal.won", 2))
    done = (pipeline.task() or {})["dateDone"]
    wait_for(lambda: (pipeline.task() or {})["status"] == "Ignored", 10)

    clock.advance(SETTLED_MS)
    pipeline.same_deliverer.drain(lambda: False)

    task = pipeline.task() or {}
    assert (task["status"], task["isArchived"], task["dateDone"]) == ("Done", True, done)
