"""Every recipe works by itself, beside all others and beside the shipped rules, and does in the end what it says."""

import re
from itertools import permutations
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from devstack.manual.__main__ import DOCS
from planhook.authoring.check import all_findings
from planhook.authoring.trial import try_examples
from planhook.core.rule import RuleSet
from planhook.rulebook import Rulebook, load_snapshot
from planhook.rulebook.document import read_document
from planhook.rulebook.folder import snapshot_of
from planhook.rulebook.json_schema import json_schema
from tests.manual.stories import tasks_after

COOKBOOK = DOCS / "cookbook"
RECIPES = sorted(COOKBOOK.glob("*.yaml"))
SHIPPED = sorted((DOCS.parent / "rules").glob("*.yaml"))
VARIABLE = re.compile(r"\$\{(\w+)\}")
DEAL = {"id": "D1", "name": "Acme", "company_id": "C7"}


def book_of(files: list[Path]) -> Rulebook:
    """The files as one folder, with all secrets set."""
    texts = [(file.name, file.name, file.read_bytes()) for file in files]
    env = {name: "a" * 32 for _, _, text in texts for name in VARIABLE.findall(text.decode())}
    return load_snapshot(snapshot_of(texts), env, require_env=True)


def assert_fine(book: Rulebook) -> None:
    report = try_examples(book)

    assert all_findings(book) == ()
    assert [rule.rule for rule in report.rules if not rule.examples] == []
    assert [each for rule in report.rules for each in rule.untried] == []


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.name)
def test_a_recipe_works_alone(file: Path) -> None:
    assert_fine(book_of([file]))


def test_all_recipes_work_together() -> None:
    assert len({file.name for file in (*RECIPES, *SHIPPED)}) == len(RECIPES) + len(SHIPPED), "a copy would overwrite"
    assert_fine(book_of(RECIPES))
    assert_fine(book_of([*RECIPES, *SHIPPED]))


def test_there_are_at_least_twenty_rules_and_each_says_what_it_is_for() -> None:
    rules = book_of(RECIPES).rules.rules

    assert len(rules) >= 20
    assert [rule.name for rule in rules if not rule.description] == []


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.name)
def test_an_editor_finds_a_recipe_right(file: Path) -> None:
    data, _ = read_document(file.name, file.read_bytes())

    fastjsonschema.validate(json_schema(), data)


def recipe(name: str) -> RuleSet:
    return book_of([COOKBOOK / name]).rules


def event(event_type: str, day: int, **parts: Any) -> dict[str, Any]:
    return {"type": event_type, "occurred_at": f"2026-10-{day:02d}T12:00:00Z", **parts}


def test_a_late_change_of_stage_does_not_move_the_task_back() -> None:
    story = [
        event("deal.created", 1, deal=DEAL),
        event("deal.stage_changed", 5, deal=DEAL),
        event("deal.stage_changed", 9, deal=DEAL),
    ]

    ends = [tasks_after(recipe("stuck-deal.yaml"), order) for order in permutations(story)]

    assert {end["stuck-example-D1"]["startTime"] for end in ends} == {"2026-10-23T09:00:00.000Z"}


def test_a_renewal_that_is_decided_stays_done_when_its_day_changes_afterwards() -> None:
    planned = {**DEAL, "pipeline": "renewals", "properties": {"closedate": "2026-12-31"}}
    moved = {**DEAL, "properties": {"closedate": "2026-10-09"}}
    story = [
        event("deal.created", 1, deal=planned),
        event("deal.won", 9, deal=DEAL),
        event("deal.updated", 10, deal=moved, changes={"closedate": {"to": "2026-10-09"}}),
    ]

    for order in permutations(story):
        assert tasks_after(recipe("renewals.yaml"), order)["renewal-example-D1"]["status"] == "Done"


def test_a_renewal_that_is_open_again_has_an_open_task() -> None:
    planned = {**DEAL, "pipeline": "renewals", "properties": {"closedate": "2026-12-31"}}
    story = [
        event("deal.created", 1, deal=planned),
        event("deal.lost", 9, deal=DEAL),
        event("deal.stage_changed", 10, deal={**DEAL, "stage": "demo"}),
    ]

    for order in permutations(story):
        assert tasks_after(recipe("renewals.yaml"), order)["renewal-example-D1"]["status"] == "To Do"


def test_a_deal_that_is_lost_and_won_again_is_handed_over_again() -> None:
    story = [event("deal.won", 1, deal=DEAL), event("deal.lost", 2, deal=DEAL), event("deal.won", 3, deal=DEAL)]

    for order in permutations(story):
        assert tasks_after(recipe("handover.yaml"), order)["handover-example-D1"]["status"] == "To Do"


def test_a_moved_booking_leaves_one_open_event_and_no_offer_of_a_new_time() -> None:
    times = {"start": "2026-10-12T08:00:00Z", "end": "2026-10-12T09:00:00Z", "domains": ["acme.example"]}
    call = {"title": "Onboarding", **times}
    story = [
        event("meeting.scheduled", 1, meeting={"id": "M1", **call}),
        event("meeting.cancelled", 2, meeting={"id": "M1", **call, "replaced_by": "M2"}),
        event("meeting.scheduled", 2, meeting={"id": "M2", **call, "replaces": "M1"}),
    ]

    for order in permutations(story):
        tasks = tasks_after(recipe("customer-meetings.yaml"), order)
        assert tasks["call-M1"]["status"] == "Ignored"
        assert "status" not in tasks["call-M2"]
        assert set(tasks) == {"call-M1", "call-M2"}


def test_a_booking_completes_the_follow_up_of_its_company_until_a_later_deal_opens_it() -> None:
    booking = event("meeting.scheduled", 5, source="calendly", meeting={"id": "M1", "domains": ["acme.example"]})
    first, second = event("deal.created", 1, deal=DEAL), event("deal.created", 9, deal={**DEAL, "id": "D2"})

    for story, status in (((first, booking), "Done"), ((first, booking, second), "To Do"), ((booking, second), None)):
        for order in permutations(story):
            (task,) = tasks_after(recipe("first-meeting.yaml"), order).values()
            assert task.get("status") == status


def test_a_paid_invoice_completes_what_its_failed_payment_made() -> None:
    owed = {"id": "in_1", "amount": 4000, "currency": "EUR", "company_id": "cus_1"}
    story = [
        event("stripe.invoice.payment_failed", 1, source="stripe", deal=owed),
        event("stripe.invoice.paid", 2, source="stripe", deal=owed),
    ]

    for order in permutations(story):
        (task,) = tasks_after(recipe("invoices.yaml"), order).values()
        assert task["status"] == "Done"
