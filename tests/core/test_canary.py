"""Rules that act on a part of the records and tell of all others what they would do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.canary import Canary, OnlyCompanies, Share
from planhook.core.plan import Decision, make_plan
from tests.core.samples import create, deal_event, rule, rules, text, value

PERCENT = st.floats(0, 100)


def decided(canary: Canary, **event: Any) -> Decision:
    (decision,) = make_plan(deal_event(**event), rules(rule(canary=canary))).decisions
    return decision


def mode_of(canary: Canary, deal_id: str = "D1", **event: Any) -> str:
    return decided(canary, deal={"id": deal_id, "name": "Acme", "company_id": "C7"}, **event).mode


@pytest.mark.parametrize("company", ["C7", "c7", "Acme Ltd", "srcid-c7"])
def test_a_company_is_known_by_the_senders_id_or_name_and_by_what_the_rule_writes(company: str) -> None:
    deal = {"id": "D1", "name": "Acme", "company_id": "C7", "company_name": "ACME Ltd"}
    decision = decided(OnlyCompanies(("C1", company)), deal=deal)

    assert decision.mode == "live"
    assert decision.reasons[-1].endswith(f"is one of C1, {company}")


def test_a_meeting_is_known_by_the_mail_domain_of_its_guests() -> None:
    acting = create(key=text("m"), fields={"companyId": text("x"), "action": text("Meet")})
    event = deal_event(deal=None, meeting={"id": "M1", "domains": ["acme.example"]})
    one = rule(acting, canary=OnlyCompanies(("acme.example",)))

    assert make_plan(event, rules(one)).decisions[0].mode == "live"


def test_a_record_of_another_company_gets_only_told_what_would_be_done() -> None:
    plan = make_plan(deal_event(), rules(rule(canary=OnlyCompanies(("C8",)))))

    assert plan.operations == ()
    assert [operation.key for operation in plan.decisions[0].operations] == ["onboarding-D1"]
    assert plan.decisions[0].mode == "shadow"
    assert plan.decisions[0].reasons == (
        "listens to deal.won without a condition",
        "its company is not one of C8, so nothing is written",
    )


def test_a_rule_that_does_not_apply_says_nothing_of_its_canary() -> None:
    one = rule(on=("deal.lost",), canary=Share(10))

    assert make_plan(deal_event(), rules(one)).decisions[0].reasons == ("listens to deal.lost; this event is deal.won",)


def test_what_cannot_be_done_for_a_record_outside_is_a_problem_of_the_shadow() -> None:
    one = rule(create(fields={"companyId": text("x"), "action": text(value("deal.none"))}), canary=Share(0))
    (decision,) = make_plan(deal_event(), rules(one)).decisions

    assert decision.mode == "shadow"
    assert decision.problem


@given(st.text(), PERCENT)
def test_a_record_is_in_or_out_whatever_else_its_events_say(deal_id: str, percent: float) -> None:
    modes = {
        mode_of(Share(percent), deal_id, id=event, type=kind, types=(kind, "deal.won"), sender_id=event)
        for event, kind in [("evt_1", "deal.won"), ("evt_2", "deal.updated")]
    }

    assert len(modes) == 1 or not deal_id


@given(st.text(min_size=1), PERCENT, PERCENT)
def test_more_percent_keep_those_that_are_in(deal_id: str, one: float, other: float) -> None:
    less, more = sorted((one, other))

    assert mode_of(Share(less), deal_id) == "shadow" or mode_of(Share(more), deal_id) == "live"


def test_a_share_is_about_as_large_as_it_says() -> None:
    live = sum(mode_of(Share(10), f"D{number}") == "live" for number in range(2_000))

    assert 150 < live < 250


def test_no_percent_are_none_and_all_are_all() -> None:
    assert mode_of(Share(0)) == "shadow"
    assert mode_of(Share(100)) == "live"
    assert decided(Share(25)).reasons[-1].startswith("D1 of hubspot is ")


def test_records_of_two_sources_with_one_id_are_two() -> None:
    modes = {(mode_of(Share(50), f"D{n}"), mode_of(Share(50), f"D{n}", source="crm")) for n in range(50)}

    assert ("live", "shadow") in modes
