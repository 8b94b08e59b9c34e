"""Calendly: bookings, moves, cancellations and no-shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from planhook.core.event import Event, iso
from planhook.core.rule import Calendar
from planhook.sources import build
from tests.sources.delivery import signed

SAMPLES = Path(__file__).parent / "samples" / "calendly"
CALENDAR = Calendar(internal_domains=frozenset({"ourco.example"}))
CALENDLY = build("cal", {"kind": "calendly", "secret": ["new", "old"]}, CALENDAR)
EVENTS = "https://api.calendly.com/scheduled_events"
FIRST, SECOND = f"{EVENTS}/b1c2d3e4-f506-4718-8293-a4b5c6d7e8f9", f"{EVENTS}/c2d3e4f5-0617-4829-93a4-b5c6d7e8f90a"


def load(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return body


def read(body: object) -> Event:
    delivery = signed(CALENDLY, json.dumps(body).encode())
    CALENDLY.verify(delivery)
    (event,) = CALENDLY.parse(delivery)
    return event


@pytest.mark.parametrize(
    ("name", "event_type", "meeting"),
    [
        ("invitee-created", "meeting.scheduled", FIRST),
        ("invitee-canceled", "meeting.cancelled", None),
        ("reschedule-1-invitee-canceled", "meeting.cancelled", FIRST),
        ("reschedule-2-invitee-created", "meeting.scheduled", SECOND),
        ("invitee-no-show-created", "meeting.no_show", SECOND),
    ],
)
def test_each_sample_has_its_type(name: str, event_type: str, meeting: str | None) -> None:
    event = read(load(name))
    assert (event.type, event.problem, event.ignored) == (event_type, None, None)
    assert event.meeting is not None
    assert meeting in (None, event.meeting["id"])


def test_a_booking_has_the_fields_all_rules_share() -> None:
    event = read(load("invitee-created"))
    assert event.meeting == {
        "id": FIRST,
        "title": "Success review (30 min)",
        "start": "2026-05-12T07:00:00.000Z",
        "end": "2026-05-12T07:30:00.000Z",
        "timezone": "Europe/Stockholm",
        "status": "confirmed",
        "url": f"https://calendly.com/events/{FIRST.rpartition('/')[2]}/google_meet",
        "organizer": {"email": "mara.lindqvist@ourco.example", "name": "Mara Lindqvist"},
        "attendees": [
            {"email": "tomas.reyes@northgate-cycles.example", "name": "Tomas Reyes", "response": "accepted"},
            {"email": "ana.kovac@northgate-cycles.example"},
        ],
        "domains": ["northgate-cycles.example"],
    }
    assert iso(event.occurred_at) == "2026-05-04T09:30:00.115Z"


def test_a_moved_booking_is_two_meetings_that_name_each_other() -> None:
    old = dict(read(load("reschedule-1-invitee-canceled")).meeting or {})
    new = dict(read(load("reschedule-2-invitee-created")).meeting or {})
    assert (old["status"], new["status"]) == ("cancelled", "confirmed")
    assert (old["replaced_by"], new["replaces"]) == (new["id"], old["id"])
    assert new["start"] == "2026-05-13T12:00:00.000Z"


def test_a_group_event_goes_on_without_one_invitee() -> None:
    body = load("invitee-canceled")
    body["payload"]["scheduled_event"] |= {"status": "active", "invitees_counter": {"active": 3}}
    event = read(body)
    assert (event.type, event.ignored) == ("cal.invitee.canceled", "uninvited")
    body["payload"]["scheduled_event"]["invitees_counter"]["active"] = 0
    assert read(body).type == "meeting.cancelled"


def test_a_no_show_that_is_taken_back_is_a_change() -> None:
    assert read({**load("invitee-no-show-created"), "event": "invitee_no_show.deleted"}).type == "meeting.updated"


def test_a_routing_form_is_no_meeting() -> None:
    event = read(load("routing-form-submission-created"))
    assert (event.type, event.meeting) == ("cal.routing_form_submission.created", None)


def test_a_retry_is_the_same_event() -> None:
    body = load("invitee-created")
    first = read(body)
    body["payload"]["tracking"]["utm_source"] = "x"
    assert read(body).id == first.id
    assert read(load("invitee-canceled")).id != first.id


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {},
        {"event": "invitee.created", "created_at": "2026-05-04T09:30:00Z", "payload": {"uri": "u"}},
        {**load("invitee-created"), "payload": []},
        {**load("invitee-created"), "created_at": "yesterday"},
        {"event": "x" * 101, "payload": {"uri": "u"}},
    ],
)
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    event = read(broken)
    assert event.problem
    assert event.payload == broken
