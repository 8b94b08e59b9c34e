"""`shadow report`: what rules that write nothing would have done."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planhook.core.event import Event
from planhook.rulebook import load
from planhook.store.bindings import Bindings
from planhook.store.inbox import Inbox
from planhook.store.registers import Registers
from tests.cli.conftest import RULES, Past, deal
from workers.planner import Planner

IN_SHADOW = """
  - name: Rename
    on: deal.updated
    mode: shadow
    then:
      update: {sourceId: "start-{{ deal.id }}", action: "Welcome {{ deal.name }}"}
  - name: Renew
    on: deal.won
    mode: {only: {company: [C1]}}
    then:
      create: {sourceId: "renew-{{ deal.id }}", companyId: "srcid-{{ deal.company_id }}", action: Renew}
  - name: Never
    on: deal.lost
    mode: shadow
    then: {cancel: {sourceId: "start-{{ deal.id }}"}}
"""


@pytest.fixture
def shadowed(past: Past) -> Past:
    """More events have come: the name of WON's deal changed, and three deals were won, one of them of company C1."""
    path: Path = past.folder / "rules" / "rules.yaml"
    path.write_text(RULES + IN_SHADOW, "utf-8")
    rules = load(path.parent, {}, require_env=False).rules
    now = datetime.now(UTC)
    came: list[Event] = [
        deal("deal.updated", 1, name="Acme & Sons"),
        deal("deal.updated", 2, name="Nobody's"),
        deal("deal.won", 11, amount=1, company_id="C1"),
        deal("deal.won", 12, amount=1, company_id="C2"),
        deal("deal.won", 13, amount=1),
    ]
    came[0] = replace(came[0], order=(came[0].order[0] + 1, 0))
    inbox = Inbox(past.redis)
    inbox.accept([replace(event, received_at=now) for event in came])
    Planner("planner", inbox, Registers(past.redis), Bindings(past.redis), lambda: rules).drain(lambda: False)
    return past


def test_every_rule_in_shadow_is_told_with_the_tasks_as_they_would_be(shadowed: Past) -> None:
    done = shadowed.planhook("shadow", "report")

    assert done.returncode == 0
    assert done.stdout.startswith("8 events (all events that are kept)\n\nRename: 2 events in shadow\n")
    assert "2 tasks: 1 changed, 1 as they are\n" in done.stdout
    assert "~ start-D1: changed\n    action: Onboard Acme → Welcome Acme & Sons   (Rename)\n" in done.stdout
    assert "Renew: 2 events in shadow, 1 live\n! would have stopped 1 event, as evt_" in done.stdout
    assert "1 task: 1 created\n\n+ renew-D12: created\n" in done.stdout
    assert "Never: 0 events in shadow\n" in done.stdout


def test_the_same_is_told_as_json(shadowed: Past) -> None:
    told = json.loads(shadowed.planhook("shadow", "report", "--json", "--rule", "Rename").stdout)

    (rule,) = told["rules"]
    assert told["events"] == 8
    assert (rule["rule"], rule["events"], rule["live"], rule["tasks"]) == ("Rename", 2, 0, 2)
    assert rule["counts"] == {"created": 0, "changed": 1, "no longer written": 0}
    (field,) = rule["examples"][0]["fields"]
    assert (field["before"]["value"], field["after"]["value"]) == ("Onboard Acme", "Welcome Acme & Sons")


def test_a_report_writes_nothing(shadowed: Past) -> None:
    before = {key: shadowed.redis.dump(key) for key in shadowed.redis.keys("planhook:*")}

    shadowed.planhook("shadow", "report")

    assert {key: shadowed.redis.dump(key) for key in shadowed.redis.keys("planhook:*")} == before


def test_without_a_rule_in_shadow_there_is_nothing_to_tell(past: Past) -> None:
    assert past.planhook("shadow", "report").stdout == "3 events (all events that are kept)\nno rule was in shadow\n"


def test_the_api_shows_what_a_rule_would_have_done_beside_what_was_done(past: Past) -> None:
    path = past.folder / "rules" / "rules.yaml"
    path.write_text(RULES + IN_SHADOW, "utf-8")
    rules = load(path.parent, {}, require_env=False).rules
    both = replace(deal("deal.won", 21, name="Both", amount=9000, company_id="C9"), received_at=datetime.now(UTC))
    inbox = Inbox(past.redis)
    inbox.accept([both])
    Planner("planner", inbox, Registers(past.redis), Bindings(past.redis), lambda: rules).drain(lambda: False)
    told = past.journal.event(both.id)

    modes = {decision["rule"]: decision["mode"] for decision in told["decisions"] if decision["matched"]}
    assert modes == {"Start": "live", "Renew": "shadow"}
    assert [(one["sourceId"], one["outcome"]) for one in told["operations"]] == [
        ("start-D21", "pending"),
        ("renew-D21", "shadow"),
    ]
    reasons = next(decision["reasons"] for decision in told["decisions"] if decision["rule"] == "Renew")
    assert reasons[-1] == "its company is not one of C1, so nothing is written"
