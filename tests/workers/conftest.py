"""A pipeline in one process: inbox, planner and deliverer on a real Redis and the sandbox over HTTP."""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from redis import Redis

import sandbox.server
from planhook.core.event import Event, event_id, milliseconds
from planhook.core.rule import ActionTemplate, Rule, RuleSet
from planhook.core.template import Placeholder, Template
from planhook.planhat.client import PlanhatClient
from planhook.store.bindings import Bindings
from planhook.store.budget import CallBudget, Lease
from planhook.store.connection import connect
from planhook.store.inbox import Inbox, Receipt
from planhook.store.journal import Journal
from planhook.store.registers import Registers
from workers.calls import Calls
from workers.deliverer import Deliverer
from workers.pace import Pace
from workers.planner import Planner

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def text(value: str) -> Template:
    """A template from `literal {path} literal`."""
    parts: list[str | Placeholder] = []
    for piece in value.replace("}", "{").split("{"):
        parts.append(piece if len(parts) % 2 == 0 else Placeholder(piece))
    return Template(value, tuple(part for part in parts if part != ""))


def action(kind: str, position: int, key: str = "t-{deal.id}", **values: Any) -> ActionTemplate:
    by_id = values.pop("by_id", False)
    policy = values.pop("if_absent", "ignore")
    filled = {name: text(value) if isinstance(value, str) else value for name, value in values.items()}
    return ActionTemplate(kind, text(key), filled, position, by_id=by_id, if_absent=policy)


def rule(name: str, on: str, *actions: ActionTemplate, mode: str = "live") -> Rule:
    return Rule(name=name, slug=name, on=(on,), condition=None, then=tuple(actions), mode=mode)


RULES = RuleSet(
    rules=(
        rule(
            "created",
            "deal.created",
            action(
                "create", 1, companyId="srcid-c1", mainType="task", action="{deal.name}", description="{deal.amount}"
            ),
        ),
        rule("named", "deal.named", action("update", 2, action="{deal.name}")),
        rule("valued", "deal.valued", action("update", 3, description="{deal.amount}")),
        rule("won", "deal.won", action("complete", 4)),
        rule("lost", "deal.lost", action("cancel", 5)),
        rule("back", "deal.back", action("reopen", 6)),
        rule("gone", "deal.deleted", action("delete", 7)),
        rule("waiting", "deal.waiting", action("update", 8, if_absent="wait", description="{deal.amount}")),
        rule("strict", "deal.strict", action("update", 9, if_absent="fail", description="{deal.amount}")),
        rule("owned", "deal.owned", action("update", 10, action="{deal.owner_email}")),
        rule("staged", "deal.staged", action("update", 12, status="{deal.stage}")),
        rule("shadow", "deal.shadow", action("update", 11, action="{deal.name}"), mode="shadow"),
    ),
    version="test",
)


def deal(type_: str, at: int, *, number: str = "1", key: str = "", **fields: Any) -> Event:
    """An event of a deal, `at` minutes after the start."""
    moment = START + timedelta(minutes=at)
    identity = key or f"{type_}-{number}-{at}"
    return Event(
        id=event_id("crm", identity),
        source="crm",
        type=type_,
        types=(type_,),
        occurred_at=moment,
        received_at=START,
        order=(milliseconds(moment), 0),
        sender_id=identity,
        deal={"id": number, **fields},
        payload={"type": type_},
    )


@dataclass
class Pipeline:
    """All parts of a worker, in hand."""

    redis: Redis
    planhat: sandbox.server.SandboxServer
    rules: RuleSet = RULES
    bulk_size: int = 500
    calls_per_minute: int = 100_000
    names: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.redis)
        self.registers = Registers(self.redis)
        self.journal = Journal(self.redis)
        self.client = PlanhatClient(self.planhat.url, self.planhat.token, bulk_s=0.5, single_s=0.5)
        self.same_deliverer = self.deliverer()

    def planner(self, is_pressed: Callable[[], bool] = lambda: False) -> Planner:
        return Planner(
            f"planner-{next(self.names)}",
            self.inbox,
            self.registers,
            Bindings(self.redis),
            lambda: self.rules,
            is_pressed=is_pressed,
        )

    def deliverer(
        self, settle_s: float = 120.0, is_scarce: Callable[[], bool] = lambda: False, grace_s: float = 0.0
    ) -> Deliverer:
        budget = CallBudget(self.redis, self.calls_per_minute)
        lease = Lease(self.redis, f"deliverer-{next(self.names)}")
        pace = Pace(self.calls_per_minute)
        calls = Calls(self.client, budget, lease, self.registers, settle_s, pace, grace_s=grace_s)
        return Deliverer(calls, self.registers, self.inbox, lease, self.bulk_size, is_scarce)

    def accept(self, *events: Event) -> Receipt:
        return self.inbox.accept(events)

    def work(self) -> None:
        """Plan and deliver all that waits."""
        self.planner().drain(lambda: False)
        self.deliverer().drain(lambda: False)

    def process(self, *events: Event) -> None:
        self.accept(*events)
        self.work()

    def status(self, event: Event) -> tuple[str, str]:
        shown = self.journal.event(event.id)
        return shown["status"], shown["reason"]

    def outcomes(self, event: Event) -> list[str]:
        return [operation["outcome"] for operation in self.journal.event(event.id)["operations"]]

    def registers_due(self) -> list[str]:
        keys = cast(list[bytes], self.redis.zrange("planhook:due", 0, -1))
        return [key.decode() for key in keys]

    def tasks(self) -> Sequence[Mapping[str, Any]]:
        return self.planhat.tasks()

    def task(self, source_id: str = "t-1") -> Mapping[str, Any] | None:
        found = [task for task in self.tasks() if task.get("sourceId") == source_id]
        assert len(found) <= 1, f"{len(found)} tasks with sourceId {source_id}"
        return found[0] if found else None

    def assert_books_balance(self) -> None:
        stats = self.journal.stats()
        assert stats["accepted"] == stats["applied"] + stats["ignored"] + stats["dead"] + stats["waiting"], stats


@pytest.fixture
def planhat() -> Iterator[sandbox.server.SandboxServer]:
    server = sandbox.server.start(rate_limit=1_000_000)
    yield server
    server.stop()


@pytest.fixture
def pipeline(redis_url: str, planhat: sandbox.server.SandboxServer) -> Iterator[Pipeline]:
    redis = connect(redis_url, timeout=5, connections=8)
    line = Pipeline(redis, planhat)
    yield line
    line.client.close()
    redis.connection_pool.disconnect()


def shuffled(events: Sequence[Event], seed: int) -> list[Event]:
    order = list(events)
    random.Random(seed).shuffle(order)
    return order
