"""One item of a sender and the owner's mapping make one event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from planhook.core.event import JSON, Delivery, Event, event_id, milliseconds
from planhook.sources import values
from planhook.sources.deal import read_deal
from planhook.sources.expression import Expression, ExpressionTree, find_all
from planhook.sources.mapping import EventMapping, read_changes
from planhook.sources.meeting import read_meeting
from planhook.sources.source import digest, shown_id
from planhook.sources.telling import Telling, by_state, settle_deal

_Found = TypeVar("_Found")
_MAX_TYPE = 100


@dataclass(frozen=True)
class Reader:
    """What one source knows beside the item. Stages are case-folded."""

    source: str
    mapping: EventMapping
    won_stages: frozenset[str] = frozenset()
    lost_stages: frozenset[str] = frozenset()
    internal_domains: frozenset[str] = frozenset()

    @property
    def telling(self) -> Telling:
        """What follows from what the owner's mapping finds."""
        nouns = {"deal": self.mapping.deal, "meeting": self.mapping.meeting}
        mapped = frozenset(noun for noun, places in nouns.items() if places)
        return Telling(mapped, by_state(self.won_stages, self.lost_stages), mapped=True, passes_words_on=True)

    def items(self, body: JSON, headers: Mapping[str, str]) -> list[JSON]:
        """The items of a body: without `each` the body itself. Raises ValueError."""
        if self.mapping.each is None:
            return [body]
        found = self.mapping.each.find(body, headers)
        if found is None:
            return []
        if isinstance(found, list):
            return found
        if isinstance(found, dict):
            return [found]
        raise ValueError("each gives neither a list nor an object")

    def event(self, item: JSON, position: int, delivery: Delivery, delivery_id: str | None) -> Event:
        """The event of `item`; what cannot be read becomes its `problem`, never an exception."""
        return _Reading(self, item, position, delivery).event(delivery_id)

    def again(self, event: Event) -> Event:
        """A stored event read anew from its payload, under the id it has; as it was, where headers were read."""
        if self.mapping.reads_headers:
            return event
        delivery = Delivery("POST", "", {}, b"", event.received_at)
        read = self.event(event.payload, event.sequence or 0, delivery, event.sender_id)
        return replace(read, id=event.id, sender_id=event.sender_id or read.sender_id)


@dataclass
class _Reading:
    """The reading of one item; collects what is wrong with it."""

    reader: Reader
    item: JSON
    position: int
    delivery: Delivery
    problems: list[str] = field(default_factory=list)

    def event(self, delivery_id: str | None) -> Event:
        mapping, source = self.reader.mapping, self.reader.source
        sender_id = self._value("id", mapping.id, values.identifier)
        occurred_at = self._value("occurred_at", mapping.occurred_at, values.moment) or self.delivery.received_at
        numbered = self._value("sequence", mapping.sequence, partial(values.sequence, position=self.position))
        sequence = self.position if numbered is None else numbered
        said = self._type()
        changes = self._read(mapping.changes, read_changes)
        deal = None if said.startswith("meeting.") else self._deal(said)
        meeting = None if said.startswith("deal.") else self._meeting(said)
        types = self._types(said, deal, changes)
        if deal is not None:
            settle_deal(deal, types[0])
        return Event(
            id=event_id(source, self._identity(sender_id, delivery_id)),
            source=source,
            type=types[0],
            types=types,
            occurred_at=occurred_at,
            received_at=self.delivery.received_at,
            order=(milliseconds(occurred_at), sequence),
            sequence=sequence,
            sender_id=shown_id(sender_id or delivery_id),
            deal=deal,
            meeting=meeting,
            changes=changes,
            payload=self.item,
            problem="; ".join(self.problems) or None,
        )

    def _identity(self, sender_id: str | None, delivery_id: str | None) -> str:
        if sender_id:
            return sender_id
        if not delivery_id:
            return digest(self.item)
        return delivery_id if self.reader.mapping.each is None else f"{delivery_id}\n{digest(self.item)}"

    def _type(self) -> str:
        """The type with its final name, unless it is a deal's or a meeting's, which may become more."""
        if self.reader.mapping.type is None:
            said = self.item.get("type") if isinstance(self.item, dict) else None
            said = said if isinstance(said, str) and said else "received"
        else:
            said = self._value("type", self.reader.mapping.type, values.identifier)
        said = values.one_line(said or "")
        if not said:
            self._add("type is missing")
            return f"{self.reader.source}.unknown"
        if len(said) > _MAX_TYPE:
            self._add(f"type is longer than {_MAX_TYPE} characters")
            return f"{self.reader.source}.unknown"
        return said if said.startswith(("deal.", "meeting.")) else f"{self.reader.source}.{said}"

    def _types(self, said: str, deal: dict[str, JSON] | None, changes: Mapping[str, JSON]) -> tuple[str, ...]:
        if deal is None or not deal.get("id"):
            return (said,)
        return self.reader.telling.types(said, deal, changes)

    def _deal(self, said: str) -> dict[str, JSON] | None:
        mapping = self.reader.mapping.deal
        deal = self._read(mapping, lambda found: read_deal(found or {}))
        if said.startswith("deal.") and not deal.get("id"):
            self._add_missing_id("deal", mapping)
        return deal or None

    def _meeting(self, said: str) -> dict[str, JSON] | None:
        mapping = self.reader.mapping.meeting
        meeting = self._read(mapping, lambda found: read_meeting(found or {}, self.reader.internal_domains))
        if said.startswith("meeting.") and not meeting.get("id"):
            self._add_missing_id("meeting", mapping)
        if meeting:
            self.reader.telling.settle_meeting(meeting, said)
        return meeting or None

    def _add_missing_id(self, noun: str, mapping: Mapping[str, ExpressionTree]) -> None:
        if self.problems:
            return  # what kept the id from being read is said already
        place = mapping.get("id")
        where = f"`{place.text}` finds nothing" if isinstance(place, Expression) else f"map it under events.{noun}"
        self._add(f"{noun}.id is missing: {where}")

    def _value(self, name: str, place: Expression | None, convert: Callable[[JSON], _Found]) -> _Found | None:
        if place is None:
            return None
        try:
            found = place.find(self.item, self.delivery.headers)
            return None if found is None or found == "" else convert(found)
        except ValueError as error:
            self._add(f"{name} {error}")
            return None

    def _read(self, tree: ExpressionTree, read: Callable[[JSON], dict[str, JSON]]) -> dict[str, JSON]:
        try:
            return read(find_all(tree, self.item, self.delivery.headers))
        except ValueError as error:
            self._add(str(error))
            return {}

    def _add(self, problem: str) -> None:
        self.problems.append(problem)
