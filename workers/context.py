"""The composition root of the worker's processes: the one place that knows all concrete parts."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from redis import Redis

from planhook.core.event import Event
from planhook.core.rule import RuleSet
from planhook.fetch.registry import Fetcher, fetcher_for
from planhook.planhat.client import PlanhatClient
from planhook.rulebook import LiveRulebook
from planhook.settings import Settings
from planhook.sources.source import Source
from planhook.store.bindings import Bindings
from planhook.store.budget import CallBudget, Lease, SpareCalls
from planhook.store.connection import connect
from planhook.store.fetches import Fetches
from planhook.store.inbox import Inbox
from planhook.store.journal import Journal
from planhook.store.problems import Problems
from planhook.store.registers import Registers
from planhook.store.room import SCARCE, Memory
from planhook.store.tenancy import Tenancy, fingerprint
from planhook.wakeup import Wakeups
from workers.calls import Calls
from workers.completer import Completer
from workers.deliverer import Deliverer
from workers.findings import Findings
from workers.pace import Pace
from workers.planner import Planner
from workers.purger import Purger
from workers.read_back import ReadBack
from workers.samples import Samples
from workers.tenancy import TenantGuard

CONNECTIONS = 8  # of one process; the fetcher has several threads
GRACE_S = 5.0
SETTLE_S = 120.0  # a write that was not answered is thought to arrive no later than this


def process_name(role: str, number: int) -> str:
    """A name no other process has. Containers may share host name and process id, hence the random part."""
    return f"{socket.gethostname()}-{os.getpid()}-{role}-{number}-{secrets.token_hex(4)}"


@dataclass
class Context:
    """What one process needs, made when first used, so that nothing is shared over a fork."""

    settings: Settings
    rulebook: LiveRulebook
    name: str = "worker"
    stop: Callable[[], bool] = lambda: False
    redis_timeout_s: float = 5.0

    @cached_property
    def redis(self) -> Redis:
        return self.open_redis()

    def open_redis(self) -> Redis:
        """A client of its own, for what would otherwise share one that it may leave broken."""
        return connect(
            self.settings.redis_url,
            timeout=self.redis_timeout_s,
            connections=CONNECTIONS,
            verify_tls=self.settings.redis_tls_verify,
        )

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.redis)

    @cached_property
    def wakeups(self) -> Wakeups:
        return Wakeups(self.redis)

    @cached_property
    def lease(self) -> Lease:
        return Lease(self.redis, self.name)

    @cached_property
    def planner(self) -> Planner:
        registers, bindings = Registers(self.redis), Bindings(self.redis)
        return Planner(
            self.name,
            self.inbox,
            registers,
            bindings,
            self._rules,
            self.wakeups.deliver,
            self._is_pressed,
            self._reread,
        )

    @cached_property
    def tenancy(self) -> Tenancy:
        return Tenancy(self.redis, fingerprint(self.settings.planhat_url, self.settings.planhat_token))

    @cached_property
    def deliverer(self) -> Deliverer:
        settings = self.settings
        registers = Registers(self.redis)
        budget = CallBudget(self.redis, settings.calls_per_minute)
        calls = Calls(
            PlanhatClient(settings.planhat_url, settings.planhat_token),
            budget,
            self.lease,
            registers,
            settle_s=SETTLE_S,
            pace=Pace(settings.calls_per_minute),
            read_back=self.read_back,
            grace_s=GRACE_S,
        )
        guard = TenantGuard(self.tenancy, calls, self.lease, budget, self.wakeups.plan)
        return Deliverer(calls, registers, self.inbox, self.lease, settings.bulk_size, self._is_scarce, guard.permits)

    @cached_property
    def read_back(self) -> ReadBack | None:
        """What checks the deliverer's writes; None when it is switched off."""
        settings = self.settings
        if not settings.read_back_percent:
            return None
        return ReadBack(
            PlanhatClient(settings.planhat_url, settings.planhat_token),
            CallBudget(self.redis, settings.calls_per_minute),
            SpareCalls(self.redis, settings.calls_per_minute, settings.read_back_percent),
            Registers(self.redis),
            Findings(Journal(self.redis), Problems(self.redis), self._rules),
            Samples(),
        )

    @cached_property
    def fetches(self) -> Fetches:
        return Fetches(self.redis)

    @cached_property
    def memory(self) -> Memory:
        return Memory(self.redis)

    def _is_scarce(self) -> bool:
        return self.memory.used() >= SCARCE

    def _is_pressed(self) -> bool:
        """Whether a delivery should make room before more is planned."""
        return self._is_scarce() and bool(Registers(self.redis).due(1))

    def purger(self, stop: Callable[[], bool]) -> Purger:
        return Purger(self.memory, self.inbox, self.settings.retention_days, stop)

    @cached_property
    def completer(self) -> Completer:
        return Completer(self.name, self.fetches, self._fetcher, self.wakeups.plan)

    @cached_property
    def _fetchers(self) -> dict[str, tuple[Source, Fetcher | None]]:
        return {}

    def _fetcher(self, source_name: str) -> Fetcher | None:
        """The fetcher of a source as the rule files are now; the same one while they stay the same."""
        source = self.rulebook.current().sources.get(source_name)
        if source is None:
            return None
        known, fetcher = self._fetchers.get(source_name, (None, None))
        if known is not source:
            fetcher = fetcher_for(source, self.redis, self.stop)
            self._fetchers[source_name] = (source, fetcher)
        return fetcher

    def _reread(self, event: Event) -> Event:
        source = self.rulebook.current().sources.get(event.source)
        return source.reread(event) if source else event

    def _rules(self) -> RuleSet:
        return self.rulebook.current().rules
