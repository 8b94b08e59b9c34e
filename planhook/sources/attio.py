"""Attio: notices that name what changed, without any value and without a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json
from planhook.sources.member import list_at, name_at, object_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.signature import HmacProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import JsonSource, Kind, bounded, digest, unusable


@dataclass(frozen=True)
class AttioSource(JsonSource):
    """An `attio` source."""

    kind = "attio"

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        try:
            if not isinstance(body, dict) or "events" not in body:
                raise ValueError("is no Attio webhook: events is missing")
            items = list_at(body, "events")
        except ValueError as error:
            return (unusable(self.name, delivery, body, 0, str(error)),)
        return tuple(self._event(item, position, delivery) for position, item in enumerate(bounded(items)))

    def _event(self, item: JSON, position: int, delivery: Delivery) -> Event:
        try:
            if not isinstance(item, dict):
                raise ValueError("is no Attio event")
            return self._notice(item, position, delivery)
        except ValueError as error:
            return unusable(self.name, delivery, item, position, str(error))

    def _notice(self, item: Mapping[str, JSON], position: int, delivery: Delivery) -> Event:
        object_at(item, "id")
        key = self.proof.delivery_id(delivery)
        return new_event(
            self.name,
            delivery,
            identity=digest([key, position] if key else item),
            types=(f"{self.name}.{name_at(item, 'event_type')}",),
            sequence=position,
            sender_id=key,
            payload=item,
            ignored="thin",
        )


class AttioSchema(Keys):
    """The keys of an `attio` source."""

    secret = Secrets(required=True)


def _build(name: str, keys: dict[str, Any], _: Calendar) -> AttioSource:
    proof = HmacProof(
        secrets=tuple(secret.encode() for secret in keys["secret"]),
        header="attio-signature",
        id_header="idempotency-key",
    )
    return AttioSource(name, proof)


KIND = Kind(AttioSchema, _build)
