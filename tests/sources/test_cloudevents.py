"""CloudEvents in all three modes, and the handshake."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event, iso
from planhook.sources import Source, build
from planhook.sources.source import Reply
from tests.sources.delivery import NOW, URL, deliver, signed

SAMPLES = Path(__file__).parent / "samples" / "cloudevents"
BEARER = {"scheme": "bearer", "token": "6f1d0c2b9a8e7f5d"}
PLAIN: dict[str, Any] = {"kind": "cloudevents", "verify": BEARER}
MAPPED: dict[str, Any] = {
    **PLAIN,
    "allowed_origins": "eventemitter.vendor.example",
    "won_stages": "won",
    "lost_stages": "lost",
    "events": {
        "type": "ends_with(type, '.deleted.v1') && 'deal.deleted' || 'deal.updated'",
        "deal": {"id": "data.dealId", "stage": "data.stage", "amount": "data.amount", "currency": "data.currency"},
        "changes": {"amount": {"from": "data.previousAmount", "to": "data.amount"}},
    },
}
SOURCE = build("ce", MAPPED)
STRUCTURED = "application/cloudevents+json; charset=utf-8"
BATCHED = "application/cloudevents-batch+json"
BINARY = {"Content-Type": "application/json", "ce-specversion": "1.0", "ce-type": "t", "ce-source": "/s", "ce-id": "1"}


def load(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_bytes())


def send(body: bytes, headers: Mapping[str, str], source: Source = SOURCE) -> tuple[Event, ...]:
    delivery = signed(source, body, headers)
    source.verify(delivery)
    assert source.accepts(delivery.headers.get("content-type"))
    return source.parse(delivery)


def structured(body: object, source: Source = SOURCE) -> Event:
    (event,) = send(json.dumps(body).encode(), {"Content-Type": STRUCTURED}, source)
    return event


def binary(headers: Mapping[str, str], body: bytes = b"{}", source: Source = SOURCE) -> Event:
    (event,) = send(body, {**BINARY, **headers}, source)
    return event


def test_a_structured_event() -> None:
    body = load("structured-deal-won")
    event = structured(body)
    assert event.problem is None
    assert event.types == ("deal.won", "deal.updated")
    assert event.deal == {"id": "7Yk2", "stage": "won", "amount": 52000, "currency": "EUR", "status": "won"}
    assert event.sender_id == "c5f0a9b2-0003"
    assert iso(event.occurred_at) == "2026-03-04T15:40:03.874Z"
    assert event.order == (1772638803874, 3)
    assert event.payload == body


def test_without_a_mapping_the_type_is_the_senders() -> None:
    event = structured(load("structured-deal-created"), build("ce", PLAIN))
    assert event.types == ("ce.com.vendor.crm.deal.created.v1",)
    assert event.deal is None
    assert event.payload["data"]["name"] == "Nordlys Robotics fleet licence"


def test_a_binary_event_is_shown_as_the_same_envelope() -> None:
    (event,) = send(
        (SAMPLES / "binary-deal-amount-changed.body.json").read_bytes(), load("binary-deal-amount-changed.headers")
    )
    assert event.type == "deal.updated"
    assert event.changes == {"amount": {"from": 48000, "to": 52000}}
    assert event.payload == {
        "specversion": "1.0",
        "type": "com.vendor.crm.deal.amount_changed.v1",
        "source": "https://crm.vendor.example/tenants/501",
        "subject": "deals/7Yk2",
        "id": "c5f0a9b2-0002",
        "time": "2026-03-04T11:00:00.415Z",
        "dealname": "Nordlys Robotics € fleet",
        "datacontenttype": "application/json; charset=utf-8",
        "data": {"dealId": "7Yk2", "amount": 52000, "previousAmount": 48000, "currency": "EUR"},
    }


def test_a_batch_is_many_events_and_knows_those_sent_alone() -> None:
    batch = load("batched-deals")
    lost, deleted, won = send(json.dumps(batch).encode(), {"Content-Type": BATCHED})
    assert [event.type for event in (lost, deleted, won)] == ["deal.lost", "deal.deleted", "deal.won"]
    assert [event.payload for event in (lost, deleted, won)] == batch
    assert [event.sequence for event in (lost, deleted, won)] == [0, 1, 2]
    assert won.id == structured(load("structured-deal-won")).id


def test_an_empty_batch_is_no_events() -> None:
    assert send(b"[]", {"Content-Type": BATCHED.upper()}) == ()


def test_data_in_base64_is_read_where_it_is_json() -> None:
    body = load("structured-data-base64")
    event = structured(body, build("ce", PLAIN))
    assert event.payload == body | {"data": {"dealId": "7Yk2", "note": "kick-off booked"}}
    picture = body | {"datacontenttype": "image/png"}
    assert structured(picture, build("ce", PLAIN)).payload == picture


def test_binary_data_that_is_no_json_is_kept_in_base64() -> None:
    event = binary({"Content-Type": "image/png"}, b"\x89PNG", build("ce", PLAIN))
    assert event.payload["data_base64"] == base64.b64encode(b"\x89PNG").decode()
    assert "data" not in binary({}, b"", build("ce", PLAIN)).payload


def test_source_and_id_tell_events_apart() -> None:
    first = binary({"ce-subject": "a"})
    assert binary({"ce-subject": "b"}).id == first.id
    assert binary({"ce-id": "2"}).id != first.id
    assert binary({"ce-source": "/other"}).id != first.id
    assert binary({"ce-id": "s", "ce-source": "/1"}).id != binary({"ce-id": "1", "ce-source": "/s"}).id


def test_the_owner_may_map_id_time_and_sequence() -> None:
    events = {"id": "data.n", "occurred_at": "data.t", "sequence": "data.s"}
    event = structured(
        {**load("structured-deal-won"), "data": {"n": "own", "t": 1772638800, "s": 9}},
        build("ce", PLAIN | {"events": events}),
    )
    assert (event.sender_id, event.order) == ("own", (1772638800000, 9))


def test_without_a_time_the_receipt_counts() -> None:
    assert binary({}).occurred_at == NOW
    assert structured(load("structured-deal-won") | {"time": None}).occurred_at == NOW


@pytest.mark.parametrize(
    ("told", "sequence"), [("0007", 7), (12, 12), ("abc", 0), ("", 0), (None, 0), ([], 0), ("nan", 0)]
)
def test_a_sequence_that_is_no_number_leaves_the_order_of_the_request(told: object, sequence: int) -> None:
    event = structured(load("structured-deal-won") | {"sequence": told})
    assert (event.problem, event.sequence, event.order[1]) == (None, sequence, sequence)


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Euro%20%E2%82%AC", "Euro €"),
        ('"a \\"b\\" \\\\c"', 'a "b" \\c'),
        ("100%25", "100%"),
        ("%2520", "%20"),
        ("50%", "50%"),
        ("\u00c3\u00a5", "å"),
        ('"', '"'),
    ],
)
def test_headers_are_percent_decoded_once(header: str, text: str) -> None:
    assert binary({"ce-name": header}).payload["name"] == text


@pytest.mark.parametrize("header", ["%C0%A0", "%FF", "\u00ff", "%00"])
def test_headers_that_are_no_text_are_refused(header: str) -> None:
    with pytest.raises(BodyInvalid):
        binary({"ce-name": header})


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {"Content-Type": BATCHED}),
        (b"{", {"Content-Type": STRUCTURED}),
        ("{}".encode("utf-16"), {"Content-Type": "application/cloudevents+json; charset=utf-16"}),
        (b"{}", {"Content-Type": "application/json"}),
        (b"{}", {}),
        (b"{", BINARY),
        (b"", {"Content-Type": STRUCTURED}),
    ],
)
def test_what_is_no_event_is_refused(body: bytes, headers: Mapping[str, str]) -> None:
    with pytest.raises(BodyInvalid) as caught:
        send(body, headers)
    assert caught.value.status == 400


def test_more_events_than_a_request_may_hold_are_refused() -> None:
    with pytest.raises(BodyInvalid) as caught:
        send(json.dumps([{}] * 1001).encode(), {"Content-Type": BATCHED})
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "broken",
    [
        5,
        [],
        {},
        {"specversion": "0.3"},
        {"id": ""},
        {"id": 5},
        {"source": None},
        {"type": ["t"]},
        {"time": "soon"},
        {"data_base64": "e30=", "data": {}},
        {"data_base64": "*", "data": None},
        {"data_base64": {}, "data": None},
        {"data_base64": "ew==", "data": None},
    ],
)
def test_a_broken_envelope_is_a_dead_event_and_spoils_no_other(broken: object) -> None:
    genuine = load("structured-deal-won")
    spoilt = genuine | broken if isinstance(broken, dict) and broken else broken
    dead, alive = send(json.dumps([spoilt, genuine]).encode(), {"Content-Type": BATCHED})
    assert dead.problem
    assert dead.payload == spoilt
    assert alive.problem is None


@pytest.mark.parametrize(
    ("content_type", "accepted"),
    [
        ("application/cloudevents+xml", False),
        ("application/cloudevents-batch+avro", False),
        ("APPLICATION/CloudEvents+JSON", True),
        ("application/cloudevents", True),
        ("image/png", True),
        (None, True),
    ],
)
def test_only_the_json_format_of_whole_events_is_taken(content_type: str | None, accepted: bool) -> None:
    assert SOURCE.accepts(content_type) is accepted


@given(
    headers=st.dictionaries(
        st.sampled_from(["ce-id", "ce-time", "ce-sequence", "ce-x", "content-type"]),
        st.text(st.characters(max_codepoint=255)),
    ),
    body=st.binary(max_size=30),
)
def test_any_binary_event_is_read_or_refused(headers: dict[str, str], body: bytes) -> None:
    try:
        events = SOURCE.parse(deliver(body, BINARY | headers))
    except BodyInvalid:
        return
    for event in events:
        assert Event.from_json(json.loads(json.dumps(event.to_json(), allow_nan=False).encode())) == event


# The handshake


def ask(headers: Mapping[str, str], **keys: object) -> Reply | None:
    return build("ce", {**PLAIN, **keys}).handshake(deliver(b"", headers, method="OPTIONS"))


def test_an_allowed_origin_gets_consent() -> None:
    asked = {
        "WebHook-Request-Origin": "EventEmitter.vendor.example",
        "WebHook-Request-Callback": "https://eventemitter.vendor.example/confirm?id=1",
        "WebHook-Request-Rate": "120",
    }
    reply = ask(asked, allowed_origins=["other.example", "eventemitter.vendor.example"])
    assert reply is not None
    assert reply.status == 200
    assert reply.headers == {
        "Allow": "POST",
        "WebHook-Allowed-Origin": "EventEmitter.vendor.example",
        "WebHook-Allowed-Rate": "*",
    }


def test_a_rate_is_granted_only_where_one_was_asked_for() -> None:
    reply = ask({"WebHook-Request-Origin": "a.example"}, allowed_origins="*")
    assert reply is not None
    assert reply.headers == {"Allow": "POST", "WebHook-Allowed-Origin": "a.example"}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, ["a.example"]),
        (None, ["*"]),
        ("", ["*"]),
        ("*", ["*"]),
        ("*", ["a.example"]),
        ("b.example", ["a.example"]),
        ("a.example.b.example", ["a.example"]),
        ("a.example\r\nX: y", ["*"]),
        ("a" * 300, ["*"]),
        ("a.example", []),
    ],
)
def test_any_other_origin_gets_none(origin: str | None, allowed: list[str]) -> None:
    with pytest.raises(ProofInvalid):
        ask({} if origin is None else {"WebHook-Request-Origin": origin}, allowed_origins=allowed)


def test_a_delivery_is_no_handshake() -> None:
    assert SOURCE.handshake(deliver(b"", {"WebHook-Request-Origin": "eventemitter.vendor.example"})) is None
    assert SOURCE.methods == ("POST", "OPTIONS")


def test_a_bearer_token_may_come_in_the_query() -> None:
    token = BEARER["token"]
    SOURCE.verify(deliver(b"", url=f"{URL}?a=b&access_token={token}"))
    for query, headers in (
        (f"?access_token={token}x", {}),
        (f"?token={token}", {}),
        ("?access_token=", {}),
        (f"?access_token={token}", {"Authorization": "Bearer wrong"}),
    ):
        with pytest.raises(ProofInvalid):
            SOURCE.verify(deliver(b"", headers, url=URL + query))


def test_each_is_no_key_because_an_envelope_is_one_item() -> None:
    with pytest.raises(ValidationError, match="each"):
        build("ce", PLAIN | {"events": {"each": "data"}})
