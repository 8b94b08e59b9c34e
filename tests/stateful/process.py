"""A worker process that can be killed, cut off from Redis or overtaken by others between any two commands."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from redis import ConnectionPool, Redis
from redis.exceptions import ConnectionError as CutOff

from planhook.core.errors import StoreUnavailable
from planhook.core.rule import RuleSet
from planhook.planhat.client import PlanhatClient
from planhook.store.bindings import Bindings
from planhook.store.budget import CallBudget, Lease
from planhook.store.inbox import Inbox
from planhook.store.registers import Registers
from workers.calls import Calls
from workers.deliverer import Deliverer
from workers.pace import Pace
from workers.planner import LEASE_MS, Planner

CALLS_PER_MINUTE = 1_000_000
BULK_SIZE = 3
LONGEST_DRAIN_S = 60.0

FATES = ("killed before", "killed after", "cut off before", "cut off after", "overtaken", "joined")


class Killed(BaseException):
    """What `kill -9` is to the code: nothing of it runs any more, and no handler for errors sees it."""


class FusedRedis(Redis):
    """A client whose process meets its fate at one command of its own.

    `meanwhile` says what others do when the process is overtaken or joined.
    """

    def __init__(self, pool: ConnectionPool, meanwhile: Mapping[str, Callable[[], None]]) -> None:
        super().__init__(connection_pool=pool)
        self._meanwhile = meanwhile
        self._left = -1
        self._fate = ""
        self.is_dead = False

    def light(self, commands: int, fate: str) -> None:
        """Meet `fate` (one of FATES) at the command after so many others."""
        self._left, self._fate = commands, fate

    def put_out(self) -> None:
        """Meet no fate any more."""
        self._left = -1

    def execute_command(self, *args: Any, **options: Any) -> Any:
        fate = self._burn()
        if fate.endswith("before"):
            self._meet(fate)
        if fate in self._meanwhile:
            self._meanwhile[fate]()
        answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        if fate.endswith("after"):
            self._meet(fate)
        return answer

    def pipeline(self, transaction: Any = True, shard_hint: Any = None) -> Any:
        fate = self._burn()
        if fate in self._meanwhile:
            self._meanwhile[fate]()
        elif fate:
            self._meet(fate)
        return super().pipeline(transaction, shard_hint)

    def _burn(self) -> str:
        if self.is_dead:
            raise Killed
        self._left -= 1
        return self._fate if self._left == -1 else ""

    def _meet(self, fate: str) -> None:
        if fate.startswith("killed"):
            self.is_dead = True
            raise Killed
        raise CutOff(f"{fate} the command")


class Process:
    """One worker, as its job functions run it."""

    def __init__(self, name: str, redis: FusedRedis, client: PlanhatClient, rules: Callable[[], RuleSet]) -> None:
        self.name = name
        self.redis = redis
        self.inbox = Inbox(redis)
        registers = Registers(redis)
        self._lease = Lease(redis, name)
        self._planner = Planner(name, self.inbox, registers, Bindings(redis), rules)
        budget = CallBudget(redis, CALLS_PER_MINUTE)
        calls = Calls(client, budget, self._lease, registers, 120.0, Pace(CALLS_PER_MINUTE))
        self._deliverer = Deliverer(calls, registers, self.inbox, self._lease, BULK_SIZE)

    def plan(self, most: int) -> None:
        """Plan one batch of at most so many events, or what it held already."""
        self._survive(lambda: self._planner.plan(self.inbox.claim(self.name, most, LEASE_MS)))

    def deliver(self, is_paused: Callable[[], bool]) -> None:
        """Deliver what is due now, until Planhat is to be left alone."""
        end = time.monotonic() + LONGEST_DRAIN_S

        def stop() -> bool:
            assert time.monotonic() < end, "a delivery finds no end"
            return is_paused()

        self._survive(lambda: self._deliverer.drain(stop))

    def break_lease_of(self, name: str) -> None:
        """Give back the lease of a process that is known to be dead."""
        self._lease.break_of(name)

    def _survive(self, job: Callable[[], None]) -> None:
        try:
            job()
        except StoreUnavailable:
            pass  # as the job functions do: what is left is found again
        except Killed:
            assert self.redis.is_dead
        finally:
            self.redis.put_out()
