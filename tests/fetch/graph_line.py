"""A Microsoft Graph source between its webhook and the plan, on a real Redis and a stand-in of the API."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from redis import Redis

from planhook import sources
from planhook.core.event import Delivery
from planhook.core.rule import RuleSet
from planhook.fetch.registry import Fetcher, fetcher_for
from planhook.store.bindings import Bindings
from planhook.store.fetches import Fetches
from planhook.store.inbox import Inbox
from planhook.store.journal import Filters, Journal
from planhook.store.registers import Registers
from tests.fetch.graph_api import SECRET, GraphApi
from workers.completer import Completer
from workers.planner import Planner

STATE = "client-state-of-the-tests"
ADDRESS = "https://hooks.example.com/webhooks/outlook"
ANN = "ann@ourco.example"


@dataclass
class GraphLine:
    """`work` does what the workers do; `told` are the events that ended since, without the notifications."""

    redis: Redis
    api: GraphApi
    names: Iterator[int] = field(default_factory=itertools.count)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.inbox, self.fetches, self.journal = Inbox(self.redis), Fetches(self.redis), Journal(self.redis)
        self.api.notify = self.post
        self.configure()

    def configure(self, *, client_state: Any = STATE, **keys: Any) -> None:
        """Give the source other keys under `fetch:`; None leaves one out."""
        fetch = {"tenant": "t", "client_id": "c", "client_secret": SECRET, "users": [ANN], "address": ADDRESS}
        fetch |= {"url": self.api.url, "token_url": f"{self.api.url}/token", **keys}
        told = {name: value for name, value in fetch.items() if value is not None}
        config = {"kind": "microsoft-graph", "client_state": client_state, "fetch": told}
        self.source = sources.build("outlook", config)
        self.fetcher: Fetcher | None = fetcher_for(self.source, self.redis, lambda: False)

    def stand(self) -> None:
        """What the supervisor does now and then."""
        assert self.source.fetch
        self.fetches.stand("outlook", self.source.fetch.standing)

    def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """The webhook."""
        assert urlsplit(url).path == urlsplit(ADDRESS).path
        delivery = Delivery("POST", url, {"content-type": "application/json"}, body, datetime.now(UTC))
        reply = self.source.handshake(delivery)
        if reply:
            return reply.status, reply.body
        self.source.verify(delivery)
        self.inbox.accept(self.source.parse(delivery))
        return 202, b""

    def notice(self, *items: Mapping[str, Any]) -> None:
        """Post notifications of a subscription that was made by hand."""
        self.post(ADDRESS, json.dumps({"value": list(items)}).encode())

    def work(self) -> list[dict[str, Any]]:
        """Look up what is due, and plan; gives what came of it, as `told` does."""
        name = f"worker-{next(self.names)}"
        Completer(name, self.fetches, lambda _: self.fetcher, lambda: None).drain(lambda: False)
        rules = RuleSet((), version="none")
        registers, bindings = Registers(self.redis), Bindings(self.redis)
        Planner(name, self.inbox, registers, bindings, lambda: rules).drain(lambda: False)
        return self.told()

    def told(self) -> list[dict[str, Any]]:
        """New events about meetings, oldest first."""
        listed, _ = self.journal.events(Filters(), 200, None)
        new = [
            row["id"] for row in reversed(listed) if row["type"].startswith("meeting.") and row["id"] not in self.seen
        ]
        self.seen.update(new)
        return [self.journal.event(one) for one in new]

    def stories(self) -> list[tuple[str, str]]:
        """Work, and tell type and title of what came of it."""
        return [(event["type"], event["event"]["meeting"].get("title", "")) for event in self.work()]

    def hurry(self, part: str = "") -> None:
        """What was put off is due now."""
        for key in cast(list[bytes], self.redis.zrange("planhook:fetch:due:outlook", 0, -1)):
            if part in key.decode():
                self.redis.zadd("planhook:fetch:due:outlook", {key.decode(): 1})

    def due_in_s(self, key: str) -> float:
        seconds, _ = self.redis.time()
        return float(self.redis.zscore("planhook:fetch:due:outlook", key) or 0) / 1000 - int(seconds)

    def end_pause(self) -> None:
        self.redis.zadd("planhook:fetch", {"outlook": 0})
        self.hurry()

    def assert_books_balance(self) -> None:
        stats = self.journal.stats()
        assert stats["accepted"] == stats["applied"] + stats["ignored"] + stats["dead"] + stats["waiting"], stats
