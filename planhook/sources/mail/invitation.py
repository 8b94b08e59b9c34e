"""A mail becomes the events of the invitations in it, or one that says that there are none."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from planhook.core.errors import BodyInvalid
from planhook.core.event import Binding, Delivery, Event, event_id
from planhook.core.rule import Calendar
from planhook.sources.ical.invite import InviteReader
from planhook.sources.mail.message import Mail
from planhook.sources.new_event import new_event
from planhook.sources.source import digest, unusable


@dataclass(frozen=True)
class MailReader:
    """What all kinds of mail have in common."""

    source: str
    invites: InviteReader

    def read(self, mail: Mail, delivery: Delivery, *, delivery_id: str | None = None) -> tuple[Event, ...]:
        """One event per invitation. Raises BodyInvalid with status 413 above a limit.

        With `delivery_id` the service's id is what tells deliveries apart: of two mails under one id, the first counts.
        """
        body = hashlib.sha256(delivery.body).hexdigest()
        mail = mail.known_as(f"sha256 {body}")
        found: dict[str, Event] = {}
        for position, calendar in enumerate(mail.calendars):
            for event in self._events(calendar, position, mail, delivery):
                found.setdefault(_identity(event), event)
        events = tuple(found.values()) or (self._without_calendar(mail, delivery),)
        if not delivery_id:
            return events
        once = Binding(f"delivery of {self.source} {delivery_id}", body, "the token was used before")
        return tuple(
            replace(event, id=event_id(self.source, f"{delivery_id}\n{number}"), bindings=(once, *event.bindings))
            for number, event in enumerate(events)
        )

    def _events(self, calendar: bytes, position: int, mail: Mail, delivery: Delivery) -> tuple[Event, ...]:
        """A service sends a mail that gets a 4xx again for hours: what cannot be read is a dead event instead."""
        try:
            return self.invites.read(calendar, delivery, mail.authors)
        except BodyInvalid as error:
            if error.status == 413:
                raise
            return (unusable(self.source, delivery, dict(mail.about), position, f"the calendar part: {error}"),)

    def _without_calendar(self, mail: Mail, delivery: Delivery) -> Event:
        return new_event(
            self.source,
            delivery,
            identity=digest(dict(mail.about)),
            types=(f"{self.source}.mail",),
            sender_id=str(mail.about["message_id"]),
            payload=dict(mail.about),
            ignored="no calendar part",
        )


def mail_reader(source: str, keys: Mapping[str, Any], calendar: Calendar) -> MailReader:
    """The reader of a source with the YAML keys `keys`."""
    zone = keys.get("timezone", calendar.timezone)
    relays = keys.get("relays", frozenset())
    return MailReader(source, InviteReader(source, zone, calendar.internal_domains, relays))


def _identity(event: Event) -> str:
    """Google sends an invitation twice in one mail, not always to the letter."""
    if event.meeting is None or event.problem:
        return event.id
    method = event.payload.get("method") if isinstance(event.payload, dict) else None
    return digest([event.meeting["id"], list(event.order), method])
