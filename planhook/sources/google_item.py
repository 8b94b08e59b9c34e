"""Items of a Google calendar as events: which type, which version, and which of them say nothing new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from planhook.core.event import JSON, Event, event_id, milliseconds
from planhook.sources import values
from planhook.sources.google_meeting import is_instance, read_google_meeting, shown_payload, with_details
from planhook.sources.member import moment_at, object_at
from planhook.sources.organiser import STRANGER, organiser_bindings
from planhook.sources.source import digest, shown_id

_MEETINGS = ("default", "fromGmail")  # others mark absence, focus time, birthdays
_MAX_SEQUENCE = 2**31 - 1
_JUST_MADE = timedelta(seconds=2)


@dataclass(frozen=True)
class Memory:
    """What earlier items told of a meeting, and what is left of it when it is cancelled does not."""

    uid: str = ""
    sequence: int = 0

    @classmethod
    def of(cls, item: Mapping[str, JSON]) -> "Memory":
        """What has to be remembered of an item; an empty memory when all follows from the item's id."""
        uid = _told_uid(item)
        return cls("" if uid == _usual_uid(item) else uid, _told_sequence(item))


_NO_MEMORY = Memory()


@dataclass(frozen=True)
class GoogleItems:
    """Makes events of the items of one source. `own` are the addresses of the calendars that it reads."""

    source: str
    internal_domains: frozenset[str]
    own: frozenset[str]

    def event(
        self,
        calendar: str,
        item: Mapping[str, JSON],
        now: datetime,
        memory: Memory = _NO_MEMORY,
        details: Mapping[str, JSON] | None = None,
    ) -> Event:
        """The event that an item read at `now` tells of.

        `memory` and `details` (of the meeting, or of the series that it is one of) serve an item that is bare. The
        event's id depends on the version of the item only, so that reading it again gives the same event. One that
        cannot be read ends dead.
        """
        try:
            return self._event(calendar, with_details(item, details) if details else item, memory, now)
        except ValueError as fault:
            return self._unusable(calendar, item, str(fault), now)

    def _event(self, calendar: str, item: Mapping[str, JSON], memory: Memory, now: datetime) -> Event:
        sequence = max(_told_sequence(item), memory.sequence)
        updated = moment_at(item, "updated") if item.get("updated") else now
        uid = _told_uid(item) or memory.uid or _usual_uid(item)
        ignored = self._ignored(calendar, item)
        types = (f"{self.source}.cancelled",) if ignored else _types(item, sequence, updated)
        meeting = read_google_meeting(item, uid, self.internal_domains)
        return Event(
            id=self._id(calendar, item),
            source=self.source,
            type=types[0],
            types=types,
            occurred_at=updated,
            received_at=now,
            order=(sequence, milliseconds(updated)),
            sequence=sequence,
            sender_id=shown_id(str(item["id"])),
            meeting=meeting,
            payload=shown_payload(item),
            ignored=ignored,
            bindings=() if ignored else organiser_bindings(meeting, is_certain=True),
        )

    def _ignored(self, calendar: str, item: Mapping[str, JSON]) -> str | None:
        """A guest's calendar cannot cancel a meeting whose organiser's calendar is read as well."""
        organizer = str(object_at(item, "organizer").get("email")).lower()
        is_guests = organizer in self.own and organizer != calendar.lower() and not _is_organizers(item)
        return STRANGER if item.get("status") == "cancelled" and is_guests else None

    def _id(self, calendar: str, item: Mapping[str, JSON]) -> str:
        version = [item.get(name) for name in ("id", "etag", "updated", "status")]
        return event_id(self.source, digest(["google", calendar, *version]))

    def _unusable(self, calendar: str, item: Mapping[str, JSON], problem: str, now: datetime) -> Event:
        return Event(
            id=self._id(calendar, item),
            source=self.source,
            type=f"{self.source}.unknown",
            types=(f"{self.source}.unknown",),
            occurred_at=now,
            received_at=now,
            order=(0, milliseconds(now)),
            payload=shown_payload(item),
            problem=f"this meeting of {calendar} cannot be read: {problem}",
        )


def is_meeting(item: Mapping[str, JSON]) -> bool:
    """Whether an item is a meeting at all."""
    return item.get("eventType") is None or item["eventType"] in _MEETINGS


def _types(item: Mapping[str, JSON], sequence: int, updated: datetime) -> tuple[str, ...]:
    """A changed meeting is also scheduled, because its first version may never have come here."""
    if item.get("status") == "cancelled":
        return ("meeting.cancelled",)
    is_changed = sequence > 0 or _made_at(item, updated) < updated - _JUST_MADE
    return ("meeting.updated", "meeting.scheduled") if is_changed else ("meeting.scheduled",)


def _made_at(item: Mapping[str, JSON], otherwise: datetime) -> datetime:
    """When the item was made; imported ones may say the year 0 or 1900."""
    try:
        return moment_at(item, "created")
    except ValueError:
        return otherwise


def _is_organizers(item: Mapping[str, JSON]) -> bool:
    return object_at(item, "organizer").get("self") is True


def _told_uid(item: Mapping[str, JSON]) -> str:
    uid = item.get("iCalUID")
    return uid if isinstance(uid, str) else ""


def _usual_uid(item: Mapping[str, JSON]) -> str:
    """The UID of a meeting that was planned in a Google calendar."""
    return f"{item['recurringEventId'] if is_instance(item) else item['id']}@google.com"


def _told_sequence(item: Mapping[str, JSON]) -> int:
    return min(max(0, values.sequence(item.get("sequence"), 0)), _MAX_SEQUENCE)
