"""The tree behind each rule's verdict."""

from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.authoring import explain
from planhook.authoring.explain_condition import GroupTrace, trace_condition
from planhook.core import condition as core
from planhook.core.calendar import Calendar
from planhook.rulebook import load

NOW = datetime(2026, 10, 2, 15, tzinfo=UTC)
FILE = """
tables: {owners: {ann@x.example: 58e231b14246fc73139f29e8}}
defaults:
  create: {companyId: "srcid-{{ deal.company_id }}"}
templates:
  Kick-off:
    params: {least: 10}
    on: deal.won
    if:
      deal.amount: {at_least: "{{ params.least }}"}
    then:
      create: {sourceId: "kick-{{ deal.id }}", action: Kick off}
rules:
  - name: Nested
    on: deal.*
    from: crm
    if:
      deal.stage: [won, signed]
      any:
        - deal.amount: {at_least: 5000}
        - deal.pipeline: vip
        - none:
            - deal.name: {contains: test}
    then:
      create:
        action: Call {{ deal.name | upper | truncate(3) }}
        ownerId: "{{ deal.owner_id | lookup('owners') }}"
        startTime: "{{ deal.due | default('2026-10-05') }}"
  - {name: Small, use: Kick-off, with: {least: 1}}
  - name: Some records
    on: deal.won
    mode: {only: {company: [C9]}}
    then: {update: {sourceId: "x-{{ deal.id }}", action: Hello}}
"""


@pytest.fixture
def told(tmp_path: Path) -> Any:
    (tmp_path / "a.yaml").write_text(FILE)
    with chdir(tmp_path):
        rulebook = load(Path(), {}, require_env=False)

    def explained(source: str = "crm", **deal: object) -> list[dict[str, Any]]:
        record = {"type": "deal.won", "source": source, "deal": {"id": "D1", "name": "Acme", "company_id": "C7"} | deal}
        decisions: list[dict[str, Any]] = explain(record, rulebook, NOW)[0].to_json()["decisions"]
        return decisions

    return explained


def test_each_part_of_a_condition_has_its_verdict_value_and_line(told: Any) -> None:
    condition = told(stage="open", amount=9000)[0]["condition"]
    stage, any_of = condition["parts"]

    assert (condition["block"], condition["holds"], condition["reason"]) == ("all", False, "all of these: 1 of 2 holds")
    assert stage == {
        "holds": False,
        "path": "deal.stage",
        "operator": "one_of",
        "expected": ["won", "signed"],
        "found": "open",
        "reason": "deal.stage is open, not one of won, signed",
        "where": "a.yaml:18",
    }
    assert [part["holds"] for part in any_of["parts"]] == [True, False, True]
    assert any_of["parts"][1]["found"] is None
    assert any_of["parts"][2]["parts"][0]["where"] == "a.yaml:23"


def test_a_rule_that_does_not_listen_says_to_what_it_does(told: Any) -> None:
    nested = told(source="shop")[0]

    assert nested["condition"] is None
    assert nested["actions"] == []
    assert nested["listening"] == [
        {"key": "on", "holds": True, "wants": ["deal.*"], "has": ["deal.won", "deal.updated"]},
        {"key": "from", "holds": False, "wants": ["crm"], "has": ["shop"]},
    ]


def test_each_field_tells_what_its_placeholders_found_and_their_filters_made(told: Any) -> None:
    nested = told(stage="won", amount=9000, owner_id="ann@x.example")[0]
    (action,) = nested["actions"]
    fields = action["fields"]

    assert action["sourceId"] == {
        "value": "nested-crm-D1",
        "written": None,
        "placeholders": [],
        "problem": None,
        "where": None,
        "shared": False,
    }
    assert fields["action"]["value"] == "Call AC…"
    assert fields["action"]["placeholders"] == [
        {
            "path": "deal.name",
            "found": "Acme",
            "filters": [{"filter": "upper", "gave": "ACME"}, {"filter": "truncate(3)", "gave": "AC…"}],
            "problem": None,
        }
    ]
    assert fields["startTime"]["placeholders"][0]["found"] is None
    assert fields["startTime"]["placeholders"][0]["filters"] == [
        {"filter": "default('2026-10-05')", "gave": "2026-10-05"}
    ]
    assert fields["companyId"]["value"] == "srcid-C7"
    assert (fields["companyId"]["where"], fields["companyId"]["shared"]) == ("a.yaml:4", True)
    assert (fields["mainType"]["value"], fields["mainType"]["written"], fields["mainType"]["where"]) == (
        "task",
        None,
        None,
    )


def test_a_field_that_cannot_be_filled_says_why_and_the_others_are_told_all_the_same(told: Any) -> None:
    nested = told(stage="won", amount=9000, owner_id="bob@x.example")[0]
    fields = nested["actions"][0]["fields"]

    assert nested["operations"] == []
    assert fields["ownerId"]["problem"] == "table owners has neither 'bob@x.example' nor a default"
    assert fields["ownerId"]["placeholders"][0]["problem"] == fields["ownerId"]["problem"]
    assert fields["action"]["problem"] is None
    assert fields["action"]["value"] == "Call AC…"


def test_what_a_template_gives_stands_where_the_template_has_it(told: Any) -> None:
    small = told(amount=5)[1]

    assert small["template"] == "Kick-off"
    assert small["condition"]["where"] == "a.yaml:29"  # the value that the rule gives
    assert small["actions"][0]["fields"]["action"]["where"] == "a.yaml:12"
    assert small["actions"][0]["fields"]["action"]["shared"]


@pytest.mark.parametrize(("company", "mode"), [("C7", "shadow"), ("C9", "live")])
def test_a_rule_for_some_records_says_why_one_is_in_or_out(told: Any, company: str, mode: str) -> None:
    some = told(company_id=company)[2]

    assert some["mode"] == mode
    assert some["mode_reason"].startswith("its company ")


TESTS = st.builds(core.Test, st.sampled_from(["deal.a", "deal.b"]), st.just("is"), st.integers(0, 1))
CONDITIONS = st.recursive(
    TESTS, lambda parts: st.builds(core.Group, st.sampled_from(["all", "any", "none"]), st.lists(parts, max_size=4))
)
DEALS = st.dictionaries(st.sampled_from("ab"), st.integers(0, 1))


@given(CONDITIONS, DEALS)
def test_the_tree_says_what_the_rule_says(condition: core.Condition, deal: dict[str, int]) -> None:
    data = {"deal": deal}

    assert _recomputed(trace_condition(condition, data, Calendar())) is core.check(condition, data, Calendar()).holds


def _recomputed(trace: Any) -> bool:
    if not isinstance(trace, GroupTrace):
        return bool(trace.holds)
    held = [_recomputed(part) for part in trace.parts]
    assert [part.holds for part in trace.parts] == held
    return {"all": all(held), "any": any(held), "none": not any(held)}[trace.kind]
