"""Microsoft Graph change notifications: batches that name what has changed, each item with its own proof."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from marshmallow import ValidationError, fields, validate, validates_schema

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import JSON, Delivery, Event, milliseconds
from planhook.core.rule import Calendar
from planhook.sources import strict_json
from planhook.sources.member import name_at, object_at
from planhook.sources.microsoft_graph_event import GraphReader
from planhook.sources.microsoft_graph_fetch import GraphFetch, GraphFetchSchema, read_fetch
from planhook.sources.new_event import new_event
from planhook.sources.proof.scheme import ProofWithoutId, matches_any
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import JsonSource, Kind, Reply, bounded, digest, unusable
from planhook.sources.telling import INVITATIONS

_LONGEST_TOKEN = 4096
_LONGEST_STATE = 128  # of a subscription's clientState
_MAX_QUERY_FIELDS = 20
_CALENDAR_EVENT = re.compile(
    r"users/(\w[\w.@+'-]{0,199})/(?:[^/]+/[^/]+/)?events/([\w=+-]{1,500})", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class ClientStateProof(ProofWithoutId):
    """`clientState` in every item, of `subscription_id` where one is given."""

    client_states: tuple[str, ...]
    subscription_id: str = ""

    def check(self, delivery: Delivery) -> None:
        """An empty batch proves nothing and asks for nothing."""
        items = _items(delivery)
        if items and not any(self.proves(item) for item in items):
            raise ProofInvalid("no item has our clientState", "other_sender")

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
    reader: GraphReader
    fetch: GraphFetch | None = None

    kind = "microsoft-graph"
    telling = INVITATIONS

    def handshake(self, delivery: Delivery) -> Reply | None:
        """Graph asks once, unsigned, whether the address wants its notifications: the token goes back as text."""
        token = _asked(delivery, "validationToken")
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        return Reply(200, token.encode(), headers={"X-Content-Type-Options": "nosniff"})

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """Items without our `clientState` are left out, whatever the others prove."""
        proven = {position: item for position, item in enumerate(_items(delivery)) if self.proof.proves(item)}
        bounded(list(proven.values()))
        return tuple(self._event(item, position, delivery) for position, item in proven.items())

    def _event(self, item: Mapping[str, JSON], position: int, delivery: Delivery) -> Event:
        payload = {name: value for name, value in item.items() if name != "clientState"}
        try:
            is_lifecycle = "lifecycleEvent" in item
            said = name_at(item, "lifecycleEvent" if is_lifecycle else "changeType")
            resource = object_at(item, "resourceData")
        except ValueError as error:
            return unusable(self.name, delivery, payload, position, str(error))
        told = [item.get("subscriptionId"), item.get("resource"), resource.get("@odata.etag"), said]
        # Two lifecycle items may be alike to the letter and tell of two losses; to hear of one twice does no harm.
        heard_at = milliseconds(delivery.received_at) if is_lifecycle else None
        resource_id = resource.get("id")
        fetch = self._wanted(item, said, delivery)
        event = new_event(
            self.name,
            delivery,
            identity=digest([item["id"]] if item.get("id") else [*told, heard_at]),
            types=(f"{self.name}.{said}",),
            sequence=position,
            sender_id=resource_id if isinstance(resource_id, str) else None,
            payload=payload,
            ignored=None if is_lifecycle or fetch else "thin",
        )
        return replace(event, fetch=fetch)

    def _wanted(self, item: Mapping[str, JSON], said: str, delivery: Delivery) -> str | None:
        """What completes the event.

        Subscriptions of our own name their user in our address: Graph does so by another name, or not at all.
        """
        if self.fetch is None:
            return None
        asked = (_asked(delivery, "user") or "").lower()
        user = asked if asked in self.fetch.users else None
        if "lifecycleEvent" in item:
            about = "calendar" if said == "missed" else "subscription"
            return f"{about}/{user}" if user else None
        found = _CALENDAR_EVENT.fullmatch(str(item.get("resource")))
        return f"event/{user or found[1]}/{found[2]}" if found else None


def _asked(delivery: Delivery, name: str) -> str | None:
    """A value from the query of our address."""
    try:
        found = parse_qs(urlsplit(delivery.url).query, max_num_fields=_MAX_QUERY_FIELDS).get(name)
    except ValueError:
        return None
    return found[0] if found else None


def _items(delivery: Delivery) -> list[JSON]:
    body = strict_json.decode(delivery.body)
    items = body.get("value") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise BodyInvalid("value is not a list of notifications", "shape_wrong")
    return items


class MicrosoftGraphSchema(Keys):
    """The keys of a `microsoft-graph` source."""

    client_state = Secrets(required=True)
    subscription_id = fields.String(load_default="", validate=validate.Length(min=1))
    fetch = fields.Nested(GraphFetchSchema, load_default=None)

    @validates_schema
    def _can_subscribe(self, keys: Mapping[str, Any], **_: Any) -> None:
        if not keys["fetch"] or not keys["fetch"]["address"]:
            return
        if keys["subscription_id"]:
            raise ValidationError("is for a subscription made by hand: leave it out beside address", "subscription_id")
        if keys["client_state"] and len(keys["client_state"][0]) > _LONGEST_STATE:
            raise ValidationError(f"is longer than {_LONGEST_STATE} characters", "client_state")


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> MicrosoftGraphSource:
    proof = ClientStateProof(client_states=keys["client_state"], subscription_id=keys["subscription_id"])
    reader = GraphReader(name, calendar.timezone, calendar.internal_domains)
    return MicrosoftGraphSource(name, proof, reader, read_fetch(keys["fetch"]) if keys["fetch"] else None)


KIND = Kind(MicrosoftGraphSchema, _build)
