"""HubSpot: app subscriptions (v3 signature, batches) and the workflow action "Send a webhook" (v2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json
from planhook.sources.deal import deal_types, read_deal
from planhook.sources.hubspot_deal import Completion, HubSpotFetch, close
from planhook.sources.hubspot_story import Story, id_in, subscription_of, tell, tell_of_workflow
from planhook.sources.member import moment_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.hubspot import HubSpotV2Proof, HubSpotV3Proof
from planhook.sources.proof.scheme import Proof
from planhook.sources.schema import BaseUrl, Keys, Secrets, Token, Words
from planhook.sources.source import JsonSource, Kind, bounded, digest, unusable
from planhook.sources.telling import Telling, by_change, by_state

_LONGEST_ID = 40  # HubSpot's have 11 digits; what is longer is refused when it is looked up
_IS_PROPERTY = validate.Regexp(re.compile(r"[a-zA-Z0-9_]{1,100}\Z"), error="is no internal name of a property")


@dataclass(frozen=True)
class HubSpotSource(JsonSource):
    """A `hubspot` source. Stages are case-folded."""

    won_stages: frozenset[str]
    lost_stages: frozenset[str]
    fetch: HubSpotFetch | None = None
    is_workflow: bool = False

    kind = "hubspot"

    @property
    def telling(self) -> Telling:
        """A workflow sends the deal as it stands; a subscription tells a change, and `fetch` the rest."""
        how = by_state if self.is_workflow else by_change
        return Telling(frozenset({"deal"}), how(self.won_stages, self.lost_stages))

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
        subscription = subscription_of(element)
        story = tell(subscription, element)
        deal, types = self._told(story) if story else (None, (f"{self.name}.{subscription}",))
        return new_event(
            self.name,
            delivery,
            identity=_identity(element),
            types=types,
            occurred_at=moment_at(element, "occurredAt"),
            sequence=position,
            sender_id=id_in(element, "eventId"),
            deal=deal,
            changes=story.changes if story else {},
            payload=element,
            ignored="thin" if story and not deal else None,
            fetch=self._wanted(deal, types),
        )

    def _told(self, story: Story) -> tuple[dict[str, JSON] | None, tuple[str, ...]]:
        """The deal, None when it is not known which, and the types of the event."""
        if "id" not in story.deal:
            return None, deal_types(story.said)
        deal = read_deal(story.deal)
        ended = self.telling.ended(story.said, deal, story.changes)
        deal = close(deal, ended) if ended else deal
        return deal, self.telling.types(story.said, deal, story.changes)

    def _workflow_event(self, element: dict[str, JSON], position: int, delivery: Delivery) -> Event:
        """A workflow tells the object as it is: no id, no change, at best its time; one state is one event."""
        story = tell_of_workflow(element)
        deal, types = self._told(story) if story else (None, (f"{self.name}.workflow",))
        return new_event(
            self.name,
            delivery,
            identity=digest(element),
            types=types,
            occurred_at=moment_at(element, "updatedAt") if element.get("updatedAt") else None,
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


def _identity(element: Mapping[str, JSON]) -> str:
    """`eventId` alone is not unique, and `attemptNumber` differs on every retry."""
    parts = ("portalId", "subscriptionType", "eventType", "eventId", "occurredAt", "propertyName")
    objects = ("objectId", "fromObjectId", "toObjectId", "newObjectId", "primaryObjectId")
    return digest([element.get(part) for part in (*parts, *objects)])


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
