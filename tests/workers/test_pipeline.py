"""From accepted events to tasks: what becomes of each, in any order."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from tests.workers.conftest import Pipeline, deal


def managed(task: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What rules decide of a task."""
    if task is None:
        return None
    names = ("mainType", "companyId", "action", "description", "status", "isArchived", "dateDone")
    return {name: task.get(name) for name in names}


def test_a_create_becomes_a_task(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="Acme", amount=5)
    pipeline.process(created)

    task = pipeline.task()
    assert task is not None
    assert (task["action"], task["description"], task["isArchived"]) == ("Acme", "5", False)
    assert pipeline.status(created) == ("applied", "")
    assert pipeline.outcomes(created) == ["applied"]


def test_a_life_of_a_task(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="Acme", amount=5))
    pipeline.process(deal("deal.named", 1, name="Acme AB"))
    pipeline.process(deal("deal.won", 2))

    task = pipeline.task()
    assert task is not None
    assert (task["action"], task["status"], task["isArchived"]) == ("Acme AB", "Done", True)
    assert task["dateDone"] == "2026-03-02T09:02:00.000Z"
    pipeline.process(deal("deal.back", 3))
    task = pipeline.task()
    assert task is not None
    assert (task["status"], task["isArchived"], task["dateDone"]) == ("To Do", False, None)
    pipeline.process(deal("deal.deleted", 4))
    assert pipeline.task() is None


def test_a_duplicate_changes_nothing(pipeline: Pipeline) -> None:
    created = deal("deal.created", 0, name="Acme", amount=5)
    pipeline.process(created)
    calls = len(pipeline.planhat.calls())

    receipt = pipeline.accept(created, created)
    pipeline.work()

    assert (receipt.accepted, receipt.duplicates) == (0, 2)
    assert len(pipeline.planhat.calls()) == calls
    assert pipeline.journal.event(created.id)["duplicates"] == 2


def test_an_older_event_never_overwrites_a_newer_ones_field(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="first", amount=1))
    pipeline.process(deal("deal.named", 5, name="newest"))
    late = deal("deal.named", 3, name="late")
    pipeline.process(late)

    task = pipeline.task()
    assert task is not None
    assert task["action"] == "newest"
    assert pipeline.status(late) == ("ignored", "superseded")


def test_an_older_change_of_another_field_counts(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="first", amount=1))
    pipeline.process(deal("deal.named", 5, name="newest"))
    late = deal("deal.valued", 3, amount=2)
    pipeline.process(late)

    task = pipeline.task()
    assert task is not None
    assert (task["action"], task["description"]) == ("newest", "2")
    assert pipeline.status(late) == ("applied", "")


def test_what_no_rule_wants_is_ignored_with_the_reason(pipeline: Pipeline) -> None:
    other = deal("deal.other", 0)
    pipeline.process(other)

    assert pipeline.status(other) == ("ignored", "no rule")
    assert pipeline.planhat.calls() == []
    assert {decision["matched"] for decision in pipeline.journal.event(other.id)["decisions"]} == {False}


def test_a_rule_that_cannot_be_filled_ends_the_event_dead_with_the_reason(pipeline: Pipeline) -> None:
    owned = deal("deal.owned", 0)
    pipeline.process(owned)

    status, reason = pipeline.status(owned)
    assert status == "dead"
    assert "deal.owner_email" in reason


def test_shadow_rules_are_recorded_and_write_nothing(pipeline: Pipeline) -> None:
    shadow = deal("deal.shadow", 0, name="x")
    pipeline.process(shadow)

    assert pipeline.status(shadow) == ("ignored", "shadow")
    assert pipeline.outcomes(shadow) == ["shadow"]
    assert pipeline.planhat.calls() == []


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("deal.valued", ("ignored", "absent"), ("applied", "")),
        ("deal.waiting", ("waiting", "held"), ("applied", "")),
        ("deal.strict", ("dead", "absent"), ("applied", "")),
    ],
)
def test_an_update_that_came_before_its_older_create(
    pipeline: Pipeline, type_: str, before: tuple[str, str], after: tuple[str, str]
) -> None:
    early = deal(type_, 5, amount=7)
    pipeline.process(early)
    assert pipeline.status(early) == before
    assert pipeline.task() is None
    pipeline.assert_books_balance()

    pipeline.process(deal("deal.created", 1, name="Acme", amount=1))

    task = pipeline.task()
    assert task is not None
    assert task["description"] == "7"
    assert pipeline.status(early) == after
    pipeline.assert_books_balance()


