"""make_plan: who listens, what is decided and why, which operations come of it."""

from typing import Any

import pytest

from planhook.core.condition import Test as One
from planhook.core.event import Event
from planhook.core.operation import Operation
from planhook.core.plan import Decision, make_plan
from planhook.core.rule import ActionTemplate, Rule
from tests.core.samples import OWNER, create, deal_event, rule, rules, text, use, value, when


def decided(one: Rule, event: Event | None = None, **tables: dict[str, Any]) -> Decision:
    (decision,) = make_plan(event or deal_event(), rules(one, **tables)).decisions
    return decision


def operation_of(action: ActionTemplate, event: Event | None = None) -> Operation:
    decision = decided(rule(action), event)
    assert decision.problem is None
    (operation,) = decision.operations
    return operation


def problem_of(action: ActionTemplate, event: Event | None = None) -> str:
    decision = decided(rule(action), event)
    assert decision.matched
    assert decision.operations == ()
    assert decision.problem is not None
    return decision.problem


def acting(action: str, **changed: Any) -> ActionTemplate:
    given: dict[str, Any] = {"action": action, "key": text("k-", value("deal.id")), "fields": {}, "position": 3}
    return ActionTemplate(**{**given, **changed})


def test_a_won_deal_starts_onboarding() -> None:
    fields = {
        "companyId": text("srcid-", value("deal.company_id")),
        "action": text("Onboard ", value("deal.name")),
        "description": text("<p>Won for ", value("deal.amount"), " ", value("deal.currency", use("default", "EUR"))),
        "ownerId": text(value("deal.owner_email", use("lookup", "owners"))),
        "startTime": text(value("event.occurred_at", use("business_days", 3))),
        "checklist": [text("Send welcome mail"), text("Book kickoff")],
        "custom.Deal value": text(value("deal.amount")),
    }
    condition = One("deal.amount", "at_least", 5000)
    decision = decided(rule(create(fields=fields), condition=condition), owners={"default": OWNER})
    assert decision.problem is None
    assert decision.reasons == ("deal.amount is 9000, at least 5000",)
    (operation,) = decision.operations
    assert operation.key == "onboarding-D1"
    assert operation.fields == {
        "mainType": "task",
        "companyId": "srcid-C7",
        "action": "Onboard Acme",
        "description": "<p>Won for 9000 EUR",
        "ownerId": OWNER,
        "startTime": "2026-10-07T15:00:00.000Z",
        "checklist": [{"title": "Send welcome mail"}, {"title": "Book kickoff"}],
        "custom.Deal value": 9000,
    }


@pytest.mark.parametrize(
    ("on", "sources", "matched", "reason"),
    [
        (("deal.won",), (), True, "listens to deal.won without a condition"),
        (("deal.updated",), (), True, "listens to deal.won without a condition"),
        (("deal.*",), ("hub*",), True, "listens to deal.won without a condition"),
        (("meeting.*", "deal.w?n"), ("x", "hubspot"), True, "listens to deal.won without a condition"),
        (("deal.lost", "meeting.*"), (), False, "listens to deal.lost, meeting.*; this event is deal.won"),
        (("Deal.won",), (), False, "listens to Deal.won; this event is deal.won"),
        (("deal.won",), ("pipedrive",), False, "listens to source pipedrive only; this one is hubspot"),
    ],
)
def test_a_rule_listens(on: tuple[str, ...], sources: tuple[str, ...], matched: bool, reason: str) -> None:
    decision = decided(rule(on=on, sources=sources))
    assert (decision.matched, decision.reasons) == (matched, (reason,))
    assert bool(decision.operations) is matched


def test_a_condition_that_fails_says_why() -> None:
    decision = decided(when(One("deal.amount", "at_least", 10_000)))
    assert not decision.matched
    assert decision.operations == ()
    assert decision.reasons == ("deal.amount is 9000, not at least 10000",)


@pytest.mark.parametrize("mark", [{"ignored": "reply"}, {"problem": "no time"}])
def test_no_rule_sees_an_event_that_its_source_ruled_out(mark: dict[str, str]) -> None:
    assert make_plan(deal_event(**mark), rules(rule())).decisions == ()


def test_a_problem_of_one_rule_leaves_the_others_alone() -> None:
    broken = rule(create(fields={"action": text(value("deal.nowhere"))}), create(position=1), name="broken")
    plan = make_plan(deal_event(), rules(broken, rule()))
    assert [decision.problem is None for decision in plan.decisions] == [False, True]
    assert [operation.rule for operation in plan.operations] == ["A won deal"]
    assert plan.rules_version == "v1"


def test_a_problem_names_everything_that_is_missing() -> None:
    fields = {"action": text(value("deal.nowhere")), "ownerId": text(value("deal.name"))}
    assert problem_of(create(key=text(value("deal.x")), fields=fields)) == (
        "create: sourceId: deal.x has no value; action: deal.nowhere has no value; "
        "ownerId is 'Acme', not a Planhat id (24 hexadecimal digits); companyId is missing"
    )


def test_shadow_operations_are_shown_but_not_carried_out() -> None:
    plan = make_plan(deal_event(), rules(rule(mode="shadow")))
    assert len(plan.decisions[0].operations) == 1
    assert plan.operations == ()


def test_actions_keep_their_positions_and_order() -> None:
    decision = decided(rule(create(position=4), acting("complete", position=5, if_absent="wait")))
    assert [(each.action, each.position, each.if_absent) for each in decision.operations] == [
        ("create", 4, "ignore"),
        ("complete", 5, "wait"),
    ]


