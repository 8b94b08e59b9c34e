"""HubSpot: app subscriptions (v3 signature, batches) and the workflow action "Send a webhook" (v2)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import fields, validate

from planhook.core.event import JSON, Delivery, Event, event_id, milliseconds
from planhook.core.rule import Calendar
from planhook.sources import strict_json, values
from planhook.sources.deal import deal_types, outcome, read_deal
from planhook.sources.hubspot_deal import Completion, HubSpotFetch, canonical, canonical_name
from planhook.sources.proof.hubspot import HubSpotV2Proof, HubSpotV3Proof
from planhook.sources.proof.scheme import Proof
from planhook.sources.schema import BaseUrl, Keys, Secrets, Token, Words
from planhook.sources.source import JsonSource, Kind, bounded, digest, shown_id, unusable

_OBJECT_TYPES = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-5": "ticket"}
_LONGEST_ID = 40  # HubSpot's have 11 digits; what is longer is refused when it is looked up
_IS_PROPERTY = validate.Regexp(re.compile(r"[a-zA-Z0-9_]{1,100}\Z"), error="is no internal name of a property")


@dataclass(frozen=True)
class _Story:
    """What one element says of a deal: the sender's fields, what changed, and how the event is called."""

    said: str
    deal: Mapping[str, JSON] = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)
    ended: str | None = None


@dataclass(frozen=True)
class HubSpotSource(JsonSource):
    """A `hubspot` source. Stages are case-folded."""

    won_stages: frozenset[str]
    lost_stages: frozenset[str]
    fetch: HubSpotFetch | None = None
    is_workflow: bool = False

    kind = "hubspot"

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        elements = bounded(body) if isinstance(body, list) else [body]
        return tuple(self._event(element, position, delivery) for position, element in enumerate(elements))

    def _event(self, element: JSON, position: int, delivery: Delivery) -> Event:
        try:
            if not isinstance(element, dict):
                raise ValueError("is no HubSpot event")
            if self.is_workflow and "subscriptionType" not in element and "eventType" not in element:
                return self._workflow_event(element, position, delivery)
            return self._subscription_event(element, position, delivery)
        except ValueError as error:
            return unusable(self.name, delivery, element, position, str(error))

    def _subscription_event(self, element: dict[str, JSON], position: int, delivery: Delivery) -> Event:
        subscription = _subscription(element)
        noun, _, verb = subscription.partition(".")
        try:
            occurred_at = values.moment(element.get("occurredAt"))
        except ValueError as error:
            raise ValueError(f"occurredAt {error}") from None
        story = _TELLERS[verb](element) if noun == "deal" and verb in _TELLERS else None
        deal, types = self._told(element, story) if story else (None, (f"{self.name}.{subscription}",))
        return Event(
            id=event_id(self.name, _identity(element)),
            source=self.name,
            type=types[0],
            types=types,
            occurred_at=occurred_at,
            received_at=delivery.received_at,
            order=(milliseconds(occurred_at), position),
            sequence=position,
            sender_id=shown_id(_optional_id(element, "eventId")),
            deal=deal,
            changes=story.changes if story else {},
            payload=element,
            fetch=self._wanted(deal, types),
        )

    def _told(self, element: Mapping[str, JSON], story: _Story) -> tuple[dict[str, JSON] | None, tuple[str, ...]]:
        deal = read_deal({"id": _object_id(element), **story.deal})
        ended = story.ended or outcome(deal, self.won_stages, self.lost_stages)
        if ended:
            deal["status"] = ended
        return deal, deal_types(story.said, ended, stage_changed="stage" in story.changes)

    def _workflow_event(self, element: dict[str, JSON], position: int, delivery: Delivery) -> Event:
        """A workflow tells the object as it is: no id, no time, no change; one state is one event."""
        about_deal = "objectId" in element and str(element.get("objectType", "DEAL")).upper() in ("DEAL", "0-3")
        properties = values.mapping(element.get("properties") or {})
        story = _Story("deal.updated", canonical(properties)) if about_deal else None
        deal, types = self._told(element, story) if story else (None, (f"{self.name}.workflow",))
        return Event(
            id=event_id(self.name, digest(element)),
            source=self.name,
            type=types[0],
            types=types,
            occurred_at=delivery.received_at,
            received_at=delivery.received_at,
            order=(milliseconds(delivery.received_at), position),
            sequence=position,
            deal=deal,
            payload=element,
            fetch=self._wanted(deal, types),
        )

    def completion(self) -> Completion:
        """What gives events the rest of their deal."""
        return Completion(self.won_stages, self.lost_stages, self.fetch.company_key if self.fetch else None)

    def _wanted(self, deal: Mapping[str, JSON] | None, types: tuple[str, ...]) -> str | None:
        """What completes the event: its deal, unless that is gone."""
        return f"deal/{deal['id'][:_LONGEST_ID]}" if self.fetch and deal and "deal.deleted" not in types else None


