"""Pipedrive v1 and v2 become the same events."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planhook.core.event import Event, iso
from planhook.sources import build
from tests.sources.delivery import signed

SAMPLES = Path(__file__).parent / "samples" / "pipedrive"
PIPEDRIVE = build("pd", {"kind": "pipedrive", "username": "hook", "password": ["new", "old"]})


def load(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return body


def read(body: object) -> Event:
    delivery = signed(PIPEDRIVE, json.dumps(body).encode())
    PIPEDRIVE.verify(delivery)
    (event,) = PIPEDRIVE.parse(delivery)
    return event


def with_status(name: str, status: str, previous: Mapping[str, object] | None) -> Event:
    body = load(name)
    body["data"]["status"] = status
    body["previous"] = previous
    return read(body)


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("deal-create", ("deal.created",)),
        ("deal-stage-change", ("deal.stage_changed", "deal.updated")),
        ("deal-value-change", ("deal.updated",)),
        ("deal-won", ("deal.won", "deal.updated")),
        ("deal-lost", ("deal.lost", "deal.updated")),
        ("deal-delete", ("deal.deleted",)),
        ("v1-updated-deal", ("deal.won", "deal.updated")),
    ],
)
def test_each_sample_has_its_types(name: str, types: tuple[str, ...]) -> None:
    event = read(load(name))
    assert (event.types, event.problem) == (types, None)


def test_a_deal_has_the_fields_all_rules_share() -> None:
    event = read(load("deal-won"))
    deal = dict(event.deal or {})
    assert deal.pop("properties") == load("deal-won")["data"]
    assert deal == {
        "id": "4417",
        "name": "Nordlys Robotics fleet licence",
        "stage": "4",
        "pipeline": "1",
        "amount": 52000,
        "currency": "EUR",
        "status": "won",
        "owner_id": "14820331",
        "company_id": "2210",
        "contact_ids": ["8812"],
        "closed_at": "2026-03-04T15:40:03.000Z",
    }
    assert event.changes["status"] == {"from": "open", "to": "won"}
    assert iso(event.occurred_at) == "2026-03-04T15:40:03.874Z"


def test_v1_tells_the_same_as_v2() -> None:
    old, new = read(load("v1-updated-deal")), read(load("deal-won"))
    assert {**(old.deal or {}), "properties": 0} == {**(new.deal or {}), "properties": 0}
    assert old.order == new.order
    assert old.changes["status"] == new.changes["status"]


def test_stages_are_compared_as_the_deal_shows_them() -> None:
    assert read(load("deal-stage-change")).changes["stage"] == {"from": "2", "to": "4"}


def test_a_deal_is_won_only_by_the_event_that_wins_it() -> None:
    assert with_status("deal-won", "won", {"title": "Old name"}).types == ("deal.updated",)
    assert with_status("deal-won", "won", {"status": "lost"}).types == ("deal.won", "deal.updated")
    assert with_status("deal-create", "won", None).types == ("deal.won", "deal.created", "deal.updated")


def test_a_deleted_deal_is_shown_as_it_was_last() -> None:
    event = read(load("deal-delete"))
    assert event.deal is not None
    assert event.deal["id"] == "4420"
    assert event.deal["amount"] == 12500.5


def test_other_entities_are_events_of_the_source() -> None:
    body = load("deal-create")
    body["meta"]["entity"] = "person"
    event = read(body)
    assert event.type == "pd.person.create"
    assert event.deal is None


def test_a_retry_is_the_same_event() -> None:
    body = load("deal-won")
    first = read(body)
    body["meta"]["attempt"] = 2
    assert read(body).id == first.id
    body["meta"]["id"] = "another"
    assert read(body).id != first.id


@pytest.mark.parametrize("timestamp", ["2026-03-04T15:40:03.874Z", 1772638803, "1772638803"])
def test_the_timestamp_may_be_iso_or_seconds(timestamp: object) -> None:
    body = load("deal-won")
    body["meta"]["timestamp"] = timestamp
    assert iso(read(body).occurred_at).startswith("2026-03-04T15:40:03.")


@pytest.mark.parametrize(
    "broken",
    [
        [],
        5,
        {},
        {"meta": []},
        {"meta": {"entity": "deal"}},
        {**load("deal-won"), "data": [1]},
        {**load("deal-won"), "meta": {**load("deal-won")["meta"], "timestamp": None}},
        {**load("deal-won"), "meta": {**load("deal-won")["meta"], "entity_id": None}},
        {**load("deal-won"), "meta": {**load("deal-won")["meta"], "entity_id": {}}},
        {**load("deal-won"), "data": {**load("deal-won")["data"], "value": "much"}},
        {**load("deal-won"), "data": {**load("deal-won")["data"], "value": 10**400}},
    ],
)
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    event = read(broken)
    assert event.problem
    assert event.payload == broken


@pytest.mark.parametrize("action", ["change", "create"])
def test_what_a_deal_was_before_is_not_shown_as_what_it_is(action: str) -> None:
    body = load("deal-stage-change")
    event = read({**body, "data": None, "meta": {**body["meta"], "action": action}})
    assert (event.deal, event.changes, event.ignored) == ({"id": body["meta"]["entity_id"]}, {}, "thin")


def test_a_deal_that_is_open_again_tells_no_time_of_closing() -> None:
    event = with_status("deal-won", "open", {"status": "won"})
    assert event.deal is not None
    assert (event.deal["status"], "closed_at" in event.deal) == ("open", False)
