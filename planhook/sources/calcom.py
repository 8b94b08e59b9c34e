"""Cal.com webhooks. A moved booking comes in one request and is two meetings: the old one and the new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json, values
from planhook.sources.meeting import read_meeting
from planhook.sources.member import moment_at, name_at, object_at, objects_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.signature import HmacProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import JsonSource, Kind, digest, unusable
from planhook.sources.telling import BOOKINGS

_TYPES = {
    "BOOKING_CREATED": "meeting.scheduled",
    "BOOKING_RESCHEDULED": "meeting.scheduled",
    "BOOKING_CANCELLED": "meeting.cancelled",
    "BOOKING_REJECTED": "meeting.cancelled",
    "BOOKING_LOCATION_UPDATED": "meeting.updated",
    "BOOKING_REASSIGNED": "meeting.updated",
    "MEETING_ENDED": "meeting.ended",
}
_STATUSES = {"accepted": "confirmed", "pending": "tentative", "cancelled": "cancelled", "rejected": "cancelled"}
# Fired by the clock; what they call createdAt is when the booking was made.
_CLOCK = {"MEETING_STARTED": "startTime", "MEETING_ENDED": "endTime"}


@dataclass(frozen=True)
class CalComSource(JsonSource):
    """A `calcom` source."""

    internal_domains: frozenset[str]

    kind = "calcom"
    telling = BOOKINGS

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        try:
            stories = self._stories(values.mapping(body))
        except ValueError as error:
            return (unusable(self.name, delivery, body, 0, str(error)),)
        return tuple(self._event(story, body, delivery) for story in stories)

    def _event(self, story: "_Story", body: JSON, delivery: Delivery) -> Event:
        return new_event(
            self.name,
            delivery,
            identity=digest([body, story.type]),
            types=(story.type,),
            occurred_at=story.told_at,
            sequence=story.sequence,
            sender_id=str(story.meeting["id"]) if story.meeting else None,
            meeting=story.meeting,
            payload=body,
            ignored=story.ignored,
        )

    def _stories(self, body: Mapping[str, JSON]) -> tuple["_Story", ...]:
        trigger = name_at(body, "triggerEvent")
        booking = object_at(body, "payload") or body
        sequence = values.sequence(booking.get("iCalSequence"), position=0)
        tell = partial(_Story, _told_at(trigger, body, booking), sequence)
        if trigger == "BOOKING_NO_SHOW_UPDATED":
            return (tell(*self._no_show(booking)),)
        if trigger not in _TYPES:
            return (tell(f"{self.name}.{trigger}", meeting=None, ignored="test" if trigger == "PING" else None),)
        meeting = self._meeting(trigger, booking)
        old = meeting.get("replaces")
        if trigger != "BOOKING_RESCHEDULED" or not old or old == meeting["id"]:
            return (tell(_TYPES[trigger], meeting),)
        replaced = self._read(
            {
                "id": old,
                "title": booking.get("title"),
                "start": booking.get("rescheduleStartTime"),
                "end": booking.get("rescheduleEndTime"),
                "timezone": meeting.get("timezone"),
                "status": "cancelled",
                "replaced_by": meeting["id"],
                **_people(booking),
            }
        )
        return (tell("meeting.cancelled", replaced), tell("meeting.scheduled", meeting))

    def _meeting(self, trigger: str, booking: Mapping[str, JSON]) -> dict[str, JSON]:
        location = booking.get("location")
        place = location if isinstance(location, str) and not location.startswith("integrations:") else None
        video = object_at(booking, "metadata").get("videoCallUrl")
        return self._read(
            {
                "id": booking.get("uid"),
                "title": booking.get("title"),
                "description": booking.get("description") or booking.get("additionalNotes"),
                "start": booking.get("startTime"),
                "end": booking.get("endTime"),
                "timezone": (object_at(booking, "organizer") or object_at(booking, "user")).get("timeZone"),
                "status": _status(trigger, booking),
                "location": place,
                "url": video or (place if place and place.startswith("https://") else None),
                "replaces": booking.get("rescheduleUid") or booking.get("fromReschedule"),
                **_people(booking),
            }
        )

    def _no_show(self, booking: Mapping[str, JSON]) -> tuple[str, dict[str, JSON]]:
        """Somebody did not come; when the last mark is taken back, it is an ordinary change."""
        attendees = objects_at(booking, "attendees")
        people = [{"email": each.get("email")} for each in attendees]
        is_marked = any(each.get("noShow") is True for each in attendees)
        meeting = self._read({"id": booking.get("bookingUid"), "attendees": people})
        return "meeting.no_show" if is_marked else "meeting.updated", meeting

    def _read(self, given: Mapping[str, JSON]) -> dict[str, JSON]:
        meeting = read_meeting(given, self.internal_domains)
        if "id" not in meeting:
            raise ValueError("uid is missing")
        return meeting


@dataclass(frozen=True)
class _Story:
    """One of the things that a request tells."""

    told_at: datetime | None
    sequence: int
    type: str
    meeting: Mapping[str, JSON] | None
    ignored: str | None = None


def _told_at(trigger: str, body: Mapping[str, JSON], booking: Mapping[str, JSON]) -> datetime | None:
    if trigger in _CLOCK:
        return moment_at(booking, _CLOCK[trigger])
    return moment_at(body, "createdAt") if "createdAt" in body else None


def _status(trigger: str, booking: Mapping[str, JSON]) -> JSON:
    if _TYPES[trigger] == "meeting.cancelled":
        return "cancelled"
    said = booking.get("status")
    return _STATUSES.get(said.lower()) if isinstance(said, str) else None


def _people(booking: Mapping[str, JSON]) -> dict[str, JSON]:
    host = object_at(booking, "organizer") or object_at(booking, "user")
    return {
        "organizer": {"email": host.get("email"), "name": host.get("name")} if host else None,
        "attendees": [
            {"email": each.get("email"), "name": each.get("name")} for each in objects_at(booking, "attendees")
        ],
    }


class CalComSchema(Keys):
    """The keys of a `calcom` source."""

    secret = Secrets(required=True)


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> CalComSource:
    proof = HmacProof(tuple(secret.encode() for secret in keys["secret"]), "x-cal-signature-256")
    return CalComSource(name, proof, calendar.internal_domains)


KIND = Kind(CalComSchema, _build)
