"""Zoom: meetings, and the proof that the address is ours."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event
from planhook.sources import build
from tests.sources.delivery import deliver, signed

SAMPLES = Path(__file__).parent / "samples" / "zoom"
ZOOM = build("zm", {"kind": "zoom", "secret": ["new", "old"]})
OLD_ONLY = build("zm", {"kind": "zoom", "secret": "old"})
VALIDATION = (SAMPLES / "endpoint-url-validation.json").read_bytes()


def load() -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / "meeting-created.json").read_bytes())
    return body


def read(body: object) -> Event:
    delivery = signed(ZOOM, json.dumps(body).encode())
    ZOOM.verify(delivery)
    assert ZOOM.handshake(delivery) is None
    (event,) = ZOOM.parse(delivery)
    return event


def told(event: str, **object_: object) -> dict[str, Any]:
    body = load()
    return {**body, "event": event, "payload": {**body["payload"], "object": {**body["payload"]["object"], **object_}}}


def test_a_meeting_has_the_fields_all_rules_share() -> None:
    event = read(load())
    assert event.type == "meeting.scheduled"
    assert event.meeting == {
        "id": "81375520946",
        "title": "Success review – Harbor Labs",
        "start": "2026-06-10T08:00:00.000Z",
        "end": "2026-06-10T08:45:00.000Z",
        "timezone": "Europe/Stockholm",
        "url": "https://zoom.us/j/81375520946",
    }
    assert event.order == (1780300863123, 0)


def test_secrets_of_a_meeting_are_not_kept() -> None:
    body = told("meeting.created", password="hunter2", start_url="https://zoom.us/s/1?zak=hunter2")
    body["payload"]["object"]["settings"] = {"encrypted_password": "hunter2"}
    assert "hunter2" not in json.dumps(read(body).to_json())


def test_a_changed_meeting_holds_what_changed() -> None:
    body = load()
    body["event"] = "meeting.updated"
    body["payload"]["object"] = {"id": 81375520946, "start_time": "2026-06-11T08:00:00Z"}
    body["payload"]["old_object"] = {"id": 81375520946, "start_time": "2026-06-10T08:00:00Z"}
    event = read(body)
    assert event.type == "meeting.updated"
    assert event.meeting == {"id": "81375520946", "start": "2026-06-11T08:00:00.000Z"}
    assert event.changes == {"start": {"from": "2026-06-10T08:00:00.000Z", "to": "2026-06-11T08:00:00.000Z"}}


@pytest.mark.parametrize(
    ("said", "event_type", "status"),
    [
        ("meeting.deleted", "meeting.cancelled", "cancelled"),
        ("meeting.ended", "meeting.ended", None),
        ("meeting.started", "zm.meeting.started", None),
        ("user.created", "zm.user.created", None),
    ],
)
def test_other_events_have_their_types(said: str, event_type: str, status: str | None) -> None:
    event = read(told(said))
    assert (event.type, (event.meeting or {}).get("status")) == (event_type, status)


def test_one_instance_of_a_series_is_a_meeting_of_its_own() -> None:
    instance = {"occurrence_id": "1781164800000", "start_time": "2026-06-11T08:00:00Z", "duration": 30}
    meeting = dict(read(told("meeting.deleted", occurrences=[instance])).meeting or {})
    assert (meeting["id"], meeting["end"]) == ("81375520946_20260611T080000Z", "2026-06-11T08:30:00.000Z")


@pytest.mark.parametrize(
    "broken",
    [5, {}, {"event": "meeting.created"}, told("meeting.created", id=None), told("meeting.created", duration="x")],
)
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    assert read(broken).problem


def test_the_address_is_validated_with_the_secret_that_signed() -> None:
    for source, secret in ((ZOOM, b"new"), (OLD_ONLY, b"old")):
        reply = ZOOM.handshake(signed(source, VALIDATION))
        assert reply is not None
        assert (reply.status, reply.media_type) == (200, "application/json")
        assert json.loads(reply.body) == {
            "plainToken": "Wm4tQe81LxPz0RkVd72nHg",
            "encryptedToken": hmac.new(secret, b"Wm4tQe81LxPz0RkVd72nHg", hashlib.sha256).hexdigest(),
        }


def test_an_unsigned_validation_is_not_answered() -> None:
    with pytest.raises(ProofInvalid):
        ZOOM.handshake(deliver(VALIDATION))


def test_the_answer_never_serves_as_a_signature() -> None:
    forged = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": "v0:1790953200:{}"}})
    with pytest.raises(BodyInvalid):
        ZOOM.handshake(signed(ZOOM, forged.encode()))


def test_a_meeting_that_names_the_validation_is_a_delivery() -> None:
    assert read(told("meeting.created", topic="endpoint.url_validation")).type == "meeting.scheduled"
