"""What docs/cookbook.md says of common mistakes is what planhook tells, and its remedies help."""

from itertools import permutations
from typing import Any

import pytest

from devstack.manual.__main__ import DOCS
from planhook.authoring.given import event_of
from planhook.core.plan import Decision, make_plan
from tests.manual.rules import book_of
from tests.manual.stories import tasks_after

PAGE = (DOCS / "cookbook.md").read_text("utf-8")
KEY = "sourceId: 't-{{ deal.id }}'"
COMPANY = "companyId: 'srcid-{{ deal.company_id }}'"
TABLES = "tables: {accounts: {C7: srcid-acme}, owners: {'14820331': 58e231b14246fc73139f29e8}}\n"
LOOKED_UP = "companyId: \"{{ deal.company_id | lookup('accounts') }}\""
DEAL = {"id": "D1", "company_id": "C7", "owner_id": "14820331"}


def decided(create: str, condition: str = "", **given: Any) -> Decision:
    """What a rule for won deals with that create does with an event."""
    rule = f"{TABLES}rules: [{{name: A, on: deal.updated, {condition} then: {{create: {{{create}, action: Call}}}}}}]"
    rules = book_of(rule).rules
    (decision,) = make_plan(event_of({"type": "deal.won", **given}, rules.calendar), rules).decisions
    return decision


@pytest.mark.parametrize(
    ("create", "deal"),
    [
        (f"{KEY}, {COMPANY}", {"id": "D1"}),
        (f"{KEY}, {LOOKED_UP}", {"id": "D1", "company_id": "C9"}),
        (f"{KEY}, {COMPANY}, ownerId: '{{{{ deal.owner_id }}}}'", DEAL),
        (f"{KEY}, {COMPANY}", {"company_id": "C7"}),
        (f"sourceId: '{{{{ deal.properties.number }}}}', {COMPANY}", {**DEAL, "properties": {"number": " "}}),
    ],
)
def test_a_dead_event_gives_a_reason_that_the_page_explains(create: str, deal: dict[str, Any]) -> None:
    problem = decided(create, deal=deal).problem

    assert problem is not None
    assert f"`{problem}`" in PAGE


@pytest.mark.parametrize(
    ("create", "condition", "deal", "does"),
    [
        (f"{KEY}, {COMPANY}", "if: {deal.company_id: {present: true}},", {"id": "D1"}, 0),
        (f"{KEY}, {COMPANY}, ownerId: \"{{{{ deal.owner_id | lookup('owners') }}}}\"", "", DEAL, 1),
        (f"sourceId: 't-{{{{ event.id }}}}', {COMPANY}", "", {"company_id": "C7"}, 1),
        (f"{KEY}, {COMPANY}", "if: {event.type: deal.updated},", DEAL, 0),
        (f"{KEY}, {COMPANY}", "if: {deal.amount: {less_than: 5000}},", DEAL, 0),
        (
            f"{KEY}, {COMPANY}",
            "if: {any: [{deal.amount: {less_than: 5000}}, {deal.amount: {present: false}}]},",
            DEAL,
            1,
        ),
    ],
)
def test_what_the_page_advises_helps(create: str, condition: str, deal: dict[str, Any], does: int) -> None:
    decision = decided(create, condition, deal=deal)

    assert decision.problem is None
    assert len(decision.operations) == does


def test_another_name_makes_another_task_where_no_key_is_given() -> None:
    rules = [
        book_of(f"rules: [{{name: {name}, on: deal.won, then: {{create: {{{COMPANY}, action: Call}}}}}}]").rules
        for name in ("Before", "After")
    ]
    won = {"type": "deal.won", "deal": DEAL}

    before, after = (set(tasks_after(each, [won])) for each in rules)

    assert before != after


def test_a_create_after_the_completion_opens_the_task_and_an_update_does_not() -> None:
    create = f"create: {{{KEY}, {COMPANY}, action: Call}}"
    rules = book_of(f"""
rules:
  - {{name: Starts, on: deal.created, then: {{{create}}}}}
  - {{name: Ends, on: deal.won, then: {{complete: {{{KEY}}}}}}}
  - {{name: Changes, on: deal.deleted, then: {{update: {{{KEY}, type: call}}}}}}
""").rules
    story = [
        {"type": name, "occurred_at": f"2026-10-0{day}T12:00:00Z", "deal": DEAL}
        for day, name in enumerate(("deal.created", "deal.won", "deal.deleted"), 1)
    ]
    again = {"type": "deal.created", "occurred_at": "2026-10-09T12:00:00Z", "deal": DEAL}

    for order in permutations(story):
        assert tasks_after(rules, order)["t-D1"]["status"] == "Done"
        assert tasks_after(rules, [*order, again])["t-D1"]["status"] == "To Do"
