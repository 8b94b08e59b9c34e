"""What happens to events in the hands of planners that die, fall silent or meet a spoilt record."""

import time
from dataclasses import replace

import pytest

from planhook.core.errors import StoreUnavailable
from planhook.store.registers import Lost
from tests.workers.conftest import Pipeline, deal


def test_what_a_dead_planner_held_is_planned_by_another(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="a", amount=1)
    pipeline.accept(created)
    pipeline.inbox.claim("dead", 10, 60_000)

    pipeline.inbox.reclaim("dead")
    pipeline.work()

    assert pipeline.status(created) == ("applied", "")


def test_a_silent_planner_loses_its_claims_and_cannot_commit_any_more(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="a", amount=1)
    pipeline.accept(created)
    silent = pipeline.planner()
    claimed = pipeline.inbox.claim(silent.name, 10, 1)
    end = time.monotonic() + 5
    while not pipeline.inbox.sweep().silent:
        assert time.monotonic() < end
    pipeline.work()

    try:
        pipeline.registers.commit_plan(silent.name, {}, {}, [], [], [])
        silent.plan(claimed)
    except Lost:
        raise AssertionError("a planner tells of a lost batch by planning nothing") from None

    assert pipeline.status(created) == ("applied", "")
    assert len(pipeline.journal.task("t-1")["history"]) == 1  # type: ignore[index]


def test_an_event_that_ends_its_planner_three_times_is_dead_and_the_others_are_not(pipeline: Pipeline) -> None:
    poison = deal("deal.created", 0, number="poison", name="a", amount=1)
    good = [deal("deal.created", 0, number=f"g{n}", name="a", amount=1) for n in range(20)]
    pipeline.accept(*good[:10], poison, *good[10:])
    claimed = pipeline.inbox.claim("first", 50, 60_000)
    assert len(claimed) == 21
    pipeline.inbox.reclaim("first")

    deaths = 1
    while batch := pipeline.inbox.claim("next", 50, 60_000):
        assert len(batch) == 1  # each alone now, so that it cannot take others with it
        if batch[0].event.id == poison.id:
            deaths += 1
            pipeline.inbox.reclaim("next")
        else:
            planner = pipeline.planner()
            planner.name = "next"
            planner.plan(batch)
    pipeline.deliverer().drain(lambda: False)

    status, reason = pipeline.status(poison)
    assert (status, deaths) == ("dead", 3)
    assert "poison" in reason
    assert all(pipeline.status(event) == ("applied", "") for event in good)
    pipeline.assert_books_balance()


def test_a_planner_goes_on_with_what_a_lost_answer_gave_it(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="a", amount=1)
    pipeline.accept(created)
    planner = pipeline.planner()
    pipeline.inbox.claim(planner.name, 10, 60_000)  # and the answer never came

    planner.drain(lambda: False)
    pipeline.deliverer().drain(lambda: False)

    assert pipeline.status(created) == ("applied", "")


def test_a_spoilt_record_ends_dead_and_holds_up_nobody(pipeline: Pipeline) -> None:
    spoilt, good = deal("deal.created", 0, name="a", amount=1), deal("deal.created", 0, number="2", name="b", amount=1)
    pipeline.accept(spoilt, good)
    pipeline.redis.hset(f"planhook:event:{spoilt.id}", "b", "{")

    pipeline.work()

    assert pipeline.status(good) == ("applied", "")
    assert pipeline.journal.stats()["dead"] == 1
    pipeline.assert_books_balance()


def test_a_spoilt_register_is_begun_anew(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="a", amount=1))
    pipeline.redis.hset("planhook:task:s:t-1", "j", "[]")

    later = deal("deal.created", 1, name="b", amount=2)
    pipeline.process(later)

    assert pipeline.status(later) == ("applied", "")
    assert (pipeline.task() or {})["action"] == "b"


def test_planners_that_meet_on_one_task_lose_nothing(pipeline: Pipeline) -> None:
    """Two planners read the same register; the second to commit has to read again."""
    pipeline.accept(deal("deal.created", 0, name="a", amount=1))
    first = pipeline.inbox.claim("one", 1, 60_000)
    pipeline.accept(deal("deal.named", 5, name="b"))
    second = pipeline.inbox.claim("two", 1, 60_000)
    stale = pipeline.registers.read(["s:t-1"])["s:t-1"]
    one, two = pipeline.planner(), pipeline.planner()
    one.name, two.name = "one", "two"

    one.plan(first)
    changed, _ = pipeline.registers.commit_plan("two", {"s:t-1": (stale, 0)}, {}, [], [], [])
    two.plan(second)
    pipeline.deliverer().drain(lambda: False)

    assert changed == ["s:t-1"]
    task = pipeline.task()
    assert task is not None
    assert (task["action"], task["description"]) == ("b", "1")


