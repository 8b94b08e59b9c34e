"""What comes in: a delivery (one HTTP request) and the events it carries."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

JSON = Any  # what json.loads gives: dict, list, str, int, float, bool, None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One inbound HTTP request, as received.

    `url` is the public URL that the sender was given plus the raw query as received; `headers` have
    lower-case names; `body` holds the bytes as they came; `received_at` is aware UTC.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """To whom `subject` belongs, says an event: the first one that speaks of it, whatever its source, settles that.

    An event that names another `holder` is ignored as `otherwise`. One that `is_certain` never is: its holders take
    the place of a first one who only claimed to be it.
    """

    subject: str
    holder: str
    otherwise: str
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at a sender, in the words all rules share.

    `order` is the sender's order of events: `(occurred_at in ms, sequence)`, for iCalendar
    `(SEQUENCE, DTSTAMP in ms)`; larger is newer. `types` holds every type that is true of it, the most
    specific first. `changes` maps a field to `{"from": …, "to": …}` with what the sender told.
    `ignored` is set when its source knows that no rule may act on it ("reply", "thin");
    `problem` when it was authentic but unusable: such an event ends dead with that text.
    `fetch` names what completes a thin event ("deal/31588204417"); it is planned when that has been fetched.
    `bindings` keep others from speaking for whoever spoke first.
    """

    id: str
    source: str
    type: str
    types: tuple[str, ...]
    occurred_at: datetime
    received_at: datetime
    order: tuple[int, int]
    sequence: int | None = None
    sender_id: str | None = None
    deal: Mapping[str, JSON] | None = None
    meeting: Mapping[str, JSON] | None = None
    changes: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)
    payload: JSON = None
    ignored: str | None = None
    problem: str | None = None
    fetch: str | None = None
    bindings: tuple[Binding, ...] = ()

    def data(self) -> dict[str, JSON]:
        """What conditions and placeholders see: `event`, and `deal`, `meeting`, `changes`, `payload` where given."""
        seen: dict[str, JSON] = {
            "event": {
                "id": self.id,
                "source": self.source,
                "type": self.type,
                "types": list(self.types),
                "occurred_at": iso(self.occurred_at),
                "received_at": iso(self.received_at),
                "sequence": self.sequence,
                "sender_id": self.sender_id,
            },
            "payload": self.payload,
            "changes": self.changes,
        }
        if self.deal is not None:
            seen["deal"] = self.deal
        if self.meeting is not None:
            seen["meeting"] = self.meeting
        return seen

    def to_json(self) -> dict[str, JSON]:
        """The event as plain JSON; `from_json` gives it back."""
        record: dict[str, JSON] = {
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "types": list(self.types),
            "occurred_at": iso(self.occurred_at),
            "received_at": iso(self.received_at),
            "order": list(self.order),
        }
        for name in ("sequence", "sender_id", "deal", "meeting", "payload", "ignored", "problem", "fetch"):
            value = getattr(self, name)
            if value is not None:
                record[name] = value
        if self.changes:
            record["changes"] = self.changes
        if self.bindings:
            record["bindings"] = [[one.subject, one.holder, one.otherwise, one.is_certain] for one in self.bindings]
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, JSON]) -> "Event":
        return cls(
            id=record["id"],
            source=record["source"],
            type=record["type"],
            types=tuple(record["types"]),
            occurred_at=from_iso(record["occurred_at"]),
            received_at=from_iso(record["received_at"]),
            order=(record["order"][0], record["order"][1]),
            sequence=record.get("sequence"),
            sender_id=record.get("sender_id"),
            deal=record.get("deal"),
            meeting=record.get("meeting"),
            changes=record.get("changes", {}),
            payload=record.get("payload"),
            ignored=record.get("ignored"),
            problem=record.get("problem"),
            fetch=record.get("fetch"),
            bindings=tuple(Binding(*each) for each in record.get("bindings", ())),
        )


def event_id(source: str, identity: str) -> str:
    """planhook's id of an event: the same source and sender's identity always give the same id."""
    return "evt_" + hashlib.sha256(f"{source}\n{identity}".encode()).hexdigest()[:24]


def iso(moment: datetime) -> str:
    """`2026-10-02T15:00:00.000Z`, the form Planhat wants and all of planhook shows."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def from_iso(text: str) -> datetime:
    """The inverse of `iso`; also takes any ISO 8601 time with an offset. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since the epoch, without the rounding of floats."""
    delta = moment - _EPOCH
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
