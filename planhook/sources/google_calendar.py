"""Google Calendar push: an empty body and headers that say no more than that a calendar has changed.

What has changed is what `fetch:` asks for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources.google_fetch import GoogleFetch, GoogleFetchSchema, google_fetch
from planhook.sources.new_event import new_event
from planhook.sources.proof.credential import HeaderProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import Kind, ProvenSource, digest
from planhook.sources.telling import INVITATIONS

_STATES = {"sync": "sync", "exists": "thin", "not_exists": "thin"}  # and why each is ignored without a fetch
_STATE = re.compile(r"\w{1,50}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,15}")
_TOLD = {
    "channel_id": "x-goog-channel-id",
    "channel_expiration": "x-goog-channel-expiration",
    "resource_id": "x-goog-resource-id",
    "resource_uri": "x-goog-resource-uri",
    "resource_state": "x-goog-resource-state",
    "message_number": "x-goog-message-number",
}


@dataclass(frozen=True, kw_only=True)
class ChannelProof(HeaderProof):
    """The channel's token, and the ids that the channel and what it watches are known by; "" for any."""

    channel_id: str = ""
    resource_id: str = ""

    def check(self, delivery: Delivery) -> None:
        super().check(delivery)
        for name, expected in (("x-goog-channel-id", self.channel_id), ("x-goog-resource-id", self.resource_id)):
            if expected and delivery.headers.get(name) != expected:
                raise ProofInvalid(f"header {name} names another one than ours", "other_sender")

    def sign(self, delivery: Delivery) -> dict[str, str]:
        ours = {"x-goog-channel-id": self.channel_id, "x-goog-resource-id": self.resource_id}
        return super().sign(delivery) | {name: value for name, value in ours.items() if value}


@dataclass(frozen=True)
class GoogleCalendarSource(ProvenSource):
    """A `google-calendar` source. Whatever body comes is not looked at."""

    internal_domains: frozenset[str] = frozenset()
    fetch: GoogleFetch | None = None

    kind = "google-calendar"
    telling = INVITATIONS
    media_types = ("application/json", "text/plain", "application/octet-stream")

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        state = delivery.headers.get("x-goog-resource-state", "")
        number = delivery.headers.get("x-goog-message-number", "")
        if not _STATE.fullmatch(state):
            raise BodyInvalid("X-Goog-Resource-State is missing or malformed", "header_malformed")
        if not _NUMBER.fullmatch(number):
            raise BodyInvalid("X-Goog-Message-Number is not a number", "header_malformed")
        payload = {name: delivery.headers[header] for name, header in _TOLD.items() if header in delivery.headers}
        sender_id = f"{payload.get('channel_id', '')}/{number}"
        event = new_event(
            self.name,
            delivery,
            identity=digest([payload.get("channel_id"), payload.get("resource_id"), number]),
            types=(f"{self.name}.{state}",),
            sequence=int(number),
            sender_id=sender_id,
            payload=payload,
            ignored=_STATES.get(state, "unknown state"),
        )
        return (self._to_fetch(event, payload) if self.fetch and event.ignored == "thin" else event,)

    def _to_fetch(self, event: Event, payload: Mapping[str, str]) -> Event:
        calendar = self.fetch and self.fetch.calendar_of(payload.get("channel_id", ""), payload.get("resource_uri", ""))
        if not calendar:
            return replace(event, ignored="another calendar")
        return replace(event, ignored=None, fetch=f"calendar/{calendar}")


class GoogleCalendarSchema(Keys):
    """The keys of a `google-calendar` source."""

    token = Secrets(required=True)
    channel_id = fields.String(load_default="", validate=validate.Length(min=1))
    resource_id = fields.String(load_default="", validate=validate.Length(min=1))
    fetch = fields.Nested(GoogleFetchSchema, load_default=None)

    @validates_schema
    def check_channels(self, keys: dict[str, Any], **_: Any) -> None:
        """Channels of our own have new ids each time."""
        if keys.get("fetch") and keys["fetch"]["address"]:
            for name in ("channel_id", "resource_id"):
                if keys[name]:
                    raise ValidationError("planhook opens channels of its own for fetch.address: leave this out", name)


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> GoogleCalendarSource:
    proof = ChannelProof(
        header="x-goog-channel-token",
        tokens=keys["token"],
        channel_id=keys["channel_id"],
        resource_id=keys["resource_id"],
    )
    fetch = google_fetch(keys["fetch"], keys["token"])
    return GoogleCalendarSource(name, proof, calendar.internal_domains, fetch)


KIND = Kind(GoogleCalendarSchema, _build)
