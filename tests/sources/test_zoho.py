"""Zoho's notifications, with and without the values that changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event, iso
from planhook.sources import build
from tests.sources.delivery import deliver

TOKEN = "vendor-channel-token-01"
ZOHO = build("zoho", {"kind": "zoho", "token": ["older", TOKEN], "channel_id": 1000000068001})
SAMPLE = Path(__file__).parent / "samples" / "zoho" / "deals-update.json"
RECORD = "5725767000009911002"


def load(**told: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(SAMPLE.read_bytes())
    return body | told


def thin(**told: object) -> dict[str, Any]:
    body = load(**told)
    del body["affected_values"]
    return body


def read(body: object) -> tuple[Event, ...]:
    delivery = deliver(json.dumps(body).encode())
    ZOHO.verify(delivery)
    return ZOHO.parse(delivery)


def values_of(**values: object) -> dict[str, Any]:
    return load(affected_values=[{"record_id": RECORD, "values": values}])


def test_an_update_with_values_is_a_deal() -> None:
    (event,) = read(load())
    assert event.problem is None
    assert event.ignored is None
    assert event.types == ("deal.won", "deal.stage_changed", "deal.updated")
    assert event.deal == {
        "id": RECORD,
        "stage": "Closed Won",
        "amount": 52000,
        "status": "won",
        "properties": {"Stage": "Closed Won", "Amount": 52000},
    }
    assert event.changes == {"stage": {"to": "Closed Won"}, "amount": {"to": 52000}}
    assert iso(event.occurred_at) == "2026-03-04T15:40:04.120Z"


def test_the_token_is_in_no_event() -> None:
    body = load()
    (event,) = read(body)
    del body["token"]
    assert event.payload == body
    for broken in (load(ids={}), load(ids=[{}]), load(module=5), load(affected_values=[{}])):
        assert TOKEN not in json.dumps([each.to_json() for each in read(broken)])


def test_a_notice_without_values_is_thin() -> None:
    (event,) = read(thin())
    assert (event.type, event.ignored) == ("deal.updated", "thin")
    (event,) = read(thin(operation="insert"))
    assert (event.type, event.ignored) == ("deal.created", "thin")


def test_a_deleted_deal_needs_no_values() -> None:
    (event,) = read(thin(operation="delete"))
    assert (event.types, event.ignored) == (("deal.deleted",), None)
    assert event.deal == {"id": RECORD}


def test_references_are_told_by_id_and_name() -> None:
    (event,) = read(
        values_of(
            Owner={"id": "1", "name": "Mia", "email": "mia@vendor.example"},
            Account_Name={"id": 77, "name": "Nordlys"},
            Contact_Name="5725767000000000007",
        )
    )
    deal = event.deal or {}
    assert (deal["owner_id"], deal["owner_email"]) == ("1", "mia@vendor.example")
    assert (deal["company_id"], deal["company_name"]) == ("77", "Nordlys")
    assert deal["contact_ids"] == ["5725767000000000007"]
    assert event.changes["company_name"] == {"to": "Nordlys"}
    assert event.types == ("deal.updated",)


def test_a_cleared_field_is_a_change_in_the_words_of_the_deal() -> None:
    (event,) = read(values_of(Stage=None, Amount="", Owner=None, Account_Name=None, Region=None))
    assert event.types == ("deal.stage_changed", "deal.updated")
    cleared = ("stage", "amount", "owner_id", "owner_email", "company_id", "company_name", "Region")
    assert event.changes == {field: {"to": None} for field in cleared}
    assert event.ignored is None


def test_a_closing_date_counts_once_the_deal_is_closed() -> None:
    (still_open,) = read(values_of(Stage="Negotiation", Closing_Date="2026-03-31"))
    (won,) = read(values_of(Stage="Closed Won", Closing_Date="2026-03-31"))
    assert "closed_at" not in (still_open.deal or {})
    assert still_open.changes["Closing_Date"] == {"to": "2026-03-31"}
    assert (won.deal or {})["closed_at"] == "2026-03-31T00:00:00.000Z"


def test_other_stages_can_be_named_as_won() -> None:
    swedish = build("zoho", {"kind": "zoho", "token": TOKEN, "won_stages": ["Vunnen"]})
    (event,) = swedish.parse(deliver(json.dumps(values_of(Stage="vunnen")).encode()))
    assert event.type == "deal.won"


def test_each_record_of_a_notification_is_an_event_of_its_own() -> None:
    body = load(ids=[RECORD, 12], affected_fields=[{RECORD: ["Stage"]}, {"12": ["Amount"]}])
    first, second = read(body)
    assert first.id != second.id
    assert (first.ignored, second.ignored) == (None, "thin")
    assert (second.deal or {})["id"] == "12"
    assert second.payload["ids"] == ["12"]
    assert second.payload["affected_fields"] == [{"12": ["Amount"]}]
    assert "affected_values" not in second.payload


def test_a_retry_is_the_same_event() -> None:
    (first,), (again,), (later,) = (
        read(load()),
        read(load(query_params={"a": 1})),
        read(load(server_time=1772638804121)),
    )
    assert first.id == again.id != later.id


def test_other_modules_are_events_of_the_source() -> None:
    (event,) = read(load(module="Contacts"))
    assert (event.types, event.deal) == (("zoho.Contacts.update",), None)


@pytest.mark.parametrize("told", [{"token": "x"}, {"token": None}, {"token": 5}, {"token": ""}, {"channel_id": "1"}])
def test_another_token_or_channel_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ProofInvalid):
        read(load(**told))


@pytest.mark.parametrize("body", [[], "token", 5])
def test_a_body_without_a_token_is_refused(body: object) -> None:
    with pytest.raises(ProofInvalid):
        read(body)


def test_a_body_that_is_no_json_proves_nothing() -> None:
    with pytest.raises(ProofInvalid):
        ZOHO.verify(deliver(b'{"token": "vendor-channel-token-01"'))


@pytest.mark.parametrize(
    "told",
    [
        {"module": None},
        {"ids": "5"},
        {"ids": [[]]},
        {"server_time": None},
        {"operation": "x" * 101},
        {"affected_values": [{"record_id": RECORD, "values": 5}]},
        {"affected_values": [{"record_id": RECORD, "values": {"Amount": "much"}}]},
    ],
)
def test_what_cannot_be_read_is_one_dead_event(told: dict[str, object]) -> None:
    (event,) = read(load(**told))
    assert event.problem


def test_what_many_records_would_repeat_is_bounded() -> None:
    with pytest.raises(BodyInvalid) as caught:
        read(load(ids=list(range(1, 1001)), query_params={"q": "x" * 100_000}))
    assert caught.value.status == 413
    with pytest.raises(BodyInvalid) as caught:
        read(load(ids=list(range(1, 1002))))
    assert caught.value.status == 413
