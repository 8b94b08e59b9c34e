"""What a VEVENT tells: one event about one meeting."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from planhook.core.event import JSON, Binding, Delivery, Event, event_id, iso, milliseconds
from planhook.sources.description import own_words
from planhook.sources.ical.component import Component, read_calendars
from planhook.sources.ical.exchange_uid import instance_day, series_uid
from planhook.sources.ical.participant import read_attendees, read_hosts, read_organizer
from planhook.sources.ical.recurrence import read_repeat
from planhook.sources.ical.when import instance_stamp, read_span, read_stamp
from planhook.sources.ical.zone import Zones
from planhook.sources.meeting import outside_domains
from planhook.sources.organiser import STRANGER, organiser_bindings
from planhook.sources.source import digest, shown_id, unusable

_MAX_TITLE = 500
_MAX_TEXT = 20_000
_MAX_SEQUENCE = 2**31 - 1
_SEQUENCE = re.compile(r"(?=[0-9])0*+([0-9]*+)")
# Messages between attendee and organiser: the meeting stays as it is.
_TALK = frozenset({"REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"})
_SCHEDULING = frozenset({"REQUEST", "PUBLISH", "ADD", "CANCEL"})
_STATUSES = frozenset({"confirmed", "tentative", "cancelled"})
_JOIN_LINK = re.compile(r"https://(?:[\w-]+\.){0,5}(?:meet\.google\.com|teams\.microsoft\.com|zoom\.us)/[^\s<>\"\\]+")


@dataclass(frozen=True)
class InviteReader:
    """What a source knows beside the file."""

    source: str
    timezone: ZoneInfo
    internal_domains: frozenset[str]
    relays: frozenset[str] = frozenset()

    def read(self, raw: bytes, delivery: Delivery, authors: frozenset[str] | None = None) -> tuple[Event, ...]:
        """One event per VEVENT, in the order of the file. Raises BodyInvalid.

        `authors` are the addresses that a mail comes from; only its organiser, or one of `relays`, can move or
        cancel a meeting by mail. None where the transport itself is trusted.
        """
        found = [(calendar, each) for calendar in read_calendars(raw) for each in calendar.children]
        vevents = [(calendar, each) for calendar, each in found if each.name == "VEVENT"]
        return tuple(
            self._event(calendar, vevent, position, delivery, authors)
            for position, (calendar, vevent) in enumerate(vevents)
        )

    def _event(
        self, calendar: Component, vevent: Component, position: int, delivery: Delivery, authors: frozenset[str] | None
    ) -> Event:
        method = calendar.text("METHOD").upper() or "PUBLISH"
        payload: dict[str, JSON] = {"method": method, **_payload(vevent)}
        zones = Zones((each for each in calendar.children if each.name == "VTIMEZONE"), self.timezone)
        try:
            return _Invite(self, method, vevent, zones, payload, delivery, authors).event()
        except ValueError as error:
            return unusable(self.source, delivery, payload, position, str(error))


@dataclass(frozen=True)
class _Invite:
    """One VEVENT with all that is needed to read it."""

    reader: InviteReader
    method: str
    vevent: Component
    zones: Zones
    payload: dict[str, JSON]
    delivery: Delivery
    authors: frozenset[str] | None

    def event(self) -> Event:
        meeting = self._meeting()
        sequence = _sequence(self.vevent.text("SEQUENCE"))
        stamp = read_stamp(self.vevent, "DTSTAMP", self.zones) or self.delivery.received_at
        types = self._types(sequence)
        # What others send must not keep the organiser's own mail, or a guest's, from being taken.
        standing = [self._ignored(), self._is_relayed()]
        identity = [meeting["id"], sequence, milliseconds(stamp), self.method, digest(self.vevent.lines), standing]
        return Event(
            id=event_id(self.reader.source, digest(identity)),
            source=self.reader.source,
            type=types[0],
            types=types,
            occurred_at=stamp,
            received_at=self.delivery.received_at,
            # What somebody else says is older than all that the organiser says, the first of them the newest:
            # so it plans a meeting that nobody knows, and moves none.
            order=(-1, -milliseconds(self.delivery.received_at))
            if self._is_relayed()
            else (sequence, milliseconds(stamp)),
            sequence=sequence,
            sender_id=shown_id(self.vevent.text("UID")),
            meeting=meeting,
            payload=self.payload,
            ignored=self._ignored(),
            bindings=self._bindings(meeting),
        )

    def _types(self, sequence: int) -> tuple[str, ...]:
        """A changed invite is also `meeting.scheduled`, because the first one may never have come here:

        the rule that creates the task must then create it from the change.
        """
        if self._ignored():
            return (f"{self.reader.source}.{self.method.lower()[:50]}",)
        if self._is_cancelled():
            return ("meeting.cancelled",)
        if self._is_relayed():
            return ("meeting.scheduled",)
        return ("meeting.updated", "meeting.scheduled") if sequence else ("meeting.scheduled",)

    def _ignored(self) -> str | None:
        if self.method in _TALK:
            return "reply"
        if self.method not in _SCHEDULING:
            return "unknown method"
        if not self._is_of_organizer() and not self._is_relayed():
            return STRANGER
        return "uninvited" if self.method == "CANCEL" and not self._is_cancelled() else None

    def _is_of_organizer(self) -> bool:
        if self.authors is None:
            return True
        hosts = read_hosts(self.vevent)
        return bool(hosts) and not self.authors.isdisjoint(hosts | self.reader.relays)

    def _bindings(self, meeting: Mapping[str, JSON]) -> tuple[Binding, ...]:
        """Anybody can mail an invitation of their own with a UID that they have seen."""
        if self._ignored() or self._is_relayed():
            return ()
        return organiser_bindings(meeting, is_certain=self.authors is None)

    def _is_relayed(self) -> bool:
        """Whether somebody else sent a whole invitation on: a calendar service, or a guest."""
        is_whole = self.method == "REQUEST" and not self._is_cancelled() and not self.vevent.all("RECURRENCE-ID")
        return bool(self.authors) and is_whole and not self._is_of_organizer()

    def _is_cancelled(self) -> bool:
        """A CANCEL with attendees and no STATUS takes the invite from them alone; the meeting goes on."""
        status = self.vevent.text("STATUS").upper()
        if self.method == "CANCEL":
            return bool(status) or not self.vevent.all("ATTENDEE")
        return status == "CANCELLED"

    def _meeting(self) -> dict[str, JSON]:
        span = read_span(self.vevent, self.zones)
        if span is None and not self._is_cancelled() and not self._ignored():
            raise ValueError("DTSTART is missing")
        description = self.vevent.text("DESCRIPTION")[:_MAX_TEXT]
        organizer, attendees = read_organizer(self.vevent), read_attendees(self.vevent)
        rule = self.vevent.first("RRULE")
        fields: dict[str, JSON] = {
            "id": self._id(),
            "title": self.vevent.text("SUMMARY")[:_MAX_TITLE],
            "description": own_words(description),
            "status": self._status(),
            "location": self.vevent.text("LOCATION")[:_MAX_TEXT],
            "url": _join_link(self.vevent, description),
            "organizer": organizer,
            "attendees": attendees,
            "domains": outside_domains(organizer, attendees, self.reader.internal_domains),
            "recurrence": rule.value.strip() if rule else None,
        }
        if span:
            fields |= {"start": iso(span.start), "end": iso(span.end), "all_day": span.all_day}
            fields["timezone"] = span.timezone
        if repeat := read_repeat(self.vevent):
            fields |= repeat.fields()
        return {name: value for name, value in (fields | self._cautions()).items() if value is not None and value != ""}

    def _cautions(self) -> dict[str, JSON]:
        """What a rule should know before it trusts times or sender, or cancels one instance only."""
        cautions: dict[str, JSON] = {}
        if self.zones.unresolved:
            unknown = ", ".join(dict.fromkeys(self.zones.unresolved))[:_MAX_TITLE]
            cautions["timezone_problem"] = f"{unknown} is no known time zone, read as {self.zones.default.name}"
        if self._is_relayed():
            cautions["relayed"] = True
        instance = self.vevent.first("RECURRENCE-ID")
        if instance and instance.params.get("RANGE", "").upper() == "THISANDFUTURE":
            cautions["range"] = "this_and_future"
        return cautions

    def _id(self) -> str:
        """The UID; one instance of a series has its original start behind it."""
        uid = self.vevent.text("UID")
        if not uid:
            raise ValueError("UID is missing")
        stamp = instance_stamp(self.vevent, "RECURRENCE-ID", self.zones)
        if stamp is None and self.method == "ADD":
            stamp = instance_stamp(self.vevent, "DTSTART", self.zones)
        day = instance_day(uid)
        if stamp is None and day:
            stamp = instance_stamp(self.vevent, "DTSTART", self.zones, day=day) or f"{day:%Y%m%d}"
        return f"{series_uid(uid)}_{stamp}" if stamp else uid

    def _status(self) -> str:
        if self._is_cancelled():
            return "cancelled"
        status = self.vevent.text("STATUS").lower()
        return status if status in _STATUSES else "confirmed"


def _sequence(written: str) -> int:
    found = _SEQUENCE.fullmatch(written)
    return min(int(found[1][:11] or 0), _MAX_SEQUENCE) if found else 0


def _join_link(vevent: Component, description: str) -> str:
    """The address where one joins, else the meeting's own page."""
    names = ("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "LOCATION")
    for candidate in (vevent.text(name) for name in names):
        if candidate.startswith("https://") and " " not in candidate:
            return candidate
    in_text = _JOIN_LINK.search(description)
    page = vevent.text("URL")
    return in_text[0] if in_text else page if page.startswith(("https://", "http://")) else ""


def _payload(vevent: Component) -> dict[str, JSON]:
    """The sender's properties by lower-case name; what is there more than once as a list."""
    found: dict[str, list[JSON]] = {}
    for each in vevent.properties:
        found.setdefault(each.name.lower(), []).append(each.text[:_MAX_TEXT])
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in found.items()}