def test_a_complete_says_done_when_it_happened() -> None:
    assert operation_of(acting("complete")).fields == {"status": "Done", "dateDone": "2026-10-02T15:00:00.000Z"}
    told = {"status": "Won", "dateDone": text("2026-10-01"), "doneBy": OWNER}
    assert operation_of(acting("complete", fields=told)).fields == {
        "status": "Won",
        "dateDone": "2026-09-30T22:00:00.000Z",
        "doneBy": OWNER,
    }


@pytest.mark.parametrize("action", ["cancel", "reopen", "delete"])
def test_some_actions_have_no_fields(action: str) -> None:
    operation = operation_of(acting(action))
    assert (operation.action, operation.key, operation.fields) == (action, "k-D1", {})


def test_an_update_writes_only_what_the_rule_names() -> None:
    assert operation_of(acting("update", fields={"action": "New"})).fields == {"action": "New"}


@pytest.mark.parametrize("name", ["companyId", "mainType"])
def test_only_a_create_may_name_what_makes_planhat_create(name: str) -> None:
    assert f"{name} can only be given by create" in problem_of(acting("update", fields={name: "task"}))


def test_a_create_keeps_the_status_of_its_rule_and_gives_none_itself() -> None:
    fields = {**create().fields, "status": "Later", "mainType": "event"}
    assert operation_of(create(fields=fields)).fields["status"] == "Later"
    assert operation_of(create(fields=fields)).fields["mainType"] == "event"
    assert "status" not in operation_of(create()).fields


def test_a_create_without_a_key_gets_one_per_rule_source_and_object() -> None:
    keyless = create(key=None, fields={"companyId": "srcid-1", "action": "x"})
    for event, expected in (
        (deal_event(), "D1"),
        (deal_event(deal=None, meeting={"id": 7.0}), "7"),
        (deal_event(deal={"name": "x"}), "S1"),
        (deal_event(deal=None, sender_id=None), "12"),
    ):
        assert operation_of(keyless, event).key == f"a-won-deal-hubspot-{expected}"
    nameless = deal_event(deal=None, sender_id=None, payload=[1])
    assert "the event has no id to make a sourceId of" in problem_of(keyless, nameless)


KEY_OF_PAYLOAD = acting("cancel", key=text(value("payload.key")))


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("  a b\n", "a b"),
        (12.0, "12"),
        ("x" * 200, "x" * 200),
        ("å/ö?#", "å/ö?#"),
    ],
)
def test_a_key_is_sent_as_written_but_trimmed(given: Any, key: str) -> None:
    assert operation_of(KEY_OF_PAYLOAD, deal_event(payload={"key": given})).key == key


def test_a_long_key_is_cut_and_stays_unique() -> None:
    keys = {operation_of(KEY_OF_PAYLOAD, deal_event(payload={"key": "x" * 300 + end})).key for end in "ab"}
    assert len(keys) == 2
    assert all(len(key) == 193 and key.startswith("x" * 160 + "-") for key in keys)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("a\x00b", "sourceId contains control characters"),
        ("a\nb", "sourceId contains control characters"),
        ("a\u2028b", "sourceId contains control characters"),
        ("a\ud800", "sourceId contains control characters"),
        (" \t ", "sourceId is empty"),
        ({"a": 1}, "sourceId is an object, not a text"),
        (None, "payload.key has no value"),
    ],
)
def test_a_key_that_cannot_be_one_is_a_problem(given: Any, problem: str) -> None:
    assert problem in problem_of(KEY_OF_PAYLOAD, deal_event(payload={"key": given}))


def test_planhats_own_id_must_look_like_one() -> None:
    by_id = acting("cancel", key=text(value("payload.key")), by_id=True)
    operation = operation_of(by_id, deal_event(payload={"key": OWNER.upper()}))
    assert (operation.key, operation.by_id) == (OWNER, True)
    assert "_id is 5, not a Planhat id" in problem_of(by_id, deal_event(payload={"key": 5}))


def test_values_in_a_description_are_escaped_and_others_are_not() -> None:
    event = deal_event(deal={"id": "1", "name": "<b>", "company_id": "7"})
    fields = {**create().fields, "description": text("<p>", value("deal.name"), "</p>")}
    operation = operation_of(create(fields=fields), event)
    assert operation.fields["description"] == "<p>&lt;b&gt;</p>"
    assert operation.fields["action"] == "Onboard <b>"


@pytest.mark.parametrize(
    ("whole_days", "given", "start"),
    [
        (True, "2026-03-01", "2026-03-01T00:00:00.000Z"),
        (True, " 2026-03-01 ", "2026-03-01T00:00:00.000Z"),
        (text("true"), "2026-03-01", "2026-03-01T00:00:00.000Z"),
        (True, "2026-03-01T09:00", "2026-03-01T08:00:00.000Z"),
        (True, 1772316000, "2026-02-28T22:00:00.000Z"),
        (False, "2026-03-01", "2026-02-28T23:00:00.000Z"),
        (None, "2026-03-01", "2026-02-28T23:00:00.000Z"),
    ],
)
def test_a_day_without_a_time_is_the_same_day_in_planhat(whole_days: Any, given: object, start: str) -> None:
    flag = {} if whole_days is None else {"noSpecificTime": whole_days}
    times = {"startTime": text(value("payload.day")), "endTime": text(value("payload.day"))}
    operation = operation_of(acting("update", fields={**times, **flag}), deal_event(payload={"day": given}))
    assert (operation.fields["startTime"], operation.fields["endTime"]) == (start, start)


def test_a_wrong_flag_of_a_day_is_told_once() -> None:
    fields = {"startTime": text("2026-03-01"), "noSpecificTime": text(value("payload.flag"))}
    problem = problem_of(acting("update", fields=fields), deal_event(payload={"flag": "maybe"}))
    assert problem == "update: noSpecificTime is 'maybe', not true or false"
