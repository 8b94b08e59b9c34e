"""HubSpot's batches become events of deals."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import BodyInvalid
from planhook.core.event import Event, iso
from planhook.sources import build
from tests.sources.delivery import NOW, deliver, signed

SAMPLES = Path(__file__).parent / "samples" / "hubspot"
HUBSPOT = build("crm", {"kind": "hubspot", "secret": "s3cret"})
FLOW = build("flow", {"kind": "hubspot", "secret": "s3cret", "signature": "v2"})
CHANGE: Mapping[str, Any] = {
    "eventId": 1,
    "portalId": 2,
    "subscriptionType": "deal.propertyChange",
    "objectId": 2**53 + 1,
    "occurredAt": 1772443263952,
    "attemptNumber": 0,
    "propertyName": "dealstage",
    "propertyValue": "contractsent",
}


def sample(name: str) -> tuple[Event, ...]:
    delivery = signed(HUBSPOT, (SAMPLES / f"{name}.json").read_bytes())
    HUBSPOT.verify(delivery)
    return HUBSPOT.parse(delivery)


def read(*elements: object) -> tuple[Event, ...]:
    return HUBSPOT.parse(deliver(json.dumps(elements).encode()))


def change(name: str, value: str | None) -> Event:
    (event,) = read({**CHANGE, "propertyName": name, "propertyValue": value})
    return event


def test_a_won_deal_is_three_events_of_which_two_say_won() -> None:
    stage, won, closed = sample("deal-won")
    assert stage.types == ("deal.won", "deal.stage_changed", "deal.updated")
    assert won.types == ("deal.won", "deal.updated")
    assert closed.types == ("deal.updated",)
    assert stage.deal == {
        "id": "31588204417",
        "stage": "closedwon",
        "status": "won",
        "properties": {"dealstage": "closedwon"},
    }
    assert stage.changes == {"stage": {"to": "closedwon"}}
    assert closed.deal == {"id": "31588204417", "properties": {"closedate": "1772443263952"}}
    assert [event.order for event in (stage, won, closed)] == [(1772443263952, place) for place in range(3)]


def test_the_generic_family_means_the_same() -> None:
    assert sample("deal-lost")[0].types == ("deal.lost", "deal.stage_changed", "deal.updated")
    assert sample("deal-creation-generic")[0].types == sample("deal-creation")[0].types == ("deal.created",)
    assert sample("deal-deleted")[0].types == ("deal.deleted",)


def test_a_mixed_batch_keeps_its_order_and_knows_a_retry() -> None:
    events = sample("batch-mixed")
    assert [event.type for event in events] == [
        "deal.updated",
        "deal.stage_changed",
        "deal.created",
        "deal.updated",
        "deal.updated",
        "deal.stage_changed",
    ]
    assert events[1].id == events[5].id
    assert len({event.id for event in events}) == 5
    assert events[3].deal == {"id": "31588204417", "company_id": "17744120933"}


def test_ids_keep_all_their_digits() -> None:
    (event,) = read(CHANGE)
    assert event.deal is not None
    assert event.deal["id"] == "9007199254740993"


@pytest.mark.parametrize(
    ("name", "value", "field", "shown"),
    [
        ("amount", "48000.00", "amount", 48000),
        ("amount", "12.5", "amount", 12.5),
        ("dealname", "Acme", "name", "Acme"),
        ("pipeline", "default", "pipeline", "default"),
        ("hubspot_owner_id", "61204418", "owner_id", "61204418"),
        ("deal_currency_code", "EUR", "currency", "EUR"),
        ("hs_is_closed_won", "true", "status", "won"),
        ("hs_is_closed_lost", "true", "status", "lost"),
    ],
)
def test_a_property_becomes_its_field(name: str, value: str, field: str, shown: object) -> None:
    event = change(name, value)
    assert event.deal is not None
    assert event.deal[field] == shown
    assert event.changes == {field: {"to": shown}}
    assert event.deal["properties"] == {name: value}


def test_another_property_keeps_its_name_and_a_cleared_one_is_absent() -> None:
    assert change("region", "north").changes == {"region": {"to": "north"}}
    cleared = change("amount", "")
    assert cleared.changes == {"amount": {"to": None}}
    assert "amount" not in (cleared.deal or {})
    assert change("dealstage", "").types == change("dealstage", None).types == ("deal.stage_changed", "deal.updated")
    assert change("hs_is_closed_won", "false").types == ("deal.updated",)


def test_the_close_date_of_a_deal_that_may_be_open_is_no_time_of_closing() -> None:
    event = change("closedate", "1772443263952")
    assert event.deal == {"id": str(CHANGE["objectId"]), "properties": {"closedate": "1772443263952"}}
    assert event.changes == {"closedate": {"to": "1772443263952"}}


def test_stages_of_ones_own_decide_what_is_won() -> None:
    source = build("crm", {"kind": "hubspot", "secret": "s", "won_stages": [9912], "lost_stages": ["dead"]})
    body = json.dumps([{**CHANGE, "propertyValue": "9912"}, {**CHANGE, "propertyValue": "closedwon"}]).encode()
    assert [event.type for event in source.parse(deliver(body))] == ["deal.won", "deal.stage_changed"]


def test_other_objects_are_events_of_the_source() -> None:
    kinds = [
        {**CHANGE, "subscriptionType": "contact.creation"},
        {**CHANGE, "subscriptionType": "object.creation", "objectTypeId": "0-2"},
        {**CHANGE, "subscriptionType": "object.creation", "objectTypeId": "2-991"},
        {**CHANGE, "subscriptionType": "deal.somethingNew"},
        {**CHANGE, "subscriptionType": "deal.something\nnew"},
    ]
    assert [event.type for event in read(*kinds)] == [
        "crm.contact.creation",
        "crm.company.creation",
        "crm.object.creation",
        "crm.deal.somethingNew",
        "crm.deal.something new",
    ]


def test_a_removed_primary_company_is_a_change_without_a_company() -> None:
    association = {
        **CHANGE,
        "subscriptionType": "deal.associationChange",
        "associationType": "DEAL_TO_COMPANY",
        "isPrimaryAssociation": True,
        "fromObjectId": 5,
        "toObjectId": 7,
    }
    (removed,) = read({**association, "associationRemoved": True})
    (secondary,) = read({**association, "isPrimaryAssociation": False})
    assert removed.changes == {"company_id": {"from": "7", "to": None}}
    assert "company_id" not in (secondary.deal or {})


ASSOCIATION: Mapping[str, Any] = {
    **{name: value for name, value in CHANGE.items() if name != "objectId"},
    "subscriptionType": "deal.associationChange",
    "isPrimaryAssociation": True,
    "fromObjectId": 555,
    "toObjectId": 42,
}


@pytest.mark.parametrize(
    ("told", "deal"),
    [
        ({"associationType": "DEAL_TO_COMPANY", "fromObjectId": 42, "toObjectId": 555}, {"company_id": "555"}),
        ({"associationType": "COMPANY_TO_DEAL"}, {"company_id": "555"}),
        ({"associationType": "COMPANY_TO_DEAL", "objectId": 555}, {"company_id": "555"}),
        ({"associationType": "COMPANY_TO_DEAL", "isPrimaryAssociation": False}, {}),
        ({"associationType": "CONTACT_TO_DEAL"}, {}),
        ({"fromObjectTypeId": "0-2", "toObjectTypeId": "0-3"}, {"company_id": "555"}),
        ({"fromObjectTypeId": "0-1", "toObjectTypeId": "0-3"}, {}),
    ],
)
def test_an_association_is_told_of_the_deal_whichever_side_that_is(
    told: Mapping[str, Any], deal: Mapping[str, str]
) -> None:
    (event,) = read({**ASSOCIATION, **told})
    assert (event.types, event.ignored) == (("deal.updated",), None)
    assert event.deal == {"id": "42", **deal}


def test_an_association_of_which_no_side_is_known_as_the_deal_is_thin() -> None:
    (event,) = read({**ASSOCIATION, "associationType": "7"})
    assert (event.deal, event.ignored, event.problem) == (None, "thin", None)


@pytest.mark.parametrize(
    "told",
    [{"objectId": 42}, {"newObjectId": 42, "primaryObjectId": 5}, {"primaryObjectId": 42, "mergedObjectIds": [5]}],
)
def test_merged_deals_go_on_as_the_one_that_is_left(told: Mapping[str, Any]) -> None:
    (event,) = read({"subscriptionType": "deal.merge", "occurredAt": 1772443263952, **told})
    assert (event.deal, event.types) == ({"id": "42"}, ("deal.updated",))


def test_a_deal_without_a_number_is_named_by_the_key_that_is_missing() -> None:
    for verb in ("creation", "merge"):
        (event,) = read({"subscriptionType": f"deal.{verb}", "occurredAt": 1})
        assert event.problem == "objectId is missing"


@pytest.mark.parametrize(
    "bad",
    [
        5,
        None,
        [],
        {**CHANGE, "subscriptionType": 5},
        {**CHANGE, "objectId": None},
        {**CHANGE, "objectId": {}},
        {**CHANGE, "occurredAt": None},
        {**CHANGE, "occurredAt": "soon"},
        {**CHANGE, "propertyName": None},
        {**CHANGE, "propertyName": "amount", "propertyValue": "much"},
        {**CHANGE, "eventId": []},
        {name: value for name, value in CHANGE.items() if name != "subscriptionType"},
        {"hello": 1},
    ],
)
def test_a_bad_element_is_dead_and_spoils_nothing(bad: object) -> None:
    broken, good = read(bad, CHANGE)
    assert broken.problem
    assert broken.payload == bad
    assert good.problem is None


def test_a_workflow_sends_one_object() -> None:
    delivery = signed(FLOW, (SAMPLES / "workflow-deal.json").read_bytes())
    FLOW.verify(delivery)
    (event,) = FLOW.parse(delivery)
    assert event.types == ("deal.won", "deal.updated")
    assert event.deal is not None
    assert (event.deal["amount"], event.deal["closed_at"]) == (48000, "2026-03-02T09:21:03.952Z")
    assert FLOW.parse(deliver(b'{"hello": 1}'))[0].type == "flow.workflow"


PROPERTIES = {"dealname": "Fleet licence", "amount": "48000", "dealstage": "closedlost"}


@pytest.mark.parametrize(
    "body",
    [
        {"id": "42", "properties": PROPERTIES, "createdAt": "2026-03-01T09:00:00Z", "archived": False},
        {"objectId": 42, **PROPERTIES},
        {"hs_object_id": "42", **PROPERTIES},
        {"objectId": 42, "objectType": "DEAL", "properties": PROPERTIES},
        {"objectId": 42, "objectTypeId": "0-3", "properties": PROPERTIES},
        {"dealId": 42, "properties": {name: {"value": value, "timestamp": 5} for name, value in PROPERTIES.items()}},
        {"objectId": 42, **{name: {"value": value} for name, value in PROPERTIES.items()}},
    ],
)
def test_a_workflow_may_send_its_deal_in_any_shape(body: Mapping[str, Any]) -> None:
    (event,) = FLOW.parse(deliver(json.dumps(body).encode()))
    deal = dict(event.deal or {})
    assert deal.pop("properties").items() >= PROPERTIES.items()
    assert deal == {"id": "42", "name": "Fleet licence", "amount": 48000, "stage": "closedlost", "status": "lost"}
    assert (event.types, event.occurred_at) == (("deal.lost", "deal.updated"), NOW)


def test_a_workflow_that_tells_when_the_deal_changed_is_ordered_by_that() -> None:
    (event,) = FLOW.parse(deliver(b'{"id": 42, "properties": {"dealname": "x"}, "updatedAt": "2026-03-01T09:00:00Z"}'))
    assert (iso(event.occurred_at), event.order[0]) == ("2026-03-01T09:00:00.000Z", 1772355600000)


@pytest.mark.parametrize(
    "body",
    [
        {"id": 42, "properties": {"firstname": "Mia"}},
        {"objectId": 42, "objectType": "CONTACT", "properties": {"dealname": "x"}},
        {"firstname": "Mia", "email": "mia@vendor.example"},
    ],
)
def test_a_workflow_about_something_else_is_no_deal(body: Mapping[str, Any]) -> None:
    (event,) = FLOW.parse(deliver(json.dumps(body).encode()))
    assert (event.types, event.deal, event.problem) == (("flow.workflow",), None, None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"properties": {"dealname": "x"}}, "objectId is missing"),
        ({"objectId": 42, "properties": 5}, "properties is a number, not an object"),
        ({"objectId": 42, "dealstage": {"label": "x"}}, "deal.stage is an object, not a text"),
        (
            {"objectId": 42, "dealname": "x", "updatedAt": "soon"},
            'updatedAt is not a time in ISO 8601, such as 2026-03-02T09:00:00Z: "soon"',
        ),
    ],
)
def test_a_workflow_that_cannot_be_read_says_why(body: Mapping[str, Any], problem: str) -> None:
    (event,) = FLOW.parse(deliver(json.dumps(body).encode()))
    assert event.problem == problem


def test_a_workflow_about_an_open_deal_tells_no_time_of_closing() -> None:
    body = json.loads((SAMPLES / "workflow-deal.json").read_bytes())
    body["properties"]["dealstage"] = "contractsent"
    (event,) = FLOW.parse(deliver(json.dumps(body).encode()))
    assert event.deal is not None
    assert "closed_at" not in event.deal
    assert event.deal["properties"]["closedate"] == "1772443263952"


def test_only_a_source_of_workflows_takes_objects_without_a_subscription() -> None:
    (event,) = HUBSPOT.parse(deliver((SAMPLES / "workflow-deal.json").read_bytes()))
    assert (event.type, event.problem) == ("crm.unknown", "subscriptionType is missing")


def test_an_empty_batch_is_no_event_and_a_huge_one_is_refused() -> None:
    assert read() == ()
    with pytest.raises(BodyInvalid) as caught:
        read(*[CHANGE] * 1001)
    assert caught.value.status == 413
