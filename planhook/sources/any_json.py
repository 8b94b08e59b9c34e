"""Any sender of JSON, read by expressions that the source's owner writes."""

from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from planhook.core.event import Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json
from planhook.sources.mapped_event import Reader
from planhook.sources.mapping import EventMapping, EventsSchema
from planhook.sources.proof.field import ProvenKeys
from planhook.sources.schema import Words
from planhook.sources.source import JsonSource, Kind, bounded, unusable
from planhook.sources.telling import Telling


@dataclass(frozen=True)
class AnyJsonSource(JsonSource):
    """A `json` source."""

    reader: Reader

    kind = "json"

    @property
    def telling(self) -> Telling:
        return self.reader.telling

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        try:
            items = self.reader.items(body, delivery.headers)
        except ValueError as error:
            return (unusable(self.name, delivery, body, 0, str(error)),)
        delivery_id = self.proof.delivery_id(delivery)
        return tuple(
            self.reader.event(item, position, delivery, delivery_id) for position, item in enumerate(bounded(items))
        )

    def reread(self, event: Event) -> Event:
        return event if (event.problem or "").startswith("each ") else self.reader.again(event)


class AnyJsonSchema(ProvenKeys):
    """The keys of a `json` source."""

    events = fields.Nested(EventsSchema)
    won_stages = Words()
    lost_stages = Words()


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> AnyJsonSource:
    mapping = keys.get("events", EventMapping())
    stages = {key: keys[key] for key in ("won_stages", "lost_stages") if key in keys}
    reader = Reader(name, mapping, internal_domains=calendar.internal_domains, **stages)
    return AnyJsonSource(name, keys["verify"], reader)


KIND = Kind(AnyJsonSchema, _build)
