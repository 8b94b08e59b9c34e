"""Calendly webhooks v2. The meeting is the scheduled event; in a group event each invitee is told of apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import values
from planhook.sources.meeting import read_meeting
from planhook.sources.member import id_at, moment_at, name_at, object_at, objects_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.timed_signature import TimedSignatureProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import Kind, OneEventSource, digest
from planhook.sources.telling import BOOKINGS

_TYPES = {
    "invitee.created": "meeting.scheduled",
    "invitee.canceled": "meeting.cancelled",
    "invitee_no_show.created": "meeting.no_show",
    "invitee_no_show.deleted": "meeting.updated",
}


@dataclass(frozen=True)
class CalendlySource(OneEventSource):
    """A `calendly` source."""

    internal_domains: frozenset[str]

    kind = "calendly"
    telling = BOOKINGS

    def _event(self, body: JSON, delivery: Delivery) -> Event:
        body = values.mapping(body)
        said, payload = name_at(body, "event"), object_at(body, "payload")
        uri = id_at(payload, "uri")
        uninvited = said == "invitee.canceled" and _goes_on(payload)
        return new_event(
            self.name,
            delivery,
            identity=digest([said, uri, body.get("created_at")]),
            types=(_TYPES[said] if said in _TYPES and not uninvited else f"{self.name}.{said}",),
            occurred_at=_told_at(body, payload),
            sender_id=uri,
            meeting=self._meeting(said, payload) if said in _TYPES else None,
            payload=body,
            ignored="uninvited" if uninvited else None,
        )

    def _meeting(self, said: str, payload: Mapping[str, JSON]) -> dict[str, JSON]:
        scheduled = object_at(payload, "scheduled_event")
        location = object_at(scheduled, "location")
        hosts = objects_at(scheduled, "event_memberships")
        meeting = read_meeting(
            {
                "id": scheduled.get("uri") or payload.get("event"),
                "title": scheduled.get("name"),
                "description": scheduled.get("meeting_notes_plain"),
                "start": scheduled.get("start_time"),
                "end": scheduled.get("end_time"),
                "timezone": payload.get("timezone"),
                "status": "cancelled" if said == "invitee.canceled" else "confirmed",
                "location": location.get("location"),
                "url": location.get("join_url"),
                "organizer": {"email": hosts[0].get("user_email"), "name": hosts[0].get("user_name")}
                if hosts
                else None,
                "attendees": _attendees(payload, scheduled),
                "replaces": _meeting_of(payload.get("old_invitee")),
                "replaced_by": _meeting_of(payload.get("new_invitee")),
            },
            self.internal_domains,
        )
        if "id" not in meeting:
            raise ValueError("scheduled_event.uri is missing")
        return meeting


def _goes_on(payload: Mapping[str, JSON]) -> bool:
    """Whether a group event keeps other invitees."""
    scheduled = object_at(payload, "scheduled_event")
    active = object_at(scheduled, "invitees_counter").get("active")
    return scheduled.get("status") != "canceled" and isinstance(active, int) and active > 0


def _told_at(body: Mapping[str, JSON], payload: Mapping[str, JSON]) -> datetime:
    """The invitee's time is finer than that of the request, but stands still where only a no-show is noted."""
    told = moment_at(body, "created_at")
    return max(told, moment_at(payload, "updated_at")) if payload.get("updated_at") else told


def _attendees(payload: Mapping[str, JSON], scheduled: Mapping[str, JSON]) -> list[JSON]:
    response = "declined" if payload.get("status") == "canceled" else "accepted"
    invitee = {"email": payload.get("email"), "name": payload.get("name"), "response": response}
    return [invitee, *({"email": guest.get("email")} for guest in objects_at(scheduled, "event_guests"))]


def _meeting_of(invitee: JSON) -> str | None:
    """An invitee's address begins with that of the meeting."""
    return values.identifier(invitee).partition("/invitees/")[0] if invitee else None


class CalendlySchema(Keys):
    """The keys of a `calendly` source."""

    secret = Secrets(required=True)


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> CalendlySource:
    proof = TimedSignatureProof(secrets=keys["secret"], header="calendly-webhook-signature")
    return CalendlySource(name, proof, calendar.internal_domains)


KIND = Kind(CalendlySchema, _build)
