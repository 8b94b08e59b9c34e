"""CloudEvents 1.0 over HTTP, and the handshake by which a sender asks for consent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError, fields

from planhook.core.errors import ProofInvalid
from planhook.core.event import JSON, Delivery, Event, event_id
from planhook.core.rule import Calendar
from planhook.sources import values
from planhook.sources.cloud_envelope import BATCHED, STRUCTURED, check_envelope, media_type, read_envelopes
from planhook.sources.expression import compile_expression
from planhook.sources.mapped_event import Reader
from planhook.sources.mapping import EventMapping, EventsSchema
from planhook.sources.proof.field import ProvenKeys
from planhook.sources.proof.key_anywhere import query_values
from planhook.sources.schema import Words
from planhook.sources.source import Kind, ProvenSource, Reply, bounded, digest, shown_id, unusable
from planhook.sources.telling import Telling

_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.:-]{0,252}")
_TIME = compile_expression("time")


@dataclass(frozen=True)
class CloudEventsSource(ProvenSource):
    """A `cloudevents` source. Origins are case-folded; "*" allows any."""

    reader: Reader
    allowed_origins: frozenset[str]

    kind = "cloudevents"
    methods = ("POST", "OPTIONS")
    media_types = (STRUCTURED[0], BATCHED[0])

    @property
    def telling(self) -> Telling:
        return self.reader.telling

    def accepts(self, content_type: str | None) -> bool:
        """Data of a binary event may be of any type; of the formats of whole events only JSON is read."""
        sent_as = media_type(content_type)
        return not sent_as.startswith("application/cloudevents") or sent_as in (*STRUCTURED, *BATCHED)

    def handshake(self, delivery: Delivery) -> Reply | None:
        """Consent for an origin that is allowed. The callback it may name is never called."""
        if delivery.method != "OPTIONS":
            return None
        origin = delivery.headers.get("webhook-request-origin", "").strip()
        known = {origin.casefold(), "*"} & self.allowed_origins
        if not known or not _ORIGIN.fullmatch(origin.casefold()):
            raise ProofInvalid("the origin that asks for consent is not allowed", "other_sender")
        headers = {"Allow": "POST", "WebHook-Allowed-Origin": origin}
        if "webhook-request-rate" in delivery.headers:
            headers["WebHook-Allowed-Rate"] = "*"
        return Reply(200, headers=headers)

    def verify(self, delivery: Delivery) -> None:
        """A bearer token may also come as `access_token` in the query, as the specification allows."""
        tokens = [value for name, value in query_values(delivery.url) if name == b"access_token"]
        if tokens and "authorization" not in delivery.headers:
            authorization = f"Bearer {tokens[0].decode('latin-1')}"
            delivery = replace(delivery, headers={**delivery.headers, "authorization": authorization})
        self.proof.check(delivery)

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        envelopes = bounded(read_envelopes(delivery))
        return tuple(self._event(envelope, position, delivery) for position, envelope in enumerate(envelopes))

    def _event(self, envelope: JSON, position: int, delivery: Delivery) -> Event:
        try:
            checked = check_envelope(envelope)
        except ValueError as error:
            return unusable(self.name, delivery, envelope, position, str(error))
        return self._told(self.reader.event(checked, position, delivery, None), checked, position)

    def _told(self, event: Event, envelope: Mapping[str, JSON], position: int) -> Event:
        """`event` with what the envelope says of identity and order, unless the owner's mapping says otherwise."""
        mapping = self.reader.mapping
        if mapping.id is None:
            identity = digest([envelope["source"], envelope["id"]])
            event = replace(event, id=event_id(self.name, identity), sender_id=shown_id(envelope["id"]))
        if mapping.sequence is None and envelope.get("sequence") is not None:
            sequence = values.sequence(envelope["sequence"], position)
            event = replace(event, sequence=sequence, order=(event.order[0], sequence))
        return event


class Origins(Words):
    """Names of hosts as senders give them: a name with signs that no host has would match nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> frozenset[str]:
        found: frozenset[str] = super()._deserialize(value, attr, data, **options)
        for origin in sorted(found - {"*"}):
            if not _ORIGIN.fullmatch(origin) and "${" not in origin:
                meant = re.sub(r"^\w*:?//|^[*@.]+|[/?#].*$", "", origin)
                hint = f"did you mean {meant}?" if _ORIGIN.fullmatch(meant) else "write one as in eventgrid.azure.net"
                raise ValidationError(f"{origin} is no name of a host ({hint})")
        return found


class CloudEventsSchema(ProvenKeys):
    """The keys of a `cloudevents` source. Each envelope is one item, so `events` takes no `each`."""

    allowed_origins = Origins(load_default=frozenset())
    events = fields.Nested(EventsSchema(exclude=("each",)))
    won_stages = Words()
    lost_stages = Words()


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> CloudEventsSource:
    mapping = keys.get("events", EventMapping())
    mapping = replace(mapping, occurred_at=mapping.occurred_at or _TIME)
    stages = {key: keys[key] for key in ("won_stages", "lost_stages") if key in keys}
    reader = Reader(name, mapping, internal_domains=calendar.internal_domains, **stages)
    return CloudEventsSource(name, keys["verify"], reader, keys["allowed_origins"])


KIND = Kind(CloudEventsSchema, _build)
