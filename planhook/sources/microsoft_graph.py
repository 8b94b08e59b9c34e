"""Microsoft Graph change notifications: batches that name what has changed, each item with its own proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from marshmallow import fields, validate

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json
from planhook.sources.member import name_at, object_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.scheme import ProofWithoutId, matches_any
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import JsonSource, Kind, Reply, bounded, digest, unusable

_LONGEST_TOKEN = 4096
_MAX_QUERY_FIELDS = 20


@dataclass(frozen=True, kw_only=True)
class ClientStateProof(ProofWithoutId):
    """`clientState` in every item, of `subscription_id` where one is given."""

    client_states: tuple[str, ...]
    subscription_id: str = ""

    def check(self, delivery: Delivery) -> None:
        """An empty batch proves nothing and asks for nothing."""
        items = _items(delivery)
        if items and not any(self.proves(item) for item in items):
            raise ProofInvalid("no item has our clientState")

    def proves(self, item: JSON) -> bool:
        """Whether one item is ours."""
        if not isinstance(item, dict) or not isinstance(item.get("clientState"), str):
            return False
        if self.subscription_id and item.get("subscriptionId") != self.subscription_id:
            return False
        return matches_any(item["clientState"].encode(), (state.encode() for state in self.client_states))

    def sign(self, _: Delivery) -> dict[str, str]:
        return {}  # the body carries the proof


@dataclass(frozen=True)
class MicrosoftGraphSource(JsonSource):
    """A `microsoft-graph` source."""

    proof: ClientStateProof

    kind = "microsoft-graph"

    def handshake(self, delivery: Delivery) -> Reply | None:
        """Graph asks once, unsigned, whether the address wants its notifications: the token goes back as text."""
        query = urlsplit(delivery.url).query
        if "validationToken" not in query:
            return None
        try:
            found = parse_qs(query, max_num_fields=_MAX_QUERY_FIELDS).get("validationToken")
        except ValueError:
            return None
        if not found or len(found[0]) > _LONGEST_TOKEN:
            return None
        return Reply(200, found[0].encode(), headers={"X-Content-Type-Options": "nosniff"})

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """Items without our `clientState` are left out, whatever the others prove."""
        items = enumerate(bounded(_items(delivery)))
        return tuple(self._event(item, position, delivery) for position, item in items if self.proof.proves(item))

    def _event(self, item: Mapping[str, JSON], position: int, delivery: Delivery) -> Event:
        payload = {name: value for name, value in item.items() if name != "clientState"}
        try:
            is_lifecycle = "lifecycleEvent" in item
            said = name_at(item, "lifecycleEvent" if is_lifecycle else "changeType")
            resource = object_at(item, "resourceData")
        except ValueError as error:
            return unusable(self.name, delivery, payload, position, str(error))
        told = [item.get("subscriptionId"), item.get("resource"), resource.get("@odata.etag"), said]
        # Lifecycle items have no id: what makes two of them one is the life that they speak of.
        life = item.get("subscriptionExpirationDateTime") if is_lifecycle else None
        resource_id = resource.get("id")
        return new_event(
            self.name,
            delivery,
            identity=digest([item["id"]] if item.get("id") else [*told, life]),
            types=(f"{self.name}.{said}",),
            sequence=position,
            sender_id=resource_id if isinstance(resource_id, str) else None,
            payload=payload,
            ignored=None if is_lifecycle else "thin",
        )


def _items(delivery: Delivery) -> list[JSON]:
    body = strict_json.decode(delivery.body)
    items = body.get("value") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise BodyInvalid("value is not a list of notifications")
    return items


class MicrosoftGraphSchema(Keys):
    """The keys of a `microsoft-graph` source."""

    client_state = Secrets(required=True)
    subscription_id = fields.String(load_default="", validate=validate.Length(min=1))


def _build(name: str, keys: dict[str, Any], _: Calendar) -> MicrosoftGraphSource:
    proof = ClientStateProof(client_states=keys["client_state"], subscription_id=keys["subscription_id"])
    return MicrosoftGraphSource(name, proof)


KIND = Kind(MicrosoftGraphSchema, _build)
