"""Registers belong to one Planhat: what they take for written is not in another one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest

import sandbox.server
from planhook.planhat.client import PlanhatClient
from planhook.rulebook import LiveRulebook
from planhook.settings import Settings
from planhook.store.budget import Lease
from planhook.store.registers import Lost
from planhook.store.tenancy import Tenancy
from tests.workers.conftest import Pipeline, deal
from workers import jobs
from workers.context import Context
from workers.tenancy import ANOTHER

RULES = """
rules:
  - name: Won
    on: deal.created
    then: {create: {sourceId: "t-{{ deal.id }}", companyId: srcid-c1, action: "{{ deal.name }}"}}
"""


class Workers:
    """Starts workers, each with the Planhat and token of its environment, on the Redis of all."""

    def __init__(self, redis_url: str, rules: Path, after: ExitStack) -> None:
        self._redis_url = redis_url
        self._rules = rules
        self._after = after

    def start(self, planhat: sandbox.server.SandboxServer, name: str = "worker", **settings: str) -> Context:
        env = {
            "PLANHAT_API_TOKEN": planhat.token,
            "PLANHAT_API_URL": planhat.url,
            "REDIS_URL": self._redis_url,
            "PLANHAT_READ_BACK_PERCENT": "0",
        }
        context = Context(Settings.from_env(env | settings), LiveRulebook(self._rules, {}), name)
        self._after.callback(context.redis.close)
        return context

    def work(self, context: Context) -> None:
        """Carry out the wake-up calls as they come while something waits."""
        jobs.start(context, lambda: False)
        for job in (jobs.plan_events, jobs.deliver_tasks, jobs.plan_events, jobs.deliver_tasks):
            job()


@pytest.fixture
def workers(redis_url: str, tmp_path: Path) -> Iterator[Workers]:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "rules.yaml").write_text(RULES)
    with ExitStack() as after:
        yield Workers(redis_url, rules, after)


@pytest.fixture
def other() -> Iterator[sandbox.server.SandboxServer]:
    """Another tenant's, empty."""
    with sandbox.server.start(rate_limit=0) as server:
        yield server


@pytest.fixture
def sandbox_with_data(tmp_path: Path) -> Callable[[str], sandbox.server.SandboxServer]:
    """The same tenant again and again, each time at another address and with another token."""
    return lambda token: sandbox.server.start(rate_limit=0, data=tmp_path / "planhat.json", token=token)


def test_another_planhat_gets_nothing_and_the_operator_is_told_why(
    pipeline: Pipeline, other: sandbox.server.SandboxServer, workers: Workers
) -> None:
    pipeline.accept(deal("deal.created", 1, name="Acme"))
    workers.work(workers.start(pipeline.planhat))
    again = deal("deal.created", 2, name="Acme")
    pipeline.accept(again)

    workers.work(workers.start(other))

    assert pipeline.status(again)[0] == "waiting"
    assert pipeline.journal.trouble() == ANOTHER
    assert other.tasks() == []

    workers.work(workers.start(pipeline.planhat))

    assert pipeline.status(again)[0] == "applied"
    assert pipeline.journal.trouble() == ""
    pipeline.assert_books_balance()


def test_tasks_that_wait_are_not_sent_to_another_planhat(
    pipeline: Pipeline, other: sandbox.server.SandboxServer, workers: Workers
) -> None:
    pipeline.accept(deal("deal.created", 1, name="Acme"))
    workers.work(workers.start(pipeline.planhat))
    pipeline.accept(deal("deal.created", 2, number="2", name="Beta", amount=1))
    pipeline.planner().drain(lambda: False)

    workers.work(workers.start(other))

    assert other.tasks() == []
    assert pipeline.registers_due() == ["s:t-2"]


def test_another_planhat_with_tasks_of_the_same_source_ids_is_another(
    pipeline: Pipeline, other: sandbox.server.SandboxServer, workers: Workers
) -> None:
    pipeline.accept(deal("deal.created", 1, name="Acme"))
    workers.work(workers.start(pipeline.planhat))
    with PlanhatClient(other.url, other.token) as client:
        client.create_task({"sourceId": "t-1", "companyId": "srcid-c1", "mainType": "task", "action": "Theirs"})
    pipeline.accept(deal("deal.created", 2, name="Acme AB"))

    workers.work(workers.start(other))

    assert [task["action"] for task in other.tasks()] == ["Theirs"]


def test_a_refused_planhat_is_not_asked_again_at_once(
    pipeline: Pipeline, other: sandbox.server.SandboxServer, workers: Workers
) -> None:
    for number in range(12):
        pipeline.accept(deal("deal.created", 1, number=str(number), name="Acme"))
    workers.work(workers.start(pipeline.planhat))
    context = workers.start(other)

    workers.work(context)
    calls = pipeline.journal.stats()["planhat_calls"]
    workers.work(context)

    assert pipeline.journal.stats()["planhat_calls"] == calls
    assert len(other.calls()) == 10


def test_a_worker_that_is_to_end_asks_no_more(
    pipeline: Pipeline, other: sandbox.server.SandboxServer, workers: Workers
) -> None:
    pipeline.accept(deal("deal.created", 1, name="Acme"))
    workers.work(workers.start(pipeline.planhat))
    context = workers.start(other)

    context.deliverer.drain(lambda: True)

    assert other.calls() == []
    assert pipeline.journal.trouble() == ""


