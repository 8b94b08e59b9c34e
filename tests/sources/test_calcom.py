"""Cal.com: bookings, moves in one request, and triggers that the clock fires."""

import json
from pathlib import Path
from typing import Any

import pytest

from planhook.core.event import Event, iso
from planhook.core.rule import Calendar
from planhook.sources import build
from tests.sources.delivery import deliver, signed

SAMPLES = Path(__file__).parent / "samples" / "calcom"
CALENDAR = Calendar(internal_domains=frozenset({"ourco.example"}))
CALCOM = build("cal", {"kind": "calcom", "secret": "s"}, CALENDAR)
OLD, NEW = "hT7mQ2vB9xKc4LpR8sWz1Y", "nB3kV6yD0zFe5JqS9tXa2Z"


def load(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return body


def read_all(body: object) -> tuple[Event, ...]:
    delivery = signed(CALCOM, json.dumps(body).encode())
    CALCOM.verify(delivery)
    return CALCOM.parse(delivery)


def read(body: object) -> Event:
    (event,) = read_all(body)
    return event


@pytest.mark.parametrize(
    ("name", "event_type", "uid"),
    [
        ("booking-created", "meeting.scheduled", OLD),
        ("booking-cancelled", "meeting.cancelled", NEW),
        ("meeting-ended-flat", "meeting.ended", NEW),
        ("booking-no-show-updated", "meeting.no_show", NEW),
    ],
)
def test_each_sample_has_its_type(name: str, event_type: str, uid: str) -> None:
    event = read(load(name))
    assert (event.type, event.problem, event.ignored) == (event_type, None, None)
    assert event.meeting is not None
    assert event.meeting["id"] == uid


def test_a_booking_has_the_fields_all_rules_share() -> None:
    event = read(load("booking-created"))
    assert event.meeting is not None
    assert event.meeting["organizer"] == {"email": "mara.lindqvist@ourco.example", "name": "Mara Lindqvist"}
    assert event.meeting["attendees"] == [{"email": "ines@harbor-labs.example", "name": "Ines Okafor"}]
    assert event.meeting["domains"] == ["harbor-labs.example"]
    assert event.meeting["status"] == "confirmed"
    assert str(event.meeting["url"]).startswith("https://app.cal.com/video/")
    assert "location" not in event.meeting


def test_a_moved_booking_is_two_meetings_that_name_each_other() -> None:
    cancelled, scheduled = read_all(load("booking-rescheduled"))
    assert (cancelled.type, scheduled.type) == ("meeting.cancelled", "meeting.scheduled")
    old, new = dict(cancelled.meeting or {}), dict(scheduled.meeting or {})
    assert (old["id"], old["replaced_by"], old["status"]) == (OLD, NEW, "cancelled")
    assert (new["id"], new["replaces"]) == (NEW, OLD)
    assert (old["start"], new["start"]) == ("2026-05-12T07:00:00.000Z", "2026-05-13T12:00:00.000Z")
    assert cancelled.id != scheduled.id
    assert cancelled.order == scheduled.order


def test_what_the_clock_fires_happened_at_its_time_not_when_the_booking_was_made() -> None:
    assert iso(read(load("meeting-ended-flat")).occurred_at) == "2026-05-13T12:30:00.000Z"
    body = load("meeting-ended-flat")
    wrapped = {"triggerEvent": "MEETING_ENDED", "createdAt": body["createdAt"], "payload": body}
    assert read(wrapped).order == read(body).order


def test_a_no_show_can_be_taken_back() -> None:
    body = load("booking-no-show-updated")
    body["payload"]["attendees"][0]["noShow"] = False
    assert read(body).type == "meeting.updated"


def test_local_times_are_in_the_organiser_s_zone() -> None:
    body = load("booking-created")
    zone = body["payload"]["organizer"]["timeZone"]
    assert zone == "Europe/Stockholm"
    body["payload"] |= {"startTime": "2026-05-12T09:00:00", "endTime": "2026-05-12T09:30:00"}
    meeting = dict(read(body).meeting or {})
    assert (meeting["start"], meeting["end"]) == ("2026-05-12T07:00:00.000Z", "2026-05-12T07:30:00.000Z")


def test_a_test_of_the_address_is_ignored() -> None:
    event = read(load("ping"))
    assert (event.type, event.ignored, event.meeting) == ("cal.PING", "test", None)


def test_a_request_for_a_booking_is_no_meeting_yet() -> None:
    event = read({**load("booking-created"), "triggerEvent": "BOOKING_REQUESTED"})
    assert (event.type, event.meeting, event.ignored) == ("cal.BOOKING_REQUESTED", None, None)


def test_a_rejected_booking_is_a_cancelled_meeting() -> None:
    event = read({**load("booking-created"), "triggerEvent": "BOOKING_REJECTED"})
    assert (event.type, (event.meeting or {})["status"]) == ("meeting.cancelled", "cancelled")


def test_a_form_of_the_owner_s_own_making_is_not_taken() -> None:
    assert not CALCOM.accepts("application/x-www-form-urlencoded")


@pytest.mark.parametrize(("told", "sequence"), [(3, 3), ("x", 0), (None, 0)])
def test_an_odd_sequence_costs_no_booking(told: object, sequence: int) -> None:
    booking = load("booking-created")
    event = read({**booking, "payload": {**booking["payload"], "iCalSequence": told}})
    assert (event.problem, event.order[1]) == (None, sequence)


def test_the_same_body_is_the_same_event() -> None:
    assert read(load("booking-created")).id == read(load("booking-created")).id
    assert CALCOM.parse(deliver(json.dumps(load("booking-created")).encode()))[0].id == read(load("booking-created")).id


@pytest.mark.parametrize(
    "broken",
    [
        5,
        {},
        {"triggerEvent": "BOOKING_CREATED", "createdAt": "2026-05-04T09:30:00Z", "payload": {"title": "x"}},
        {**load("booking-created"), "payload": 5},
        {**load("booking-created"), "createdAt": []},
        {**load("meeting-ended-flat"), "endTime": None},
        {**load("booking-no-show-updated"), "payload": {"attendees": ["x"], "bookingUid": "u"}},
    ],
)
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    event = read(broken)
    assert event.problem
    assert event.payload == broken