def test_nothing_is_sent_when_nothing_differs(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="Acme", amount=5))
    calls = len(pipeline.planhat.calls())

    again = deal("deal.created", 1, name="Acme", amount=5)
    pipeline.process(again)

    assert pipeline.status(again) == ("applied", "")
    assert len(pipeline.planhat.calls()) == calls


def test_a_company_that_planhat_does_not_know_ends_the_create_dead(pipeline: Pipeline) -> None:
    pipeline.planhat.change(accept_any_company=False)
    created, update = deal("deal.created", 0, name="Acme", amount=5), deal("deal.valued", 1, amount=6)
    pipeline.process(created)
    pipeline.process(update)

    status, reason = pipeline.status(created)
    assert status == "dead"
    assert "compan" in reason.lower()
    assert pipeline.status(update) == ("ignored", "absent")
    pipeline.assert_books_balance()


def test_a_replay_plans_with_the_same_version_and_a_higher_attempt(pipeline: Pipeline) -> None:
    pipeline.planhat.change(accept_any_company=False)
    created = deal("deal.created", 0, name="Acme", amount=5)
    pipeline.process(created)
    pipeline.planhat.change(accept_any_company=True)

    pipeline.journal.replay(created.id)
    pipeline.work()

    assert pipeline.status(created) == ("applied", "")
    assert pipeline.journal.event(created.id)["attempt"] == 2
    pipeline.assert_books_balance()


def test_a_replayed_event_does_not_win_over_a_newer_one(pipeline: Pipeline) -> None:
    older = deal("deal.named", 1, name="older")
    pipeline.process(deal("deal.created", 0, name="first", amount=1), older)
    pipeline.process(deal("deal.named", 2, name="newest"))

    pipeline.journal.replay(older.id)
    pipeline.work()

    assert (pipeline.task() or {})["action"] == "newest"
    assert pipeline.status(older) == ("ignored", "superseded")


def test_one_bad_field_spoils_only_its_own_event(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="Acme", amount=5))
    bad, good = deal("deal.staged", 1, stage="done"), deal("deal.valued", 2, amount=9)

    pipeline.process(bad, good)

    task = pipeline.task()
    assert task is not None
    assert (task["status"], task["description"]) == ("In-progress", "9")
    assert pipeline.status(good) == ("applied", "")
    status, reason = pipeline.status(bad)
    assert status == "dead"
    assert "status" in reason


def test_all_720_orders_of_six_events_give_one_and_the_same_task(pipeline: Pipeline) -> None:
    ends = set()
    for n, order in enumerate(itertools.permutations(range(6))):
        name = f"d{n}"
        story = [
            deal("deal.created", 0, number=name, name="first", amount=1),
            deal("deal.named", 10, number=name, name="second"),
            deal("deal.valued", 20, number=name, amount=2),
            deal("deal.won", 30, number=name),
            deal("deal.created", 40, number=name, name="third", amount=3),
            deal("deal.valued", 50, number=name, amount=4),
        ]
        half = n % 5 + 1
        pipeline.accept(*(story[place] for place in order[:half]))
        if n % 3 == 0:
            pipeline.work()
        pipeline.accept(*(story[place] for place in order[half:]), story[order[0]])
    pipeline.work()

    tasks = pipeline.tasks()
    assert len(tasks) == 720
    for task in tasks:
        ends.add(tuple(sorted((name, str(value)) for name, value in (managed(task) or {}).items())))
    assert len(ends) == 1, ends
    assert managed(tasks[0]) == {
        "mainType": "task",
        "companyId": tasks[0]["companyId"],
        "action": "third",
        "description": "4",
        "status": "To Do",
        "isArchived": False,
        "dateDone": None,
    }
    pipeline.assert_books_balance()
    assert pipeline.journal.stats()["waiting"] == 0
