"""What surrounds the store's machine: workers that come and go, senders, and what the model knows so far."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from hypothesis.stateful import RuleBasedStateMachine
from redis import Redis

from planhook.core.errors import StoreUnavailable
from planhook.core.event import Event
from planhook.planhat.client import PlanhatClient
from planhook.store.inbox import Arrival, Inbox
from planhook.store.journal import Journal
from tests.stateful.book import BOOKS, rule_set, sayings
from tests.stateful.held_sandbox import HeldSandbox
from tests.stateful.model import Saying, alike, ending
from tests.stateful.process import FusedRedis, Process
from tests.stateful.records import P, Records
from tests.workers.conftest import START

Attempt = tuple[str, int]
MANAGED = ("action", "description", "status", "isArchived", "dateDone")


class StoreWorld(RuleBasedStateMachine):
    """Two workers, one of which is always there; `redis` and the sandbox are emptied at the start."""

    def __init__(self, redis: "Redis", sandbox: HeldSandbox, url: str) -> None:
        super().__init__()
        redis.flushdb()
        sandbox.reset()
        self.redis, self.sandbox = redis, sandbox
        self.client = PlanhatClient(url, sandbox.token)
        self.inbox, self.journal = Inbox(redis), Journal(redis)
        self.names = itertools.count()
        self.book = "one"
        self.clock = itertools.count()
        self.remembered: dict[str, Event] = {}
        self.told: dict[str, Event] = {}
        self.forgotten: Counter[str] = Counter()
        self.duplicates = 0
        self.open: set[Attempt] = set()
        self.judged: dict[Attempt, str] = {}
        self.spoilt: set[str] = set()
        self.gone: list[str] = []
        self.workers = [self.start(), self.start()]

    def start(self) -> Process:
        redis = self.fused_client()
        return Process(f"w{next(self.names)}", redis, self.client, lambda: rule_set(self.book))

    def fused_client(self) -> FusedRedis:
        return FusedRedis(self.redis.connection_pool, {"overtaken": self.overtake, "joined": self.join})

    def overtake(self) -> None:
        """Whoever is at work is silent for too long: others take over."""
        self.let_leases_lapse()
        self.inbox.sweep()
        self.join()

    def join(self) -> None:
        """Another process does what is to be done, as far as nobody else has it in hand."""
        other = self.start()
        other.plan(100)
        other.deliver(self.is_paused)

    def let_leases_lapse(self) -> None:
        self.redis.delete(f"{P}lease")
        self.make_due("planners")

    def make_due(self, name: str) -> None:
        """Time has passed for all in a sorted set of times."""
        members = cast(list[bytes], self.redis.zrange(P + name, 0, -1))
        if members:
            self.redis.zadd(P + name, dict.fromkeys(members, 0))

    def is_paused(self) -> bool:
        return bool(self.redis.exists(f"{P}pause"))

    def take_in(self, requests: Sequence[Sequence[Event]], fate: str = "") -> None:
        """Requests that are stored together; their senders ask again until they are answered.

        Under one id a sender tells one thing, also when it was forgotten meanwhile.
        """
        requests = [[self.told.setdefault(one.id, one) for one in request] for request in requests]
        now = START + timedelta(seconds=next(self.clock))
        arrivals = [Arrival.of([replace(one, received_at=now) for one in request]) for request in requests]
        web = self.fused_client()
        if fate:
            web.light(0, fate)
        try:
            receipts = Inbox(web).accept_all(arrivals)
        except StoreUnavailable:
            if fate.endswith("after"):
                for request in requests:
                    self.note(request)
            receipts = Inbox(web).accept_all(arrivals)
        for request, receipt in zip(requests, receipts, strict=True):
            assert receipt.accepted == self.note(request)
            assert receipt.duplicates == len(request) - receipt.accepted

    def note(self, request: Sequence[Event]) -> int:
        new = 0
        for event in request:
            if event.id in self.remembered:
                self.duplicates += 1
                continue
            new += 1
            self.remembered[event.id] = event
            self.open.add((event.id, 0))
        return new

    def bury_dead(self, worker: int) -> None:
        if self.workers[worker].redis.is_dead:
            self.gone.append(self.workers[worker].name)
            self.workers[worker] = self.start()

    def observe(self, records: Records) -> None:
        """Which events were planned, hence by which rules; and what Planhat refused for good."""
        for event_id, attempt in list(self.open):
            if records.unplanned[event_id]:
                continue
            self.open.discard((event_id, attempt))
            if int(records.events[event_id].get("k", "0")) >= 3:
                continue
            if self.judged.setdefault((event_id, attempt), self.book) != self.book:
                # Forgotten and come again, it was judged by two sets of rules: either may stand.
                self.spoilt |= {one.key for book in BOOKS for one in self.sayings_of((event_id, attempt), book)}
        for (event_id, attempt), book in self.judged.items():
            for index, one in enumerate(self.sayings_of((event_id, attempt), book)):
                if records.letter(event_id, attempt, index) == "r":
                    self.spoilt.add(one.key)

    def sayings_of(self, attempt: Attempt, book: str) -> list[Saying]:
        return sayings(self.told[attempt[0]], attempt[1], book)

    def check_end(self, key: str, said: Sequence[Saying]) -> None:
        end, task = ending(said, key), self.sandbox.tasks.by_source(key)
        assert (task is None) == (end.task is None), f"{key} is {task}, not {end.task}"
        for name in MANAGED:
            have, want = (task or {}).get(name), (end.task or {}).get(name)
            assert alike(name, have, want), f"{name} of {key} is {have}, not {want}"
        have, want = (task or {}).get("custom", {}).get("Value"), (end.task or {}).get("custom.Value")
        assert have == want, f"custom.Value of {key} is {have}, not {want}"
        deciders = end.deciders()
        records = Records.read(self.redis)
        for one in said:
            book = self.judged[one.event]
            index = [other.when for other in self.sayings_of(one.event, book)].index(one.when)
            letter = records.letter(*one.event, index)
            assert one.when not in deciders or letter in ("", "a"), f"{one} ended {letter}"