def test_token_and_address_may_change(
    pipeline: Pipeline, sandbox_with_data: Callable[[str], sandbox.server.SandboxServer], workers: Workers
) -> None:
    with sandbox_with_data("first") as planhat:
        pipeline.accept(deal("deal.created", 1, name="Acme"))
        workers.work(workers.start(planhat))
    with sandbox_with_data("second") as planhat:
        changed = deal("deal.created", 2, name="Acme AB")
        pipeline.accept(changed)
        workers.work(workers.start(planhat))

        assert [task["action"] for task in planhat.tasks()] == ["Acme AB"]
        assert pipeline.status(changed)[0] == "applied"


def test_while_tokens_are_exchanged_workers_with_either_work(pipeline: Pipeline, workers: Workers) -> None:
    planhat = pipeline.planhat
    old = workers.start(planhat, "old")
    new = workers.start(planhat, "new", PLANHAT_API_URL=planhat.url.replace("127.0.0.1", "localhost"))
    pipeline.accept(deal("deal.created", 1, name="Acme"))
    workers.work(old)
    workers.work(new)

    assert old.tenancy.holds()
    assert new.tenancy.holds()


def test_while_planhat_does_not_say_whose_it_is_everything_waits(pipeline: Pipeline, workers: Workers) -> None:
    pipeline.accept(deal("deal.created", 1, name="Acme"))
    workers.work(workers.start(pipeline.planhat))
    again = deal("deal.created", 2, name="Acme")
    pipeline.accept(again)

    workers.work(workers.start(pipeline.planhat, PLANHAT_API_TOKEN="a-wrong-one"))

    assert pipeline.status(again)[0] == "waiting"
    assert "refuses PLANHAT_API_TOKEN" in pipeline.journal.trouble()


def test_a_redis_that_knows_no_task_takes_any_planhat_and_no_other_one_beside_it(
    pipeline: Pipeline, other: sandbox.server.SandboxServer, workers: Workers
) -> None:
    first = workers.start(pipeline.planhat)
    workers.work(first)
    pipeline.accept(deal("deal.created", 1, name="Acme"))

    workers.work(workers.start(other))

    assert [task["sourceId"] for task in other.tasks()] == ["t-1"]
    assert not first.tenancy.holds()


def test_whoever_lost_the_lease_meanwhile_decides_nothing(pipeline: Pipeline) -> None:
    sleeper, next_one = Lease(pipeline.redis, "sleeper"), Lease(pipeline.redis, "next")
    sleeper.acquire()
    pipeline.redis.delete("planhook:lease")  # it lapses
    next_one.acquire()
    tenancy = Tenancy(pipeline.redis, "a mark")

    with pytest.raises(Lost):
        tenancy.settle(sleeper.token, alone=True)
    assert not tenancy.holds()


def test_tasks_deleted_by_people_make_no_other_planhat(
    pipeline: Pipeline, sandbox_with_data: Callable[[str], sandbox.server.SandboxServer], workers: Workers
) -> None:
    with sandbox_with_data("first") as planhat, PlanhatClient(planhat.url, planhat.token) as client:
        for number in range(3):
            pipeline.accept(deal("deal.created", 1, number=str(number), name="Acme"))
        workers.work(workers.start(planhat))
        for task in planhat.tasks()[:2]:
            client.delete_task(str(task["_id"]))
    with sandbox_with_data("second") as planhat:
        later = deal("deal.created", 2, number="7", name="Beta")
        pipeline.accept(later)
        workers.work(workers.start(planhat))

        assert pipeline.status(later)[0] == "applied"


def test_the_tasks_written_last_are_looked_up(pipeline: Pipeline, workers: Workers) -> None:
    pipeline.accept(*(deal("deal.created", 1, number=str(number), name="Acme") for number in range(30)))
    context = workers.start(pipeline.planhat)
    workers.work(context)
    pipeline.accept(*(deal("deal.created", 2, number=str(number), name="Acme AB") for number in (7, 21)))
    workers.work(context)

    assert {register.key for register in context.tenancy.tasks(2)} == {"t-7", "t-21"}


def test_an_operator_may_say_that_it_is_the_same(
    pipeline: Pipeline, other: sandbox.server.SandboxServer, workers: Workers
) -> None:
    pipeline.accept(deal("deal.created", 1, name="Acme"))
    workers.work(workers.start(pipeline.planhat))
    context = workers.start(other)

    context.tenancy.accept()
    pipeline.accept(deal("deal.created", 2, number="2", name="Beta"))
    workers.work(context)

    assert [task["sourceId"] for task in other.tasks()] == ["t-2"]


def test_one_worker_at_a_time_has_a_changed_planhat_looked_at(pipeline: Pipeline) -> None:
    one, another = Tenancy(pipeline.redis, "new"), Tenancy(pipeline.redis, "newer")

    assert [one.should_look(5), another.should_look(5)] == [True, False]

    one.accept()
    pipeline.redis.delete("planhook:wake:tenant")

    assert [one.should_look(5), another.should_look(5)] == [False, True]


def test_the_token_is_not_in_redis(pipeline: Pipeline, workers: Workers) -> None:
    workers.work(workers.start(pipeline.planhat))

    (mark,) = cast(set[bytes], pipeline.redis.smembers("planhook:tenant"))
    assert len(mark) == 16
    assert pipeline.planhat.token.encode() not in mark
