"""Dataverse's execution contexts become deals."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import ProofInvalid
from planhook.core.event import Event, iso
from planhook.sources import build
from tests.sources.delivery import URL, deliver, signed

SAMPLE = Path(__file__).parent / "samples" / "dataverse" / "opportunity-update.json"
KEY = "k/e+y=1"
DATAVERSE = build("d365", {"kind": "dataverse", "token": ["older", KEY]})
ID = "0c9e7a3b-52c1-4fd1-93e0-000d3a10aa04"


def load(**told: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(SAMPLE.read_bytes())
    return body | told


def entity(attributes: Mapping[str, object]) -> dict[str, object]:
    return {"Attributes": [{"key": key, "value": value} for key, value in attributes.items()], "RowVersion": "7"}


def update(attributes: Mapping[str, object], **told: object) -> dict[str, Any]:
    return load(InputParameters=[{"key": "Target", "value": entity(attributes)}], **told)


def read(body: object) -> Event:
    delivery = signed(DATAVERSE, json.dumps(body).encode())
    DATAVERSE.verify(delivery)
    (event,) = DATAVERSE.parse(delivery)
    return event


def test_a_won_opportunity_is_a_won_deal() -> None:
    event = read(load())
    assert event.problem is None
    assert event.types == ("deal.won", "deal.updated")
    properties = {
        "opportunityid": ID,
        "statecode": 1,
        "actualvalue": 52000.0,
        "modifiedon": "2026-03-04T15:40:03.000Z",
    }
    assert event.deal == {"id": ID, "amount": 52000.0, "status": "won", "properties": properties}
    assert event.changes == {
        "status": {"to": "won"},
        "amount": {"to": 52000.0},
        "modifiedon": {"to": "2026-03-04T15:40:03.000Z"},
    }
    assert iso(event.occurred_at) == "2026-03-04T15:40:04.000Z"
    assert event.order == (1772638804000, 8814021)
    assert event.sender_id == "d2c3b4a5-9687-4a5b-8c9d-000d3a10aa05"
    assert event.payload == load()


def test_references_are_told_by_id_and_name() -> None:
    account = {"Id": "acc-1", "LogicalName": "account", "Name": "Nordlys"}
    event = read(update({"parentaccountid": account, "ownerid": {"Id": "own-1"}, "parentcontactid": {"Id": "con-1"}}))
    deal = event.deal or {}
    assert (deal["company_id"], deal["company_name"]) == ("acc-1", "Nordlys")
    assert (deal["owner_id"], deal["contact_ids"]) == ("own-1", ["con-1"])
    assert event.changes["owner_id"] == {"to": "own-1"}


def test_images_complete_the_deal_and_tell_what_was_before() -> None:
    before = {
        "stepname": "1-Qualify",
        "name": "Fleet licence",
        "statecode": {"Value": 0},
        "estimatedvalue": {"Value": 5},
    }
    body = update(
        {"stepname": "3-Propose", "name": "Fleet licence", "description": None},
        PreEntityImages=[{"key": "before", "value": entity(before)}],
        PostEntityImages=[{"key": "after", "value": entity({"actualclosedate": "/Date(1772638803000)/"})}],
    )
    event = read(body)
    assert event.types == ("deal.stage_changed", "deal.updated")
    assert event.changes == {
        "stage": {"from": "1-Qualify", "to": "3-Propose"},
        "description": {"to": None},
    }
    deal = dict(event.deal or {})
    del deal["properties"]
    assert deal == {
        "id": ID,
        "name": "Fleet licence",
        "stage": "3-Propose",
        "amount": 5,
        "status": "open",
    }


def test_a_cleared_field_is_a_change_in_the_words_of_the_deal() -> None:
    event = read(update({"stepname": None, "actualvalue": None, "parentaccountid": None, "description": None}))
    assert event.types == ("deal.stage_changed", "deal.updated")
    assert event.changes == {
        field: {"to": None} for field in ("stage", "amount", "company_id", "company_name", "description")
    }


def test_an_amount_changes_to_what_the_deal_shows() -> None:
    attributes = {"estimatedvalue": {"Value": 48000}, "actualvalue": None}
    assert read(update(attributes)).changes == {"amount": {"to": 48000}}
    before = {"estimatedvalue": {"Value": 48000}, "actualvalue": {"Value": 52000}}
    event = read(update({"actualvalue": None}, PreEntityImages=[{"key": "before", "value": entity(before)}]))
    assert event.changes == {"amount": {"from": 52000, "to": 48000}}
    assert (event.deal or {})["amount"] == 48000


@pytest.mark.parametrize(("state", "closed"), [(0, False), (1, True), (2, True)])
def test_only_a_closed_deal_tells_when_it_closed(state: int, closed: bool) -> None:
    event = read(update({"statecode": {"Value": state}, "actualclosedate": "/Date(1772638803000)/"}))
    assert ("closed_at" in (event.deal or {})) is closed


@pytest.mark.parametrize(
    ("message", "state", "before", "types"),
    [
        ("Update", 1, 0, ("deal.won", "deal.updated")),
        ("Update", 2, 0, ("deal.lost", "deal.updated")),
        ("Update", 1, 1, ("deal.updated",)),
        ("Update", 0, 2, ("deal.updated",)),
        ("Create", 1, None, ("deal.won", "deal.created", "deal.updated")),
        ("Create", 0, None, ("deal.created",)),
        ("Delete", 1, 1, ("deal.deleted",)),
    ],
)
def test_a_deal_is_won_only_by_the_event_that_wins_it(
    message: str, state: int, before: int | None, types: tuple[str, ...]
) -> None:
    images = [] if before is None else [{"key": "before", "value": entity({"statecode": {"Value": before}})}]
    body = update({"statecode": {"Value": state}}, MessageName=message, PreEntityImages=images)
    assert read(body).types == types


@pytest.mark.parametrize(("message", "ignored"), [("Create", "thin"), ("Update", "thin"), ("Delete", None)])
def test_a_context_that_was_too_large_to_send_is_thin(message: str, ignored: str | None) -> None:
    event = read(load(MessageName=message, InputParameters=None, PreEntityImages=None, PostEntityImages=None))
    assert (event.ignored, event.problem) == (ignored, None)
    assert (event.deal or {})["id"] == ID


def test_other_entities_and_messages_are_events_of_the_source() -> None:
    assert read(load(PrimaryEntityName="account")).types == ("d365.account.Update",)
    event = read(load(MessageName="Associate"))
    assert (event.types, event.deal) == (("d365.opportunity.Associate",), None)


def test_a_retry_is_the_same_event() -> None:
    assert read(load(Depth=2)).id == read(load()).id
    assert read(load(OperationId="other")).id != read(load()).id


@pytest.mark.parametrize(
    "attributes", [{"birth": "/Date(-2208988800000)/"}, {"birth": "/Date(5)/"}, {"birth": "/Date(x)/"}]
)
def test_a_time_that_is_none_of_ours_stays_as_it_is(attributes: Mapping[str, object]) -> None:
    assert (read(update(attributes)).deal or {})["properties"] == attributes


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {},
        load(MessageName=5),
        load(PrimaryEntityId=None),
        load(OperationCreatedOn="/Date(soon)/"),
        load(InputParameters={"a": 1}),
        load(InputParameters=[{"key": "Target", "value": 5}]),
        load(InputParameters=[{"key": "Target", "value": {"Attributes": [{"value": 1}]}}]),
        update({"actualvalue": {"Value": "much"}}),
    ],
)
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    event = read(broken)
    assert event.problem
    assert event.payload == broken


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": f"Bearer {KEY}"}, ""),
        ({"Authorization": f"bearer {KEY}"}, ""),
        ({"Authorization": KEY}, ""),
        ({"X-Planhook-Key": KEY}, ""),
        ({"X-Planhook-Key": "older"}, ""),
        ({}, "?code=k%2Fe%2By%3D1"),
        ({}, "?a=b&key=k/e+y=1"),
    ],
)
def test_the_key_rides_where_the_administrator_put_it(headers: Mapping[str, str], query: str) -> None:
    DATAVERSE.verify(deliver(b"{}", headers, url=URL + query))


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({"Authorization": ""}, ""),
        ({"Authorization": f"Basic {KEY}"}, ""),
        ({"X-Key": KEY + "x"}, ""),
        ({"X-Key": "ü" + KEY}, ""),
        ({}, "?code="),
        ({}, "?code=k%2Fe%2By%3D"),
        ({}, "?k%2Fe%2By%3D1=code"),
        ({}, "?code=%ZZ%"),
    ],
)
def test_anything_else_is_refused(headers: Mapping[str, str], query: str) -> None:
    with pytest.raises(ProofInvalid):
        DATAVERSE.verify(deliver(b"{}", headers, url=URL + query))


def test_a_key_that_is_not_set_yet_refuses_all() -> None:
    with pytest.raises(ProofInvalid):
        build("d365", {"kind": "dataverse", "token": "${KEY}"}).verify(deliver(b"{}", {"X-Key": "${KEY}", "A": ""}))
