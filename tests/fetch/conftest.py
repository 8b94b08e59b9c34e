"""A HubSpot source with a token, its events accepted and completed against the stand-in, on a real Redis."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from redis import Redis

from planhook import sources
from planhook.core.event import Delivery, Event
from planhook.core.rule import RuleSet
from planhook.fetch.registry import Fetcher, fetcher_for
from planhook.sources.source import Source
from planhook.store.bindings import Bindings
from planhook.store.connection import connect
from planhook.store.fetches import Fetches
from planhook.store.inbox import Inbox, Receipt
from planhook.store.journal import Journal
from planhook.store.registers import Registers
from tests.fetch.hubspot_api import TOKEN, HubSpotApi, serving
from workers.completer import Completer
from workers.planner import Planner

NOW_MS = 1772443263952
CLAIMED = 9007199254740991  # the due time of a lookup that a fetcher has in hand


def change(name: str, value: str, *, deal: int = 42, at: int = 0, **more: Any) -> dict[str, Any]:
    """One element of a HubSpot delivery: a property of a deal changed, `at` ms after the start."""
    return {
        "eventId": 1000 + at,
        "portalId": 48120077,
        "occurredAt": NOW_MS + at,
        "subscriptionType": "deal.propertyChange",
        "objectId": deal,
        "propertyName": name,
        "propertyValue": value,
        **more,
    }


def parsed(source: Source, *elements: Mapping[str, Any]) -> tuple[Event, ...]:
    body = json.dumps(list(elements)).encode()
    return source.parse(
        Delivery("POST", "https://hooks.example.com/webhooks/crm", {}, body, datetime.now(UTC).replace(microsecond=0))
    )


@dataclass
class Line:
    """The part of planhook between a delivery and its plan."""

    redis: Redis
    api: HubSpotApi
    names: Iterator[int] = field(default_factory=itertools.count)
    keys: dict[str, Any] = field(default_factory=dict)
    woken: int = 0

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.redis)
        self.fetches = Fetches(self.redis)
        self.journal = Journal(self.redis)
        self.configure()

    def configure(self, **keys: Any) -> None:
        """Give the source another `signature`, or other keys under `fetch:`; without a fetcher when `fetch=None`."""
        config: dict[str, Any] = {"kind": "hubspot", "secret": "s", "won_stages": ["closedwon"]}
        config["signature"] = keys.pop("signature", "v3")
        if keys.pop("fetch", True):
            config["fetch"] = {"token": TOKEN, "url": self.api.url, **keys}
        self.source = sources.build("crm", config)
        self.fetcher: Fetcher | None = fetcher_for(self.source, self.redis, lambda: False)

    def accept(self, *elements: Mapping[str, Any]) -> tuple[Event, ...]:
        events = parsed(self.source, *elements)
        self.receipt: Receipt = self.inbox.accept(events)
        return events

    def completer(self, fetcher: Fetcher | None = None) -> Completer:
        return Completer(
            f"fetcher-{next(self.names)}", self.fetches, lambda _: fetcher or self.fetcher, self._count_wake
        )

    def complete(self, completer: Completer | None = None) -> None:
        """Look up what is due now, and plan."""
        (completer or self.completer()).drain(lambda: False)
        self.plan()

    def complete_until(self, holds: Callable[[], bool], completer: Completer | None = None) -> None:
        """As the workers do it: again and again, until it holds."""
        completer = completer or self.completer()
        end = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < end, "not within 20 s"
            self.redis.delete("planhook:wake:fetch")
            if self.inbox.sweep().fetch:
                self.complete(completer)

    def plan(self) -> None:
        planner = Planner(
            f"planner-{next(self.names)}",
            self.inbox,
            Registers(self.redis),
            Bindings(self.redis),
            lambda: RuleSet((), version="none"),
        )
        planner.drain(lambda: False)

    def status(self, event: Event) -> tuple[str, str]:
        shown = self.journal.event(event.id)
        return shown["status"], shown["reason"]

    def deal(self, event: Event) -> dict[str, Any]:
        found: dict[str, Any] = self.journal.event(event.id)["event"]["deal"]
        return found

    def paused_s(self) -> float:
        """How long the source is left alone from now on."""
        seconds, micros = self.redis.time()
        until = self.redis.zscore("planhook:fetch", "crm") or 0.0
        return float(until) / 1000 - (int(seconds) + int(micros) / 1e6)

    def end_pause(self) -> None:
        self.redis.zadd("planhook:fetch", {"crm": 0})
        self.hurry()

    def hurry(self) -> None:
        """What was put off is due now."""
        later = cast(list[bytes], self.redis.zrangebyscore("planhook:fetch:due:crm", 1, CLAIMED - 1))
        for key in later:
            self.redis.zadd("planhook:fetch:due:crm", {key.decode(): 1})

    def assert_books_balance(self) -> None:
        stats = self.journal.stats()
        assert stats["accepted"] == stats["applied"] + stats["ignored"] + stats["dead"] + stats["waiting"], stats

    def _count_wake(self) -> None:
        self.woken += 1


@pytest.fixture
def api() -> Iterator[HubSpotApi]:
    with serving() as running:
        running.add_deal(
            "42",
            company="7",
            contacts=("c1", "c2"),
            dealname="Acme renewal",
            dealstage="closedwon",
            pipeline="default",
            amount="4800.50",
            deal_currency_code="EUR",
            hubspot_owner_id="5",
            closedate="2026-03-02T09:20:00Z",
            hs_is_closed="true",
            hs_is_closed_won="true",
            hs_is_closed_lost="false",
            renewal_date="2027-01-01",
        )
        running.companies["7"] = {"id": "7", "properties": {"name": "Acme", "domain": "acme.com", "planhat_id": "P7"}}
        running.companies["8"] = {"id": "8", "properties": {"name": "Bolt", "domain": "bolt.io"}}
        running.owners["5"] = {"id": "5", "email": "ann@example.com"}
        yield running


@pytest.fixture
def line(redis_url: str, api: HubSpotApi) -> Iterator[Line]:
    redis = connect(redis_url, timeout=5, connections=16)
    yield Line(redis, api)
    redis.connection_pool.disconnect()
