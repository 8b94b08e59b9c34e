"""Subscriptions to Outlook calendars: made, renewed long before they lapse, and made again when they are gone."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from planhook.core.errors import FetchRefused, FetchUnavailable
from planhook.core.event import JSON, Event, event_id, milliseconds
from planhook.fetch.api import Api
from planhook.fetch.microsoft_graph_events import items
from planhook.sources import values
from planhook.sources.source import digest
from planhook.store.fetches import Fetched, Lookup

LIFE = timedelta(days=6)  # Graph allows less than seven
RENEW_S = 86_400.0  # a planhook that stands still for days keeps its subscriptions
_SOONEST_S = 60.0
_REFUSED_S = 600.0


@dataclass(frozen=True)
class GraphSubscriptions:
    """Keeps one subscription per user. `address` is where `source` takes notifications."""

    api: Api
    source: str
    address: str
    client_state: str = field(repr=False)
    client_secret: str = field(repr=False)

    def fetch(self, user: str, lookup: Lookup) -> Fetched:
        """Renew the subscription to the calendar of `user`, or make it.

        A renewal is a re-authorisation too. After a new one, the calendar is read: something may have been missed.
        """
        state: dict[str, str] = json.loads(lookup.state) if lookup.state else {}
        number = state.get("id", "")
        is_ours = bool(number) and state.get("made_with") == self._made_with()
        present = self._renew(number) if is_ours and not _is_removed(number, lookup.events) else None
        try:
            subscription = present or self._make(user, number)
        except FetchRefused as refusal:
            return self._refused(user, lookup, state, str(refusal))
        found = () if present else (self._made(user, subscription),)
        left = {"id": str(subscription["id"]), "made_with": self._made_with()}
        return Fetched(lookup.events, found, json.dumps(left), _again_s(subscription))

    def _renew(self, number: str) -> Mapping[str, JSON] | None:
        """The subscription; None when there is none any more, or something is wrong with it that a new one cures."""
        try:
            return _subscription(self.api.call("PATCH", _path(number), body={"expirationDateTime": _expiry()}))
        except FetchRefused:
            return None

    def _make(self, user: str, replaced: str) -> Mapping[str, JSON]:
        address = f"{self.address}?{urlencode({'user': user})}"
        resource = f"users/{user}/events"
        self._clear(resource, address, replaced)
        answer = self.api.call(
            "POST",
            "/subscriptions",
            body={
                "changeType": "created,updated,deleted",
                "notificationUrl": address,
                "lifecycleNotificationUrl": address,
                "resource": resource,
                "expirationDateTime": _expiry(),
                "clientState": self.client_state,
            },
        )
        return _subscription(answer)

    def _clear(self, resource: str, address: str, replaced: str) -> None:
        """Take away what would notify us twice: what is replaced, and what we made and did not live to note."""
        for each in items(self.api.call("GET", "/subscriptions")):
            is_same = each.get("resource") == resource and each.get("notificationUrl") == address
            if is_same or (replaced and each.get("id") == replaced):
                self._delete(str(each.get("id")))

    def _delete(self, number: str) -> None:
        try:
            self.api.call("DELETE", _path(number))
        except FetchRefused as refusal:
            if refusal.status != 404:
                raise

    def _made(self, user: str, subscription: Mapping[str, JSON]) -> Event:
        """An event of our own, which tells an operator and has the calendar read."""
        payload = {
            "user": user,
            "subscriptionId": subscription["id"],
            "expirationDateTime": subscription.get("expirationDateTime"),
        }
        return replace(self._event("subscribed", payload, [subscription["id"]]), fetch=f"calendar/{user}")

    def _refused(self, user: str, lookup: Lookup, state: Mapping[str, str], refusal: str) -> Fetched:
        """Tell an operator by an event that ends dead, once a day; the calendar is read all the same.

        The first refusal is not told: after a start, our webhook may be a moment behind us.
        """
        left = json.dumps({**state, "refused": refusal})
        if "refused" not in state:
            return Fetched(lookup.events, (), left, _SOONEST_S)
        told = self._event("subscription_refused", {"user": user}, [user, f"{datetime.now(UTC):%Y-%m-%d}", refusal])
        problem = f"no subscription to the calendar of {user}, so that changes are only found by polling: {refusal}"
        return Fetched(lookup.events, (replace(told, problem=problem),), left, _REFUSED_S)

    def _event(self, said: str, payload: JSON, identity: list[JSON]) -> Event:
        now = datetime.now(UTC)
        return Event(
            id=event_id(self.source, digest([said, *identity])),
            source=self.source,
            type=f"{self.source}.{said}",
            types=(f"{self.source}.{said}",),
            occurred_at=now,
            received_at=now,
            order=(milliseconds(now), 0),
            payload=payload,
        )

    def _made_with(self) -> str:
        """Tells whether a subscription has today's address and client state, and nothing of either."""
        told = f"{self.address}\n{self.client_state}"
        return hmac.digest(self.client_secret.encode(), told.encode(), "sha256").hex()[:32]


def _is_removed(number: str, events: tuple[Event, ...]) -> bool:
    """Whether Graph has told that the subscription is gone; it may speak of an older one."""
    told = [event.payload for event in events if isinstance(event.payload, Mapping)]
    return any(
        item.get("lifecycleEvent") == "subscriptionRemoved" and item.get("subscriptionId") == number for item in told
    )


def _subscription(answer: JSON) -> Mapping[str, JSON]:
    if not isinstance(answer, Mapping) or not answer.get("id"):
        raise FetchUnavailable("Microsoft Graph: the answer is no subscription")
    return answer


def _again_s(subscription: Mapping[str, JSON]) -> float:
    try:
        left = values.moment(subscription.get("expirationDateTime")) - datetime.now(UTC)
    except ValueError:
        return _SOONEST_S
    return max(_SOONEST_S, min(RENEW_S, left.total_seconds() / 2))


def _expiry() -> str:
    return f"{datetime.now(UTC) + LIFE:%Y-%m-%dT%H:%M:%SZ}"


def _path(number: str) -> str:
    return f"/subscriptions/{quote(number, '')}"
