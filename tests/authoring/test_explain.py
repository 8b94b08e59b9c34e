"""One event or delivery, and what the rules say to it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from planhook.authoring import EventUnreadable, explain
from planhook.rulebook import Rulebook, load

NOW = datetime(2026, 10, 2, 15, tzinfo=UTC)
FILES = """
sources:
  crm:
    kind: json
    verify: {scheme: bearer, token: "${TOKEN}"}
    events: {each: items, id: id, type: type, deal: {id: deal.id, amount: deal.amount}}
rules:
  - name: Big
    on: deal.won
    if: {deal.amount: {at_least: 5000}}
    then: {cancel: {sourceId: "x-{{ deal.id }}"}}
  - {name: Other, on: deal.lost, then: {cancel: {sourceId: "x-{{ deal.id }}"}}}
"""


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    (tmp_path / "a.yaml").write_text(FILES)
    return load(tmp_path, {}, require_env=False)


def test_each_rule_gives_its_verdict_with_reasons(rulebook: Rulebook) -> None:
    (explanation,) = explain({"type": "deal.won", "deal": {"id": "D1", "amount": 9000}}, rulebook, NOW)

    big, other = explanation.to_json()["decisions"]
    assert (big["matched"], big["reasons"]) == (True, ["deal.amount is 9000, at least 5000"])
    assert big["operations"] == [
        {"rule": "Big", "action": "cancel", "sourceId": "x-D1", "fields": {}, "if_absent": "ignore"}
    ]
    assert (other["matched"], other["operations"]) == (False, [])


def test_an_operation_on_a_task_of_planhat_names_its_id(tmp_path: Path) -> None:
    task = "58e231b14246fc73139f29e8"
    (tmp_path / "a.yaml").write_text(f"rules: [{{name: A, on: deal.won, then: {{cancel: {{_id: {task}}}}}}}]")
    (explanation,) = explain({"type": "deal.won"}, load(tmp_path, {}, require_env=False), NOW)

    (operation,) = explanation.to_json()["decisions"][0]["operations"]
    assert (operation["_id"], "sourceId" in operation) == (task, False)


def test_a_delivery_is_read_by_its_source_without_its_proof(rulebook: Rulebook) -> None:
    items = [{"id": n, "type": "deal.won", "deal": {"id": f"D{n}", "amount": n * 4000}} for n in (1, 2)]

    explanations = explain({"source": "crm", "headers": {}, "body": {"items": items}}, rulebook, NOW)

    assert [explanation.plan.decisions[0].matched for explanation in explanations] == [False, True]
    assert {explanation.event.received_at for explanation in explanations} == {NOW}


def test_an_event_as_the_journal_keeps_it_is_taken_whole(rulebook: Rulebook) -> None:
    (explanation,) = explain({"type": "deal.won", "deal": {"id": "D1", "amount": 9000}}, rulebook, NOW)

    (again,) = explain(explanation.event.to_json(), rulebook, NOW)

    assert again.to_json() == explanation.to_json()


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "neither an event nor a delivery"),
        ({}, "say which type"),
        ({"type": "deal.won", "dael": {}}, "did you mean deal"),
        ({"type": "deal.won", "deal": "D1"}, "deal: this takes a map"),
        ({"type": "deal.won", "occurred_at": "soon"}, "occurred_at is soon"),
        ({"order": [], "types": []}, "the event has no id"),
        (
            {
                "order": 5,
                "types": [],
                **dict.fromkeys(("id", "source", "type"), "x"),
                "occurred_at": 5,
                "received_at": 5,
            },
            "",
        ),
        ({"source": "crn", "body": ""}, "there is no source crn (did you mean crm?)"),
        ({"source": "crm", "body": "{"}, "cannot read this body"),
        ({"source": "crm", "body": "", "headers": []}, "cannot read this body"),
        ({"source": "crm", "body": "", "headers": [1]}, "headers is no object"),
        ({"source": "crm", "body": "", "header": {}}, "did you mean headers?"),
        ({"given": {"type": "deal.won"}, "expect": "nothing"}, "write only what stands under given"),
        ([{"given": {"type": "deal.won"}}], "write only what stands under given"),
        ({"examples": [{"given": {"type": "deal.won"}}]}, "write only what stands under given"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(rulebook: Rulebook, record: Any, message: str) -> None:
    with pytest.raises(EventUnreadable) as raised:
        explain(record, rulebook, NOW)

    assert message in str(raised.value)