def _subscription(element: Mapping[str, JSON]) -> str:
    """`deal.creation`: what subscribes to objects in general is named as if it subscribed to the kind of object."""
    subscription = element.get("subscriptionType") or element.get("eventType")
    if not subscription:
        raise ValueError("subscriptionType is missing")
    if not isinstance(subscription, str) or len(subscription) > 100:
        raise ValueError("subscriptionType is no name")
    noun, dot, verb = subscription.partition(".")
    if noun == "object":
        noun = _OBJECT_TYPES.get(str(element.get("objectTypeId") or element.get("fromObjectTypeId")), noun)
    return f"{noun}{dot}{verb}"


def _identity(element: Mapping[str, JSON]) -> str:
    """`eventId` alone is not unique, and `attemptNumber` differs on every retry."""
    parts = ("portalId", "subscriptionType", "eventType", "objectId", "eventId", "occurredAt", "propertyName")
    return digest([element.get(part) for part in parts] + [element.get("fromObjectId"), element.get("toObjectId")])


def _object_id(element: Mapping[str, JSON]) -> str:
    return _required_id(element, "fromObjectId" if element.get("objectId") is None else "objectId")


def _required_id(element: Mapping[str, JSON], key: str) -> str:
    found = _optional_id(element, key)
    if not found:
        raise ValueError(f"{key} is missing")
    return found


def _optional_id(element: Mapping[str, JSON], key: str) -> str | None:
    value = element.get(key)
    try:
        return None if value is None else values.identifier(value)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def _property_change(element: Mapping[str, JSON]) -> _Story:
    name, value = element.get("propertyName"), element.get("propertyValue")
    if not isinstance(name, str) or not name:
        raise ValueError("propertyName is missing")
    deal = canonical({name: value})
    ended = str(deal["status"]) if "status" in deal else None
    if ended:
        return _Story("deal.updated", deal, {"status": {"to": ended}}, ended)
    known = canonical_name(name)
    told = read_deal(deal).get(known) if known else value
    return _Story("deal.updated", deal, {known or name: {"to": told}})


def _association_change(element: Mapping[str, JSON]) -> _Story:
    """Only the deal's primary company is a field of the deal."""
    to_company = (
        element.get("associationType") == "DEAL_TO_COMPANY" or element.get("toObjectTypeId") == "0-2"
    ) and element.get("isPrimaryAssociation") is True
    if not to_company:
        return _Story("deal.updated")
    company = _required_id(element, "toObjectId")
    if element.get("associationRemoved") is True:
        return _Story("deal.updated", changes={"company_id": {"from": company, "to": None}})
    return _Story("deal.updated", {"company_id": company}, {"company_id": {"to": company}})


_TELLERS: Mapping[str, Callable[[Mapping[str, JSON]], _Story]] = {
    "creation": lambda _: _Story("deal.created"),
    "deletion": lambda _: _Story("deal.deleted"),
    "merge": lambda _: _Story("deal.updated"),
    "restore": lambda _: _Story("deal.updated"),
    "propertyChange": _property_change,
    "associationChange": _association_change,
}


class HubSpotFetchSchema(Keys):
    """The keys of `fetch:`."""

    token = Token(required=True)
    url = BaseUrl("HubSpot", load_default="https://api.hubapi.com")
    properties = fields.List(fields.String(validate=_IS_PROPERTY), load_default=[], validate=validate.Length(max=100))
    company_key = fields.String(load_default=None, validate=_IS_PROPERTY)
    calls_per_10_seconds = fields.Integer(strict=True, load_default=100, validate=validate.Range(1, 1000))


class HubSpotSchema(Keys):
    """The keys of a `hubspot` source."""

    secret = Secrets(required=True)
    signature = fields.String(load_default="v3", validate=validate.OneOf(("v3", "v2")))
    won_stages = Words(load_default=frozenset({"closedwon"}))
    lost_stages = Words(load_default=frozenset({"closedlost"}))
    fetch = fields.Nested(HubSpotFetchSchema, load_default=None)


def _build(name: str, keys: dict[str, Any], _: Calendar) -> HubSpotSource:
    secret = keys["secret"]
    is_workflow = keys["signature"] == "v2"
    proof: Proof = HubSpotV2Proof(secrets=secret) if is_workflow else HubSpotV3Proof(secrets=secret)
    return HubSpotSource(name, proof, keys["won_stages"], keys["lost_stages"], _fetch(keys["fetch"]), is_workflow)


def _fetch(keys: dict[str, Any] | None) -> HubSpotFetch | None:
    if keys is None:
        return None
    return HubSpotFetch(**{**keys, "properties": tuple(keys["properties"])})


KIND = Kind(HubSpotSchema, _build)
