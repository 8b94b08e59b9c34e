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
        "status": "confirmed",
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
    ("occurrence_id", "is_known"), [("1781164800000", True), ("1", True), ("1", False)], ids=["named", "old", "neither"]
)
def test_an_instance_that_moves_stays_the_instance_of_its_first_start(occurrence_id: str, is_known: bool) -> None:
    moved = {"occurrence_id": occurrence_id, "start_time": "2026-06-11T10:00:00Z", "duration": 30}
    body = told("meeting.updated", occurrences=[moved])
    body["payload"]["operation"] = "single"
    if is_known:
        body["payload"]["old_object"] = {
            "id": 81375520946,
            "occurrences": [{**moved, "start_time": "2026-06-11T08:00:00Z"}],
        }
    meeting = dict(read(body).meeting or {})
    first = "080000" if is_known else "100000"
    assert (meeting["id"], meeting["start"]) == (f"81375520946_20260611T{first}Z", "2026-06-11T10:00:00.000Z")


def test_a_moved_instance_is_called_off_under_the_name_it_has() -> None:
    body = told(
        "meeting.deleted", occurrences=[{"occurrence_id": "1781164800000", "start_time": "2026-06-11T10:00:00Z"}]
    )
    body["payload"]["operation"] = "single"
    assert (read(body).meeting or {})["id"] == "81375520946_20260611T080000Z"


def test_a_series_starts_with_its_first_instance() -> None:
    starts = ("2026-06-10T08:00:00Z", "2026-06-17T08:00:00Z")
    occurrences = [{"occurrence_id": str(n), "start_time": start, "duration": 30} for n, start in enumerate(starts)]
    meeting = dict(read(told("meeting.created", start_time=None, duration=None, occurrences=occurrences)).meeting or {})
    assert (meeting["id"], meeting["start"]) == ("81375520946", "2026-06-10T08:00:00.000Z")
    assert meeting["end"] == "2026-06-10T08:30:00.000Z"


@pytest.mark.parametrize("duration", [0, None])
def test_a_meeting_without_a_length_ends_when_it_starts(duration: int | None) -> None:
    meeting = dict(read(told("meeting.created", duration=duration)).meeting or {})
    assert meeting["end"] == meeting["start"]


def test_an_end_that_is_told_counts() -> None:
    body = told("meeting.updated", start_time="2026-06-10T08:00:00Z", end_time="2026-06-10T09:00:00Z", duration=None)
    del body["payload"]["object"]["duration"]
    assert (read(body).meeting or {})["end"] == "2026-06-10T09:00:00.000Z"


def test_local_times_are_in_the_zone_beside_them() -> None:
    body = told("meeting.updated", start_time="2026-06-10T10:00:00")
    body["payload"]["old_object"] = {"start_time": "2026-06-10T09:00:00"}
    event = read(body)
    meeting = dict(event.meeting or {})
    assert (meeting["start"], meeting["end"]) == ("2026-06-10T08:00:00.000Z", "2026-06-10T08:45:00.000Z")
    assert event.changes["start"] == {"from": "2026-06-10T07:00:00.000Z", "to": "2026-06-10T08:00:00.000Z"}


def test_a_time_of_signature_is_in_seconds() -> None:
    delivery = signed(ZOOM, b"{}")
    seconds = delivery.headers["x-zm-request-timestamp"]
    text = f"v0:{seconds}000:".encode() + b"{}"
    forged = {
        "x-zm-request-timestamp": f"{seconds}000",
        "x-zm-signature": f"v0={hmac.digest(b'new', text, 'sha256').hex()}",
    }
    with pytest.raises(ProofInvalid):
        ZOOM.verify(deliver(b"{}", forged))


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
