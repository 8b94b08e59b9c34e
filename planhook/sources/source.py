"""What every source offers, and the parts that all kinds share."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from marshmallow import Schema

from planhook.core.errors import BodyInvalid
from planhook.core.event import JSON, Delivery, Event, event_id, milliseconds
from planhook.core.rule import Calendar
from planhook.sources import strict_json
from planhook.sources.proof.scheme import Proof
from planhook.sources.telling import Telling

MAX_EVENTS = 1000  # of one request
_MAX_SENDER_ID = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that a sender demands in its own form."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


class Fetch(Protocol):
    """What a source's `fetch:` says."""

    @property
    def standing(self) -> tuple[str, ...]:
        """What is looked up from time to time, although no event asks for it: renewals, polls."""
        ...


class Source(Protocol):
    """One configured sender of deliveries."""

    @property
    def fetch(self) -> Fetch | None:
        """How its thin events are completed; None when they stay as they are."""
        ...

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def telling(self) -> Telling:
        """What follows from what it tells of deals and meetings."""
        ...

    @property
    def media_types(self) -> tuple[str, ...]: ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know of this source, such as "not verified"."""
        ...

    @property
    def methods(self) -> tuple[str, ...]:
        """HTTP methods that reach this source; 405 otherwise."""
        ...

    def handshake(self, delivery: Delivery) -> Reply | None:
        """The answer to a request that sets the subscription up and brings no event; None for a delivery.

        Asked before `verify`, so it changes nothing and calls nobody. Raises ProofInvalid.
        """
        ...

    def acknowledge(self, told: JSON) -> Reply | None:
        """The success answer that the sender demands; None for planhook's own, which says `told`."""
        ...

    def accepts(self, content_type: str | None) -> bool:
        """Whether a body of this Content-Type can be read; 415 otherwise."""
        ...

    def verify(self, delivery: Delivery) -> None:
        """Raise ProofInvalid unless the raw delivery proves that it comes from this source."""
        ...

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """The events of a verified delivery, in the order of the request. Raises BodyInvalid."""
        ...

    def reread(self, event: Event) -> Event:
        """A stored event as today's configuration reads its payload; as it was, where that cannot be done."""
        ...

    def sign(self, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> dict[str, str]:
        """`headers` (lower-case names) plus the proof that a POST of `body` to `url` at `now` needs."""
        ...


@dataclass(frozen=True)
class ProvenSource(ABC):
    """A source whose deliveries carry a proof."""

    name: str
    proof: Proof

    kind: ClassVar[str]
    media_types: ClassVar[tuple[str, ...]]
    methods: ClassVar[tuple[str, ...]] = ("POST",)

    def handshake(self, delivery: Delivery) -> Reply | None:  # noqa: ARG002 - most senders have none
        return None

    def acknowledge(self, told: JSON) -> Reply | None:  # noqa: ARG002 - most senders take any 2xx
        return None

    @property
    def fetch(self) -> Fetch | None:
        return None

    @property
    def telling(self) -> Telling:
        return Telling()

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.proof.warnings

    def reread(self, event: Event) -> Event:
        return event

    def accepts(self, content_type: str | None) -> bool:
        media_type = (content_type or "").partition(";")[0].strip().lower()
        return not media_type or media_type in self.media_types

    def verify(self, delivery: Delivery) -> None:
        self.proof.check(delivery)

    def sign(self, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> dict[str, str]:
        lower = {name.lower(): value for name, value in headers.items()}
        return lower | self.proof.sign(Delivery("POST", url, lower, body, now))

    @abstractmethod
    def parse(self, delivery: Delivery) -> tuple[Event, ...]: ...


class JsonSource(ProvenSource):
    """A source whose bodies are JSON; many senders name them otherwise."""

    media_types = ("application/json", "text/json", "text/plain")

    def accepts(self, content_type: str | None) -> bool:
        media_type = (content_type or "").partition(";")[0].strip().lower()
        return media_type.endswith("+json") or super().accepts(content_type)


class OneEventSource(JsonSource):
    """A source whose every request is one event."""

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        try:
            return (self._event(body, delivery),)
        except ValueError as error:
            return (unusable(self.name, delivery, body, 0, str(error)),)

    @abstractmethod
    def _event(self, body: JSON, delivery: Delivery) -> Event:
        """What the request tells. Raises ValueError that says what is wrong with it."""
        ...


@dataclass(frozen=True)
class Kind:
    """One kind of source: the schema of its YAML keys beside `kind`, and what makes a source of them."""

    schema: type[Schema]
    build: Callable[[str, dict[str, Any], Calendar], Source]


def digest(item: JSON) -> str:
    """A hash of a JSON value that does not depend on blanks or the order of keys."""
    canonical = json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def shown_id(sender_id: str | None) -> str | None:
    """A sender's id as it is kept for people: never empty, never long."""
    return sender_id[:_MAX_SENDER_ID] if sender_id else None


def bounded(items: list[JSON]) -> list[JSON]:
    """`items`, unless they are more than one request may hold. Raises BodyInvalid with status 413."""
    if len(items) > MAX_EVENTS:
        raise BodyInvalid(f"more than {MAX_EVENTS} events in one request", "too_many_events", status=413)
    return items


def unusable(source: str, delivery: Delivery, item: JSON, position: int, problem: str) -> Event:
    """An authentic item that cannot be read: its event ends dead with `problem`."""
    return Event(
        id=event_id(source, digest(item)),
        source=source,
        type=f"{source}.unknown",
        types=(f"{source}.unknown",),
        occurred_at=delivery.received_at,
        received_at=delivery.received_at,
        order=(milliseconds(delivery.received_at), position),
        sequence=position,
        payload=item,
        problem=problem,
    )
