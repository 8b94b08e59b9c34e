"""Attio's notices are proven, told apart and ignored until something fetches what they are about."""

import json
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import BodyInvalid
from planhook.core.event import Event
from planhook.sources import build
from tests.sources.delivery import NOW, deliver, signed

ATTIO = build("attio", {"kind": "attio", "secret": "attio-webhook-secret-vendor-01"})
SAMPLE = Path(__file__).parent / "samples" / "attio" / "record-updated.json"
KEY = "0f6f2d38-9a63-4d6e-8a77-5e7a1b0c9d22"


def load() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(SAMPLE.read_bytes())
    return body


def read(body: object, key: str | None = KEY) -> tuple[Event, ...]:
    delivery = signed(ATTIO, json.dumps(body).encode(), {"Idempotency-Key": key} if key else {})
    ATTIO.verify(delivery)
    return ATTIO.parse(delivery)


def test_the_published_request_is_proven() -> None:
    body = json.dumps(load(), separators=(",", ":")).encode()
    signature = "779e56caa2efad58fbf0d19a46c473020f0fbe185ce7490cab219d2dffc937e0"
    ATTIO.verify(deliver(body, {"Attio-Signature": signature}))


def test_a_notice_ends_ignored_as_thin() -> None:
    (event,) = read(load())
    assert event.problem is None
    assert (event.types, event.ignored) == (("attio.record.updated",), "thin")
    assert event.payload == load()["events"][0]
    assert event.sender_id == KEY
    assert event.occurred_at == NOW


def test_the_idempotency_key_tells_retries_apart() -> None:
    (first,), (again,), (other,) = read(load()), read(load()), read(load(), "another")
    assert first.id == again.id != other.id


def test_each_event_of_one_request_is_its_own() -> None:
    body = load()
    body["events"] *= 2
    first, second = read(body)
    assert first.id != second.id
    assert (first.sequence, second.sequence) == (0, 1)


def test_without_a_key_the_words_of_the_event_tell_it_apart() -> None:
    (event,) = ATTIO.parse(deliver(json.dumps(load()).encode()))
    (again,) = ATTIO.parse(deliver(json.dumps(load()).encode()))
    assert event.id == again.id


def test_no_events_are_no_events() -> None:
    assert read({"events": []}) == ()


def test_one_bad_event_does_not_spoil_the_others() -> None:
    body = load()
    body["events"] += [5, {"event_type": ""}, {"event_type": "note.created", "id": 5}]
    assert [bool(event.problem) for event in read(body)] == [False, True, True, True]


@pytest.mark.parametrize("broken", [[], {}, {"events": {"a": 1}}])
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    (event,) = read(broken)
    assert event.problem


def test_more_events_than_a_request_may_hold_are_refused() -> None:
    with pytest.raises(BodyInvalid) as caught:
        read({"events": [{}] * 1001})
    assert caught.value.status == 413
