"""A Google Calendar source with its stand-in, on a real Redis: pushes, looks, and what became of them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from planhook import sources
from planhook.core.event import Delivery, Event
from planhook.core.rule import RuleSet
from planhook.fetch.registry import Fetcher, fetcher_for
from planhook.store.bindings import Bindings
from planhook.store.fetches import Fetches
from planhook.store.inbox import Inbox
from planhook.store.journal import Filters, Journal
from planhook.store.registers import Registers
from tests.fetch.google_api import CLIENT, GoogleApi
from workers.completer import Completer
from workers.planner import Planner

TOKEN = "channel-token-of-the-tests"
ADDRESS = "https://hooks.example.com/webhooks/cal"
CLAIMED = 9007199254740991  # the due time of a lookup that a fetcher has in hand


@dataclass
class GoogleLine:
    """The part of planhook between a push and the plans of what has changed."""

    redis: Redis
    api: GoogleApi
    names: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.inbox, self.fetches, self.journal = Inbox(self.redis), Fetches(self.redis), Journal(self.redis)
        self.configure()

    def configure(self, **keys: Any) -> None:
        """Give the source other keys under `fetch:`, and look up what stands."""
        access = {} if "service_account" in keys else CLIENT
        urls = {"url": self.api.url, "token_url": f"{self.api.url}/token"}
        config = {"kind": "google-calendar", "token": TOKEN, "fetch": {**access, **urls, **keys}}
        self.source = sources.build("cal", config)
        self.fetcher: Fetcher | None = fetcher_for(self.source, self.redis, lambda: False)
        assert self.source.fetch is not None
        self.fetches.stand("cal", self.source.fetch.standing)

    def push(self, number: int = 2, *, channel: str = "c-1", calendar: str = "primary", state: str = "exists") -> Event:
        """A push of a channel, accepted."""
        uri = f"https://www.googleapis.com/calendar/v3/calendars/{calendar}/events?alt=json"
        told = {"channel-id": channel, "resource-uri": uri, "resource-state": state, "message-number": str(number)}
        headers = {f"x-goog-{name}": value for name, value in told.items()} | {"x-goog-channel-token": TOKEN}
        delivery = Delivery("POST", ADDRESS, headers, b"", datetime.now(UTC).replace(microsecond=0))
        self.source.verify(delivery)
        (event,) = self.source.parse(delivery)
        self.inbox.accept((event,))
        return event

    def look(self) -> None:
        """Look up what is due now, whatever it was put off for, and plan."""
        self.hurry()
        self.completer().drain(lambda: False)
        self.plan()

    def completer(self) -> Completer:
        return Completer(f"fetcher-{next(self.names)}", self.fetches, lambda _: self.fetcher, lambda: None)

    def plan(self) -> None:
        rules = RuleSet((), version="none")
        name, registers, bindings = f"planner-{next(self.names)}", Registers(self.redis), Bindings(self.redis)
        Planner(name, self.inbox, registers, bindings, lambda: rules).drain(lambda: False)

    def hurry(self) -> None:
        """Whatever is put off is due, and the source is left alone no longer."""
        self.redis.zadd("planhook:fetch", {"cal": 0})
        later = cast(list[bytes], self.redis.zrangebyscore("planhook:fetch:due:cal", 2, CLAIMED - 1))
        for key in later:
            self.redis.zadd("planhook:fetch:due:cal", {key.decode(): 1})

    def due_in(self, key: str) -> float:
        """Seconds until the lookup is made again."""
        seconds, micros = self.redis.time()
        due = self.redis.zscore("planhook:fetch:due:cal", key)
        assert due is not None, f"{key} is not looked up any more"
        return float(due) / 1000 - (int(seconds) + int(micros) / 1e6)

    def state(self, key: str) -> str:
        kept = self.redis.get(f"planhook:fetch:state:cal:{key}")
        return kept.decode() if isinstance(kept, bytes) else ""

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """What was accepted, the oldest first; only types that begin with `kind`."""
        rows, _ = self.journal.events(Filters(), 200, None)
        whole = [self.journal.event(row["id"]) for row in reversed(rows)]
        return [each for each in whole if each["type"].startswith(kind)]

    def meetings(self) -> list[tuple[str, str]]:
        """(id of the meeting, type) of what was found, the oldest version of each meeting first."""
        found = sorted(self.events("meeting"), key=lambda each: (each["event"]["sequence"], each["occurred_at"]))
        return [(each["event"]["meeting"]["id"], each["type"]) for each in found]

    def status(self, event: Event) -> tuple[str, str]:
        shown = self.journal.event(event.id)
        return shown["status"], shown["reason"]

    def assert_books_balance(self) -> None:
        stats = self.journal.stats()
        assert stats["accepted"] == stats["applied"] + stats["ignored"] + stats["dead"] + stats["waiting"], stats
