"""Nobody keeps others waiting: neither a source with much to say, nor a task that changes all the time."""

import time
from dataclasses import replace

from planhook.core.event import Event, event_id
from tests.workers.conftest import Pipeline, deal

LEASE_MS = 10_000


def of(source: str, event: Event) -> Event:
    return replace(event, id=event_id(source, event.sender_id or ""), source=source)


def created(source: str, count: int) -> list[Event]:
    return [
        of(source, deal("deal.created", 0, number=f"{source}{number}", name="a", amount=1)) for number in range(count)
    ]


def test_each_source_has_an_equal_share_of_what_is_planned_next(pipeline: Pipeline) -> None:
    pipeline.accept(*created("noisy", 500), *created("other", 40))
    pipeline.accept(*created("quiet", 3))

    claimed = [one.event.source for one in pipeline.inbox.claim("planner", 100, LEASE_MS)]

    assert len(claimed) == 100
    assert claimed.count("quiet") == 3
    assert claimed.count("other") >= 33


def test_shares_that_are_not_used_go_to_the_others(pipeline: Pipeline) -> None:
    pipeline.accept(*created("noisy", 60), *created("quiet", 1))

    claimed = pipeline.inbox.claim("planner", 50, LEASE_MS)

    assert len({one.event.id for one in claimed}) == 50


def test_events_of_a_source_are_planned_in_the_order_they_came(pipeline: Pipeline) -> None:
    events = created("crm", 30)
    pipeline.accept(*events)

    claimed = [one.event.id for one in pipeline.inbox.claim("planner", 20, LEASE_MS)]

    assert claimed == [event.id for event in events[:20]]


def test_each_source_has_an_equal_share_of_what_is_delivered_next(pipeline: Pipeline) -> None:
    pipeline.accept(*created("noisy", 200))
    pipeline.planner().drain(lambda: False)
    pipeline.accept(*created("quiet", 5))
    pipeline.planner().drain(lambda: False)

    due = pipeline.registers.due(50)

    assert len(set(due)) == 50
    assert sum(key.startswith("s:t-quiet") for key in due) == 5
    assert pipeline.registers.due(500) == pipeline.registers_due()


def test_small_writes_serve_all_sources(pipeline: Pipeline) -> None:
    pipeline.bulk_size = 1
    pipeline.accept(*created("one", 4), *created("two", 4), *created("three", 4))
    pipeline.planner().drain(lambda: False)

    pipeline.deliverer().drain(lambda: False)

    assert len(pipeline.tasks()) == 12
    first = [call["changes"][0]["sourceId"] for call in pipeline.planhat.calls() if call["changes"]][:9]
    assert {name.rstrip("0123456789") for name in first} == {"t-one", "t-two", "t-three"}


def test_what_no_source_brought_about_has_its_share(pipeline: Pipeline) -> None:
    pipeline.accept(*created("noisy", 200), *created("other", 200))
    pipeline.planner().drain(lambda: False)
    pipeline.redis.zadd("planhook:due", {"s:repaired": 1})

    assert pipeline.registers.due(30)[0] == "s:repaired"


def test_what_is_delivered_leaves_no_trace_of_its_source(pipeline: Pipeline) -> None:
    pipeline.process(*created("noisy", 20), *created("quiet", 5))

    assert not pipeline.registers_due()
    assert not list(pipeline.redis.scan_iter("planhook:due*"))
    assert not list(pipeline.redis.scan_iter("planhook:inbox*"))


def test_a_task_that_changes_again_and_again_keeps_its_place_in_the_line(pipeline: Pipeline) -> None:
    pipeline.accept(deal("deal.created", 0, number="busy", name="a", amount=1))
    pipeline.planner().drain(lambda: False)
    pipeline.accept(*created("crm", 30))
    pipeline.planner().drain(lambda: False)
    pipeline.accept(deal("deal.named", 1, number="busy", name="b"))
    pipeline.planner().drain(lambda: False)

    assert pipeline.registers.due(10)[0] == "s:t-busy"


def test_a_flood_without_end_does_not_keep_what_is_due_from_being_delivered(pipeline: Pipeline) -> None:
    pipeline.bulk_size = 5
    pipeline.accept(*created("quiet", 60))
    pipeline.planner().drain(lambda: False)
    pipeline.accept(*created("noisy", 600))

    end = time.monotonic() + 20

    pipeline.deliverer().drain(lambda: len(pipeline.planhat.calls()) >= 3 or time.monotonic() > end)

    assert pipeline.inbox.backlog() == 600
    assert len(pipeline.tasks()) >= 15