def test_an_idle_planner_is_not_taken_for_a_silent_one(pipeline: Pipeline) -> None:
    assert pipeline.inbox.claim("idle", 10, 1) == []
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        assert pipeline.inbox.sweep().silent == 0


def test_keys_of_a_wrong_type_fail_before_anything_is_written(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="a", amount=1)
    for key in ("planhook:inboxes", f"planhook:inbox:{created.source}"):
        pipeline.redis.set(key, "x")
        with pytest.raises(StoreUnavailable):
            pipeline.accept(created)
        pipeline.redis.delete(key)

    assert pipeline.accept(created).accepted == 1
    pipeline.work()

    assert pipeline.status(created) == ("applied", "")
    pipeline.assert_books_balance()


def test_a_spoilt_event_takes_no_other_of_its_batch_along(pipeline: Pipeline) -> None:
    events = [deal("deal.created", 0, number=f"g{n}", name="a", amount=1) for n in range(10)]
    pipeline.accept(*events)
    pipeline.redis.set(f"planhook:event:{events[4].id}", "x")

    pipeline.work()

    assert [pipeline.status(event)[0] for event in events] == ["applied"] * 4 + ["dead"] + ["applied"] * 5
    pipeline.assert_books_balance()


def test_the_sweeper_survives_ids_without_a_record(pipeline: Pipeline) -> None:
    pipeline.redis.zadd("planhook:held", {"evt_000000000000000000000000": 1})
    pipeline.inbox.sweep()

    assert pipeline.redis.zcard("planhook:held") == 0


def test_old_events_are_forgotten_behind_any_number_of_waiting_ones(pipeline: Pipeline) -> None:
    held = [deal("deal.waiting", 5, number=f"h{n}", amount=1) for n in range(600)]
    ended = [deal("deal.other", 0, number=f"o{n}") for n in range(50)]
    pipeline.process(*held)
    pipeline.process(*ended)
    soon = 4_102_444_800_000  # the year 2100: everything is old by then

    offset: int | None = 0
    while offset is not None:
        offset = pipeline.inbox.purge(soon, soon, offset)

    assert pipeline.redis.zcard("planhook:events") == 600
    assert not pipeline.redis.exists(f"planhook:event:{ended[0].id}")
    assert pipeline.status(held[0]) == ("waiting", "held")
    pipeline.assert_books_balance()


@pytest.mark.parametrize("spoilt", ["the number of an event", "the inbox of another source"])
def test_what_somebody_spoilt_takes_no_other_event_with_it(pipeline: Pipeline, spoilt: str) -> None:
    events = [deal("deal.created", 0, number=str(number), name="a", amount=1) for number in range(3)]
    other = replace(deal("deal.created", 0, number="9", name="a", amount=1, key="other"), source="other")
    pipeline.accept(*events, other)
    if spoilt == "the number of an event":
        pipeline.redis.hdel(f"planhook:event:{events[0].id}", "i")
    else:
        pipeline.redis.set("planhook:inbox:other", "x")

    pipeline.work()

    assert {pipeline.status(event)[0] for event in events[1:]} == {"applied"}
    assert pipeline.inbox.backlog() == 0


def test_what_a_dead_planner_held_does_not_keep_others_waiting(pipeline: Pipeline) -> None:
    held = [deal("deal.created", 0, number=str(number), name="a", amount=1) for number in range(300)]
    pipeline.accept(*held)
    pipeline.inbox.claim("dead", 500, 60_000)
    pipeline.inbox.reclaim("dead")
    fresh = deal("deal.created", 0, number="fresh", name="a", amount=1)
    pipeline.accept(fresh)
    planner = pipeline.planner()
    turns = iter(range(3))

    planner.drain(lambda: next(turns, None) is None)

    assert pipeline.registers.due(500)
    assert "s:t-fresh" in pipeline.registers_due()
    planner.drain(lambda: False)
    assert pipeline.inbox.backlog() == 0
