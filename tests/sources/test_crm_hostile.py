"""Whatever reaches the sources of CRMs: a proof that fits or ProofInvalid, events or BodyInvalid."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event
from planhook.sources import Source, build
from tests.sources.delivery import deliver, signed
from tests.sources.test_hostile import VALUES, check_events

SAMPLES = Path(__file__).parent / "samples"
OPEN = {"scheme": "none", "allow_unverified": True}
SIGNED = {
    "stripe": build("it", {"kind": "stripe", "secret": "whsec_s3cret"}),
    "close": build("it", {"kind": "close", "secret": "00ff"}),
    "attio": build("it", {"kind": "attio", "secret": "s3cret"}),
}
SOURCES: dict[str, Source] = {
    **SIGNED,
    "zoho": build("it", {"kind": "zoho", "token": "vendor-channel-token-01"}),
    "dataverse": build("it", {"kind": "dataverse", "token": "t0ken"}),
    "cloudevents": build("it", {"kind": "cloudevents", "verify": OPEN}),
    "salesforce": build("it", {"kind": "salesforce", "organization_id": "00D5g00000LqXzAEAV"}),
}
JSON_KINDS = [name for name in SOURCES if name not in ("salesforce", "cloudevents")]
BODIES = [(name, json.loads(path.read_bytes())) for name in JSON_KINDS for path in sorted((SAMPLES / name).iterdir())]
BODY = b'{"id": "evt_1", "type": "invoice.paid"}'
HEADERS = ["stripe-signature", "close-sig-hash", "close-sig-timestamp", "attio-signature", "authorization", "x-key"]


@st.composite
def damaged_samples(draw: st.DrawFn) -> tuple[str, Any]:
    """A genuine body with one value, at any place, replaced."""
    name, body = draw(st.sampled_from(BODIES))
    part = body = json.loads(json.dumps(body))
    while True:
        keys = sorted(part) if isinstance(part, dict) else list(range(len(part)))
        if not keys:
            return name, body
        key = draw(st.sampled_from(keys))
        if not isinstance(part[key], dict | list) or draw(st.booleans()):
            part[key] = draw(VALUES)
            return name, body
        part = part[key]


@given(damaged_samples())
def test_a_damaged_sample_becomes_events_that_can_be_stored(sample: tuple[str, Any]) -> None:
    name, body = sample
    check_events(SOURCES[name], json.dumps(body).encode())


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@given(body=VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
def test_any_bytes_become_events_or_are_refused(source: Source, body: bytes) -> None:
    check_events(source, body)


@pytest.mark.parametrize("name", ["stripe", "close", "attio", "zoho", "dataverse", "salesforce"])
@given(
    headers=st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=40) | st.just("t=1790953200,v1=00")),
    body=st.binary(max_size=40) | st.just(BODY),
)
def test_any_headers_and_body_are_a_wrong_proof_and_nothing_worse(
    name: str, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises((ProofInvalid, BodyInvalid)):
        SOURCES[name].verify(deliver(body, headers))


@pytest.mark.parametrize("name", SIGNED)
@given(position=st.integers(0, len(BODY) - 1), change=st.integers(1, 255))
def test_changing_any_byte_of_the_body_is_noticed(name: str, position: int, change: int) -> None:
    delivery = signed(SIGNED[name], BODY)
    changed = bytearray(BODY)
    changed[position] ^= change
    with pytest.raises(ProofInvalid):
        SIGNED[name].verify(deliver(bytes(changed), delivery.headers))


@pytest.mark.parametrize("name", SIGNED)
@given(data=st.data())
def test_changing_any_character_of_a_proving_header_is_noticed(name: str, data: st.DataObject) -> None:
    delivery = signed(SIGNED[name], BODY)
    header = data.draw(st.sampled_from([each for each in sorted(delivery.headers) if each != "idempotency-key"]))
    value = delivery.headers[header]
    position = data.draw(st.integers(0, len(value) - 1))
    character = data.draw(st.characters(max_codepoint=255).filter(lambda each: each.lower() != value[position].lower()))
    changed = deliver(BODY, {**delivery.headers, header: value[:position] + character + value[position + 1 :]})
    with pytest.raises(ProofInvalid):
        SIGNED[name].verify(changed)


@pytest.mark.parametrize(("seconds", "name"), [(301, "stripe"), (-301, "stripe"), (301, "close"), (-301, "close")])
def test_the_clock_may_differ_by_five_minutes_on_both_sides(seconds: int, name: str) -> None:
    delivery = signed(SIGNED[name], BODY)
    SIGNED[name].verify(
        deliver(BODY, delivery.headers, now=delivery.received_at + timedelta(seconds=seconds - seconds // abs(seconds)))
    )
    with pytest.raises(ProofInvalid, match="stale"):
        SIGNED[name].verify(deliver(BODY, delivery.headers, now=delivery.received_at + timedelta(seconds=seconds)))


def _many(count: int) -> list[str]:
    return [str(number) for number in range(count)]


HOSTILE: dict[str, Callable[[], Any]] = {
    "stripe": lambda: {
        "id": "evt_1",
        "type": "customer.subscription.updated",
        "created": 1772442860,
        "data": {
            "object": {
                "object": "subscription",
                "id": "s",
                "items": {"data": [{"price": {"unit_amount": 9**99}}] * 3000},
            },
            "previous_attributes": dict.fromkeys(_many(40_000), 1),
        },
    },
    "close": lambda: {
        "event": {
            "id": "ev_1",
            "object_type": "opportunity",
            "object_id": "o",
            "action": "updated",
            "date_created": "2026-03-04T15:40:03",
            "data": {"status_type": "won"},
            "previous_data": dict.fromkeys(_many(60_000), 1),
        }
    },
    "attio": lambda: {"events": [{"event_type": "record.updated", "id": {}, "more": "x" * 900}] * 1000},
    "zoho": lambda: {
        "module": "Deals",
        "operation": "update",
        "server_time": 1772638804120,
        "token": "vendor-channel-token-01",
        "ids": _many(1000),
        "affected_values": [{"record_id": each, "values": {"Stage": "x", "f": "y" * 800}} for each in _many(1000)],
    },
    "dataverse": lambda: {
        "MessageName": "Update",
        "PrimaryEntityName": "opportunity",
        "PrimaryEntityId": "o",
        "OperationCreatedOn": "/Date(1772638804000)/",
        "InputParameters": [
            {"key": "Target", "value": {"Attributes": [{"key": each, "value": {"Value": 1}} for each in _many(22_000)]}}
        ],
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_costs_less_than_a_second(name: str) -> None:
    body = json.dumps(HOSTILE[name]()).encode()
    assert 500_000 < len(body) < 2**20
    started = time.process_time()
    events = SOURCES[name].parse(deliver(body))
    assert time.process_time() - started < 1
    assert all(event.problem is None for event in events)
    assert sum(len(json.dumps(event.to_json())) for event in events) < 8 * 2**20
    assert Event.from_json(events[0].to_json()) == events[0]
