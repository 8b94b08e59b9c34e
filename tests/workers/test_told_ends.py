"""What the journal tells of events that ended: when, and what Planhat answered to the write that carried them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from planhook.core.event import Binding, Event, from_iso
from planhook.core.reason import REFUSED, RULE_PROBLEM
from planhook.core.register import Register
from planhook.store.views import task_view
from tests.workers.conftest import Pipeline, deal


def answers(pipeline: Pipeline, event: Event) -> list[str | None]:
    return [operation["answer"] for operation in pipeline.journal.event(event.id)["operations"]]


def test_each_operation_tells_what_planhat_answered_to_its_write(pipeline: Pipeline) -> None:
    created, named, gone = (
        deal("deal.created", 0, name="Acme", amount=5),
        deal("deal.named", 1, name="Acme AB"),
        deal("deal.deleted", 2),
    )
    for event in (created, named, gone):
        pipeline.process(event)

    assert answers(pipeline, created) == ["created"]
    assert answers(pipeline, named) == ["updated"]
    assert answers(pipeline, gone) == ["deleted"]
    task = pipeline.journal.task("t-1")
    assert task is not None
    assert [entry["answer"] for entry in task["history"]] == ["deleted", "updated", "created"]


def test_events_of_one_write_share_its_answer(pipeline: Pipeline) -> None:
    created, named = deal("deal.created", 0, name="Acme", amount=5), deal("deal.named", 1, name="Acme AB")
    pipeline.process(created, named)

    assert answers(pipeline, created) == ["created"]
    assert answers(pipeline, named) == ["created"]


def test_what_needed_no_write_got_no_answer(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="Acme", amount=5))
    again, older = deal("deal.created", 1, name="Acme", amount=5), deal("deal.valued", -1, amount=1)
    pipeline.process(again, older)

    assert answers(pipeline, again) == [None]
    assert answers(pipeline, older) == [None]


def test_an_event_tells_when_it_ended_and_no_longer_when_it_is_replayed(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="Acme", amount=5)
    pipeline.inbox.accept([created])
    assert pipeline.journal.event(created.id)["ended_at"] is None
    pipeline.work()
    ended_at = pipeline.journal.event(created.id)["ended_at"]

    assert abs(from_iso(ended_at) - datetime.now(UTC)) < timedelta(minutes=1)
    pipeline.journal.replay(created.id)
    assert pipeline.journal.event(created.id)["ended_at"] is None
    assert answers(pipeline, created) == []


def test_each_operation_tells_which_of_its_fields_other_events_decided(pipeline: Pipeline) -> None:
    created, named = deal("deal.created", 0, name="Acme", amount=5), deal("deal.named", 1, name="Acme AB")
    late = deal("deal.named", -1, name="Late")
    for event in (created, named, late):
        pipeline.process(event)

    (first,) = pipeline.journal.event(created.id)["operations"]
    assert first["overwritten"] == {"action": {"event": named.id, "value": "Acme AB"}}
    (winner,) = pipeline.journal.event(named.id)["operations"]
    assert winner["overwritten"] == {}
    pipeline.process(deal("deal.deleted", 2))
    (gone,) = pipeline.journal.event(named.id)["operations"]
    assert gone["overwritten"] == {"action": {"event": None, "value": None}}


def test_the_tasks_of_an_event_are_told_once_each(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="Acme", amount=5)
    pipeline.process(created)
    event = pipeline.journal.event(created.id)
    doubled = {**event, "operations": event["operations"] * 2}

    assert pipeline.journal.tasks_of(doubled) == [pipeline.journal.task("t-1")]


def test_the_words_for_an_end_are_those_of_what_led_to_it(pipeline: Pipeline) -> None:
    pipeline.planhat.change(accept_any_company=False)
    refused, unfilled, unknown = (
        deal("deal.created", 0, name="Acme", amount=5),
        deal("deal.owned", 1),
        deal("deal.other", 2),
    )
    for event in (refused, unfilled, unknown):
        pipeline.process(event)

    told = [pipeline.journal.event(event.id)["meaning"] for event in (refused, unfilled, unknown)]
    assert told == [
        REFUSED.meaning,
        RULE_PROBLEM.meaning,
        "no rule is for its type, or the conditions of those that are did not hold",
    ]


def test_the_history_of_a_task_tells_what_each_operation_wrote_and_what_of_it_stands(pipeline: Pipeline) -> None:
    created, named = deal("deal.created", 0, name="Acme", amount=5), deal("deal.named", 1, name="Acme AB")
    pipeline.process(created)
    pipeline.process(named)
    task = pipeline.journal.task("t-1")
    assert task is not None
    newest, oldest = task["history"]

    assert (newest["fields"], newest["stands"]) == ({"action": "Acme AB"}, ["action"])
    assert newest["version"] == task["fields"]["action"]["version"]
    assert oldest["fields"]["action"] == "Acme"
    assert oldest["stands"] == ["companyId", "description", "mainType"]


def test_a_replayed_operation_leaves_its_answer_to_the_new_attempt(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="Acme", amount=5)
    pipeline.process(created)
    pipeline.journal.replay(created.id)
    waiting = pipeline.journal.task("t-1")
    pipeline.work()
    again = pipeline.journal.task("t-1")
    assert waiting is not None
    assert again is not None

    assert [(entry["outcome"], entry["answer"], entry["fields"]) for entry in waiting["history"]] == [
        ("replayed", None, None)
    ]
    assert [(entry["attempt"], entry["outcome"]) for entry in again["history"]] == [(2, "applied"), (1, "replayed")]


def test_a_task_tells_how_often_planhat_failed_over_it() -> None:
    assert task_view(Register("t-1", tries=2), [])["tries"] == 2


def test_an_event_that_speaks_for_somebody_else_is_judged_as_it_was(pipeline: Pipeline) -> None:
    host, stranger = (
        replace(
            deal("deal.created", at, name="Acme", amount=5, key=holder),
            bindings=(Binding("meeting m1", holder, "not the organiser"),),
        )
        for at, holder in enumerate(("host.example", "stranger.example"))
    )
    pipeline.process(host)
    pipeline.process(stranger)

    assert pipeline.journal.judged(host.id).ignored is None
    assert pipeline.journal.judged(stranger.id).ignored == "not the organiser"
    assert pipeline.journal.event(stranger.id)["meaning"] == (
        "somebody other than the organiser would change or cancel the meeting"
    )
