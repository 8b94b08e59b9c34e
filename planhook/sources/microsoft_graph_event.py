"""Events of Outlook calendars: which version of a meeting each one is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from planhook.core.event import JSON, Event, event_id, milliseconds
from planhook.sources.member import moment_at
from planhook.sources.microsoft_graph_meeting import is_instance, read_graph_meeting, shown_payload
from planhook.sources.organiser import organiser_bindings
from planhook.sources.source import digest, shown_id


@dataclass(frozen=True, slots=True)
class Sighting:
    """What an event was when we last saw it: of one that is deleted, Graph tells nothing but the id.

    `first_key` and `last_key` are its first and its last change key; `modified` counts ms since the epoch; `uid`
    is empty for an instance of a series; `is_own` says that it was in the calendar of its organiser.
    """

    first_key: str
    last_key: str
    modified: int
    uid: str
    is_own: bool
    meeting: Mapping[str, JSON]

    def people(self) -> tuple[str, ...]:
        """Addresses of those who take part."""
        everybody = (self.meeting.get("organizer") or {}, *self.meeting.get("attendees", []))
        return tuple(str(person["email"]) for person in everybody if "email" in person)


@dataclass(frozen=True)
class GraphReader:
    """Reads the calendar events of one source. The same version of an event always makes the same event of ours."""

    source: str
    timezone: ZoneInfo
    internal_domains: frozenset[str]

    def read(self, record: Mapping[str, JSON], known: Sighting | None, received_at: datetime) -> tuple[Event, Sighting]:
        """What `record` tells, and what to remember of it. Raises ValueError that says what cannot be read."""
        meeting = read_graph_meeting(record, self.timezone, self.internal_domains)
        modified = moment_at(record, "lastModifiedDateTime")
        key = str(record.get("changeKey"))
        first_key = known.first_key if known else key
        number = str(record["id"])
        sighting = Sighting(
            first_key,
            key,
            milliseconds(modified),
            "" if is_instance(record) else str(record["iCalUId"]),
            record.get("isOrganizer") is True,
            {name: value for name, value in meeting.items() if name != "description"},
        )
        types = _types(meeting, is_change=first_key != key)
        order = (sighting.modified, _microseconds(record["lastModifiedDateTime"]))
        event = self._event(number, key, types, order, received_at, meeting=meeting, payload=shown_payload(record))
        return replace(event, occurred_at=modified), sighting

    def removed(self, number: str, known: Sighting | None, received_at: datetime) -> Event:
        """The event with the Graph id `number` is gone; without a sighting that id is all we can say of it.

        It is newer than the last version, whatever our clock says.
        """
        meeting = {**known.meeting, "status": "cancelled"} if known else {"id": number, "status": "cancelled"}
        order = (max(milliseconds(received_at), known.modified + 1 if known else 0), 0)
        key = f"deleted after {known.last_key}" if known else "deleted"
        payload = {"id": number, "@removed": {"reason": "deleted"}}
        return self._event(number, key, ("meeting.cancelled",), order, received_at, meeting=meeting, payload=payload)

    def unusable(self, record: Mapping[str, JSON], problem: str, received_at: datetime) -> Event:
        """An event that cannot be read ends dead with `problem`."""
        order = (milliseconds(received_at), 0)
        number, key = str(record.get("id")), str(record.get("changeKey"))
        event = self._event(number, key, (f"{self.source}.unknown",), order, received_at, payload=shown_payload(record))
        return replace(event, problem=problem)

    def _event(
        self,
        number: str,
        key: str,
        types: tuple[str, ...],
        order: tuple[int, int],
        received_at: datetime,
        *,
        payload: JSON,
        meeting: Mapping[str, JSON] | None = None,
    ) -> Event:
        return Event(
            id=event_id(self.source, digest([number, key])),
            source=self.source,
            type=types[0],
            types=types,
            occurred_at=received_at,
            received_at=received_at,
            order=order,
            sequence=order[1],
            sender_id=shown_id(number),
            meeting=meeting,
            payload=payload,
            bindings=organiser_bindings(meeting, is_certain=True) if meeting else (),
        )


def _types(meeting: Mapping[str, JSON], *, is_change: bool) -> tuple[str, ...]:
    """A change is also `meeting.scheduled`, as that of an invitation: the first one may never have come here."""
    if meeting["status"] == "cancelled":
        return ("meeting.cancelled",)
    return ("meeting.updated", "meeting.scheduled") if is_change else ("meeting.scheduled",)


def _microseconds(written: JSON) -> int:
    """What the milliseconds leave over: two versions may lie closer together."""
    return datetime.fromisoformat(str(written)).microsecond % 1000
