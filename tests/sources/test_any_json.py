"""A json source reads any sender by its owner's expressions."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from marshmallow import ValidationError

from planhook.core.errors import BodyInvalid
from planhook.core.event import Event, iso
from planhook.core.rule import Calendar
from planhook.sources import build
from tests.sources.delivery import NOW, deliver

DEAL = {"id": "object.id", "name": "object.title", "stage": "object.stage", "amount": "object.value"}
EVENTS: Mapping[str, Any] = {"id": "id", "type": "type", "occurred_at": "created", "sequence": "version", "deal": DEAL}


def read(
    body: object, events: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None, **keys: Any
) -> tuple[Event, ...]:
    verify = {"scheme": "none", "allow_unverified": True}
    config = {"kind": "json", "verify": verify, "events": EVENTS if events is None else events, **keys}
    source = build("billing", config, Calendar(internal_domains=frozenset({"ourco.example"})))
    return source.parse(deliver(json.dumps(body).encode(), headers))


def read_one(body: object, events: Mapping[str, Any] | None = None, **keys: Any) -> Event:
    (event,) = read(body, events, **keys)
    return event


ITEM: Mapping[str, Any] = {
    "id": 17,
    "type": "deal.updated",
    "created": "2026-10-02T10:00:00+02:00",
    "version": "7",
    "object": {"id": 42, "title": "Acme", "stage": "proposal", "value": "1200.50"},
}


def test_every_part_of_an_event_is_found_where_the_mapping_says() -> None:
    event = read_one(ITEM)
    assert (event.type, event.types, event.problem) == ("deal.updated", ("deal.updated",), None)
    assert iso(event.occurred_at) == "2026-10-02T08:00:00.000Z"
    assert event.order == (1790928000000, 7)
    assert event.sender_id == "17"
    assert event.deal == {"id": "42", "name": "Acme", "stage": "proposal", "amount": 1200.5}
    assert event.payload == ITEM


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (1790928000, "2026-10-02T08:00:00.000Z"),
        (1790928000123, "2026-10-02T08:00:00.123Z"),
        ("1790928000", "2026-10-02T08:00:00.000Z"),
        ("1790928000123", "2026-10-02T08:00:00.123Z"),
        (1790928000.25, "2026-10-02T08:00:00.250Z"),
        ("2026-10-02T08:00:00", "2026-10-02T08:00:00.000Z"),
        ("2026-10-02T08:00:00.123456Z", "2026-10-02T08:00:00.123Z"),
        (None, "2026-10-02T15:00:00.000Z"),
        ("", "2026-10-02T15:00:00.000Z"),
    ],
)
def test_times_are_read_as_senders_write_them(written: object, shown: str) -> None:
    event = read_one({**ITEM, "created": written})
    assert (iso(event.occurred_at), event.problem) == (shown, None)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("created", "9999-12-31T23:59:59-23:59"),
        ("created", "0000-01-01T00:00:00Z"),
        ("created", "2026-02-30"),
        ("created", "2026-06-30T23:59:60Z"),
        ("created", "yesterday"),
        ("created", 10**17),
        ("created", -5),
        ("created", True),
        ("created", {}),
        ("id", {"a": 1}),
        ("type", ["deal.won"]),
        ("type", "x" * 101),
        ("type", None),
        ("object", {"id": 1, "value": "a lot"}),
        ("object", {"id": [1]}),
        ("object", None),
    ],
)
def test_a_value_that_cannot_be_read_is_a_problem_of_that_event_alone(field: str, bad: object) -> None:
    broken, good = read([{**ITEM, field: bad}, ITEM], {**EVENTS, "each": "@"})
    assert broken.problem
    assert good.problem is None
    assert good.deal is not None
    assert broken.payload[field] == bad


def test_the_problem_names_the_place_in_the_mapping() -> None:
    event = read_one({**ITEM, "object": {}})
    assert event.problem == "deal.id is missing: `object.id` finds nothing"


@pytest.mark.parametrize(
    ("said", "stage", "types"),
    [
        ("deal.updated", "Won", ("deal.won", "deal.updated")),
        ("deal.stage_changed", "won", ("deal.won", "deal.stage_changed", "deal.updated")),
        ("deal.created", "won", ("deal.won", "deal.created", "deal.updated")),
        ("deal.updated", "dead", ("deal.lost", "deal.updated")),
        ("deal.deleted", "won", ("deal.deleted",)),
        ("deal.won", "proposal", ("deal.won", "deal.updated")),
        ("deal.archived", "proposal", ("deal.archived",)),
        ("invoice.paid", "proposal", ("billing.invoice.paid",)),
    ],
)
def test_types_follow_from_what_is_said_and_from_the_stage(said: str, stage: str, types: tuple[str, ...]) -> None:
    item = {**ITEM, "type": said, "object": {"id": 1, "stage": stage}}
    event = read_one(item, won_stages=["WON"], lost_stages="dead")
    assert event.types == types
    assert event.type == types[0]


@pytest.mark.parametrize(
    ("said", "stage", "status", "agreed"),
    [
        ("deal.updated", "Closed Won", "open", "won"),
        ("deal.updated", "Closed Won", None, "won"),
        ("deal.updated", "Lost", "open", "lost"),
        ("deal.updated", "Closed Won", "lost", "lost"),
        ("deal.won", "proposal", "open", "won"),
        ("deal.updated", "proposal", "open", "open"),
    ],
)
def test_the_status_agrees_with_the_type(said: str, stage: str, status: str | None, agreed: str) -> None:
    events = {**EVENTS, "deal": {"id": "id", "stage": "stage", "status": "status"}}
    item = {"id": 1, "type": said, "stage": stage, "status": status}
    event = read_one(item, events, won_stages=["closed won"], lost_stages=["lost"])
    assert event.deal is not None
    assert event.deal["status"] == agreed
    assert event.type == (said if agreed == "open" else f"deal.{agreed}")


def test_status_won_makes_a_deal_won() -> None:
    events = {**EVENTS, "deal": {"id": "id", "status": "state"}}
    event = read_one({"id": 1, "type": "deal.updated", "state": "Won"}, events)
    assert event.types == ("deal.won", "deal.updated")
    assert event.deal == {"id": "1", "status": "won"}


def test_a_change_of_stage_is_a_stage_change_and_equal_sides_are_none() -> None:
    events = {**EVENTS, "changes": {"stage": {"from": "old.stage", "to": "object.stage"}}}
    moved = read_one({**ITEM, "old": {"stage": "qualified"}}, events)
    same = read_one({**ITEM, "old": {"stage": "proposal"}}, events)
    untold = read_one(ITEM, events)
    assert moved.types == ("deal.stage_changed", "deal.updated")
    assert moved.changes == {"stage": {"from": "qualified", "to": "proposal"}}
    assert same.types == untold.types == ("deal.updated",)
    assert same.changes == untold.changes == {}


@pytest.mark.parametrize(("items", "count"), [([], 0), (None, 0), ({"id": 1, "type": "a"}, 1), ([{}, {}], 2)])
def test_each_takes_a_list_an_object_or_nothing(items: object, count: int) -> None:
    assert len(read({"items": items}, {"each": "items", "type": "'x'"})) == count


def test_each_that_gives_a_text_is_one_dead_event() -> None:
    event = read_one({"items": "many"}, {"each": "items", "type": "'x'"})
    assert event.problem == "each gives neither a list nor an object"


def test_more_than_a_thousand_items_are_too_large() -> None:
    with pytest.raises(BodyInvalid) as caught:
        read({"items": [1] * 1001}, {"each": "items", "type": "'x'"})
    assert caught.value.status == 413


def test_expressions_can_read_headers_in_both_spellings() -> None:
    for expression in ("headers.X-Topic", 'headers."x-topic"'):
        (event,) = read({}, {"type": expression}, {"X-Topic": "order.paid"})
        assert event.type == "billing.order.paid"


def test_without_any_mapping_the_type_member_counts() -> None:
    assert read_one({"type": "invoice.paid"}, {}).type == "billing.invoice.paid"
    assert read_one([1], {}).type == "billing.received"


def test_the_id_is_the_mapped_one_else_the_hash_of_the_item() -> None:
    first, again = read_one({"a": 1, "b": 2}, {"type": "'x'"}), read_one({"b": 2, "a": 1}, {"type": "'x'"})
    other = read_one({"a": 1, "b": 3}, {"type": "'x'"})
    assert first.id == again.id != other.id
    assert read_one({**ITEM, "version": 8}).id == read_one(ITEM).id


def test_with_standard_webhooks_the_delivery_id_counts_and_items_differ() -> None:
    verify = {"scheme": "standard-webhooks", "secret": "whsec_BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY="}
    single = build("it", {"kind": "json", "verify": verify, "events": {"type": "'x'"}})
    batch = build("it", {"kind": "json", "verify": verify, "events": {"type": "'x'", "each": "@"}})
    headers = {"webhook-id": "msg_1"}
    assert single.parse(deliver(b"[1]", headers))[0].id == single.parse(deliver(b"[2]", headers))[0].id
    one, two = batch.parse(deliver(b"[1, 2]", headers))
    assert one.id != two.id
    assert one.id == batch.parse(deliver(b"[1]", headers))[0].id != batch.parse(deliver(b"[1]", {}))[0].id
    assert one.sender_id == "msg_1"


def test_a_meeting_is_read_with_its_domains() -> None:
    events = {
        "type": "'meeting.scheduled'",
        "meeting": {
            "id": "uid",
            "title": "topic",
            "start": "at",
            "organizer": {"email": "host"},
            "attendees": "guests",
        },
    }
    guests = ["Kim@Acme.example", {"email": "ann@ourco.example", "name": "Ann"}, {"email": "x@gmail.com"}]
    item = {"uid": "M1", "topic": "Kickoff", "at": 1790928000, "host": "ann@ourco.example", "guests": guests}
    event = read_one(item, events)
    assert event.problem is None
    assert event.meeting == {
        "id": "M1",
        "title": "Kickoff",
        "start": "2026-10-02T08:00:00.000Z",
        "end": "2026-10-02T08:00:00.000Z",
        "organizer": {"email": "ann@ourco.example"},
        "attendees": [
            {"email": "kim@acme.example"},
            {"email": "ann@ourco.example", "name": "Ann"},
            {"email": "x@gmail.com"},
        ],
        "domains": ["acme.example"],
    }


def test_a_function_that_does_not_fit_the_item_is_a_problem() -> None:
    assert "does not fit" in str(read_one({"n": 5}, {"type": "length(n)"}).problem)


def test_order_without_a_sequence_is_the_place_in_the_request() -> None:
    events = read({"items": [{"n": 1}, {"n": 2}]}, {"each": "items", "type": "'x'"})
    assert [event.sequence for event in events] == [0, 1]
    assert {event.occurred_at for event in events} == {NOW}


def test_a_sequence_that_is_no_number_leaves_the_order_of_the_request() -> None:
    items = [{**ITEM, "version": version} for version in ("seven", {"n": 7}, -1, 1.5)]
    events = read(items, {**EVENTS, "each": "@"})
    assert [event.problem for event in events] == [None] * 4
    assert [event.order[1] for event in events] == [0, 1, -1, 1]


@pytest.mark.parametrize(
    ("events", "path"),
    [
        ({"type": "]"}, ["type"]),
        ({"type": 5}, ["type"]),
        ({"tpye": "type"}, ["tpye"]),
        ({"deal": {"ammount": "a"}}, ["deal", "ammount"]),
        ({"deal": {"id": "(" * 900}}, ["deal", "id"]),
        ({"deal": {"id": "a" * 1001}}, ["deal", "id"]),
        ({"changes": 5}, ["changes"]),
        ({"changes": {"stage": {"from": 5}}}, ["changes", "stage"]),
        ({"changes": {"stage": "old"}}, ["changes", "stage"]),
        ({"changes": {"stage": {"fro": "old"}}}, ["changes", "stage", "fro"]),
    ],
)
def test_a_wrong_mapping_is_refused_where_it_stands(events: Mapping[str, Any], path: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        read({}, events)
    messages: Any = caught.value.messages
    for key in ["events", *path]:
        messages = messages[key]
    assert messages


def test_one_expression_can_give_all_changes() -> None:
    told = {"stage": {"from": "a", "to": "b"}, "amount": {"from": 1, "to": 1}, "name": None, "owner": {"to": 5}}
    event = read_one({"d": told}, {"type": "'x'", "changes": "d"})
    assert event.changes == {"stage": {"from": "a", "to": "b"}, "owner": {"to": 5}}


@pytest.mark.parametrize("changes", [[1], {"stage": "b"}])
def test_changes_of_another_shape_are_a_problem(changes: object) -> None:
    assert "changes" in str(read_one({"d": changes}, {"type": "'x'", "changes": "d"}).problem)


def test_a_meeting_needs_its_id_and_a_cancelled_one_says_so() -> None:
    events = {"type": "type", "meeting": {"id": "id"}}
    assert read_one({"type": "meeting.updated"}, events).problem == "meeting.id is missing: `id` finds nothing"
    cancelled = read_one({"type": "meeting.cancelled", "id": 1}, events)
    assert cancelled.meeting == {"id": "1", "status": "cancelled"}


def test_a_deal_without_a_mapping_says_what_to_do() -> None:
    assert read_one({"type": "deal.won"}, {}).problem == "deal.id is missing: map it under events.deal"


def test_with_an_id_header_the_delivery_id_counts() -> None:
    verify = {"scheme": "hmac", "secret": "s", "header": "X-S", "id_header": "X-Delivery", "signed": "{id}{body}"}
    source = build("it", {"kind": "json", "verify": verify})
    first, again = (source.parse(deliver(body, {"X-Delivery": "d1"}))[0] for body in (b"1", b"2"))
    assert first.id == again.id
    assert first.sender_id == "d1"
    empty, other = (source.parse(deliver(body, {"X-Delivery": ""}))[0] for body in (b"1", b"2"))
    assert empty.id != other.id


def test_the_type_of_a_sender_is_on_one_line() -> None:
    event = read_one({**ITEM, "type": "Order\tCompleted\r\n"}, {"type": "type"})
    assert event.type == "billing.Order Completed"
    assert read_one({**ITEM, "type": "\r\n\u2028"}, {"type": "type"}).problem == "type is missing"
