"""Invitations as text/calendar bodies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields

from planhook.core.event import Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources.ical.invite import InviteReader
from planhook.sources.ical.zone import iana_zone
from planhook.sources.mail.mime import in_utf8
from planhook.sources.proof.field import ProvenKeys
from planhook.sources.source import Kind, ProvenSource
from planhook.sources.telling import INVITATIONS

_CHARSET = re.compile(r";\s*charset=\"?([\w-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True)
class ICalendarSource(ProvenSource):
    """An `icalendar` source."""

    reader: InviteReader

    kind = "icalendar"
    telling = INVITATIONS
    media_types = ("text/calendar", "application/ics", "application/octet-stream", "text/plain")

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        charset = _CHARSET.search(delivery.headers.get("content-type", ""))
        return self.reader.read(in_utf8(delivery.body, charset[1] if charset else ""), delivery)


class TimeZoneField(fields.Field[ZoneInfo]):
    """An IANA name."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> ZoneInfo:
        zone = iana_zone(value) if isinstance(value, str) else None
        if zone is None:
            raise ValidationError("is not a time zone such as Europe/Stockholm")
        return zone


class ICalendarSchema(ProvenKeys):
    """The keys of an `icalendar` source."""

    timezone = TimeZoneField()


def _build(name: str, keys: Mapping[str, Any], calendar: Calendar) -> ICalendarSource:
    reader = InviteReader(name, keys.get("timezone", calendar.timezone), calendar.internal_domains)
    return ICalendarSource(name, keys["verify"], reader)


KIND = Kind(ICalendarSchema, _build)
