"""A backtest tells what the service ends with: the same events through the real pipeline are the measure."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

import sandbox.server
from planhook.authoring.backtest import backtest
from planhook.authoring.difference import CHANGED, CREATED, DROPPED, Difference
from planhook.core.event import Binding, Event
from planhook.core.rule import RuleSet
from planhook.store.archive import Archive
from planhook.store.connection import connect
from tests.workers.conftest import RULES, START, Pipeline, action, deal, rule, text

SHOWN = ("action", "description", "status", "isArchived", "dateDone")
KINDS = ("created", "named", "valued", "won", "lost", "back", "deleted", "waiting", "strict")
CHANGED_RULES = RuleSet(
    rules=(
        rule(
            "created",
            "deal.created",
            action("create", 1, companyId="srcid-c1", mainType="task", action="New {deal.name}", description="x"),
        ),
        rule("lost", "deal.lost", action("complete", 2)),
        rule("won", "deal.won", action("cancel", 3)),
        rule("valued", "deal.valued", action("update", 4, description="worth {deal.amount}")),
        rule("back", "deal.back", action("reopen", 5)),
        rule("gone", "deal.deleted", action("delete", 6)),
        rule("owned", "deal.owned", action("update", 7, action="{deal.owner_email}")),
        rule("named", "deal.named", action("update", 8, action="{deal.name}"), mode="shadow"),
        rule(
            "second",
            "deal.waiting",
            action("create", 9, key="second-{deal.id}", companyId="srcid-c1", action="Wait", mainType="task"),
        ),
    ),
    version="changed",
)

REWORDED = replace(
    RULES,
    rules=tuple(
        replace(
            one,
            then=tuple(replace(each, fields={**each.fields, "action": text("New {deal.name}")}) for each in one.then),
        )
        if one.name in ("created", "named")
        else one
        for one in RULES.rules
    ),
)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = connect(redis_url, timeout=5, connections=8)
    yield client
    client.connection_pool.disconnect()


def end_of(
    redis: Redis, rules: RuleSet, *batches: list[Event], then: tuple[RuleSet, list[Event]] | None = None
) -> dict[str, Mapping[str, Any]]:
    """The tasks that Planhat has when all is quiet, by sourceId; `then` is a batch under other rules."""
    planhat = sandbox.server.start(rate_limit=1_000_000)
    line = Pipeline(redis, planhat, rules)
    try:
        for batch in batches:
            line.process(*batch)
        if then:
            line.rules = then[0]
            line.process(*then[1])
        return {task["sourceId"]: task for task in line.tasks()}
    finally:
        line.client.close()
        planhat.stop()


def against(redis: Redis, changed: RuleSet, base: RuleSet = RULES, **since: Any) -> Difference:
    return backtest(Archive(redis, **since), base, changed)


def past(redis: Redis, *events: Event, rules: RuleSet = RULES) -> None:
    end_of(redis, rules, list(events))


@pytest.mark.parametrize("seed", range(6))
def test_what_differs_is_what_differs_in_planhat_after_both_rule_sets_ran(redis: Redis, seed: int) -> None:
    chance = random.Random(seed)
    events = [
        deal(f"deal.{chance.choice(KINDS)}", at, number=str(chance.randrange(6)), name=f"N{at % 3}", amount=at % 4)
        for at in range(40)
    ]
    before = end_of(redis, RULES, events[:20], events[20:])
    told = against(redis, CHANGED_RULES)
    redis.flushdb()
    after = end_of(redis, CHANGED_RULES, events[:20], events[20:])

    assert {one.key for one in told.of_kind(CREATED)} == after.keys() - before.keys()
    assert {one.key for one in told.changes if one.kind == DROPPED} >= before.keys() - after.keys()
    assert {one.key for one in told.changes} == {
        key for key in {**before, **after} if _shown(before.get(key)) != _shown(after.get(key))
    }
    for change in told.changes:
        for field in change.fields:
            if field.name in SHOWN and change.key in before and change.key in after:
                assert before[change.key].get(field.name) == field.before.value, (change.key, field)
                assert after[change.key].get(field.name) == field.after.value, (change.key, field)


@pytest.mark.parametrize("seed", range(6))
def test_what_older_events_left_behind_counts_as_it_does_in_the_service(redis: Redis, seed: int) -> None:
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS if kind != "deleted"]
    events = [
        deal(f"deal.{chance.choice(kinds)}", at, number=str(chance.randrange(5)), name=f"N{at % 3}", amount=at % 4)
        for at in range(40)
    ]
    after = end_of(redis, RULES, events[:20], then=(REWORDED, events[20:]))
    redis.flushdb()
    before = end_of(redis, RULES, events[:20], events[20:])
    for event in events[:20]:
        redis.hdel(f"planhook:event:{event.id}", "b", "p")
    told = against(redis, REWORDED)

    assert told.events == 20
    assert {one.key for one in told.changes} == {key for key in before if _shown(before[key]) != _shown(after[key])}
    for change in told.changes:
        for field in change.fields:
            assert before[change.key].get(field.name) == field.before.value, (change.key, field)
            assert after[change.key].get(field.name) == field.after.value, (change.key, field)


def _shown(task: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if task is None else {name: task.get(name) for name in SHOWN}


def test_the_same_rules_change_nothing(redis: Redis) -> None:
    past(redis, deal("deal.created", 1, name="A", amount=1), deal("deal.won", 2))

    assert against(redis, RULES).is_empty


def test_nothing_is_written(redis: Redis) -> None:
    past(redis, deal("deal.created", 1, name="A", amount=1), deal("deal.won", 2))
    before = {key: redis.dump(key) for key in redis.scan_iter()}
    against(redis, CHANGED_RULES)

    assert {key: redis.dump(key) for key in redis.scan_iter()} == before


def test_a_task_that_was_reopened_equals_one_that_was_never_closed(redis: Redis) -> None:
    start = action("create", 1, companyId="srcid-c1", mainType="task", action="{deal.name}", status="To Do")
    base = RuleSet((rule("created", "deal.created", start), rule("won", "deal.won", action("complete", 2))))
    past(redis, deal("deal.created", 1, name="A"), deal("deal.won", 2), deal("deal.created", 3, name="A"), rules=base)
    changed = replace(base, rules=base.rules[:1])

    assert against(redis, changed, base).is_empty
    assert against(redis, base, changed).is_empty


def test_only_tasks_that_are_there_in_the_end_are_counted(redis: Redis) -> None:
    past(
        redis, deal("deal.created", 1, name="A", amount=1), *(deal("deal.named", n, number=f"no-{n}") for n in range(9))
    )

    assert against(redis, CHANGED_RULES).tasks == 1
    assert against(redis, RULES, RuleSet(())).tasks == 1


def test_a_change_names_field_rule_and_event(redis: Redis) -> None:
    created = deal("deal.created", 1, name="A", amount=1)
    past(redis, created)
    (change,) = against(redis, CHANGED_RULES).changes
    title = next(field for field in change.fields if field.name == "action")

    assert (change.kind, title.before.value, title.after.value) == (CHANGED, "A", "New A")
    assert (title.rule, title.after.event) == ("created", created.id)


def test_a_task_that_is_no_longer_written_says_why(redis: Redis) -> None:
    past(redis, deal("deal.created", 1, name="A", amount=1))
    none = replace(RULES, rules=RULES.rules[1:])
    (change,) = against(redis, none).changes

    assert (change.kind, change.rules, change.because) == (DROPPED, ("created",), ("created is gone",))


def test_a_rule_put_in_shadow_says_so(redis: Redis) -> None:
    past(redis, deal("deal.created", 1, name="A", amount=1), deal("deal.named", 2, name="B"))
    (change,) = against(redis, replace(RULES, rules=(RULES.rules[0], replace(RULES.rules[1], mode="shadow")))).changes

    assert change.because == ("named writes nothing now: its mode is shadow",)


def test_a_task_of_older_events_is_there_for_the_newer_ones(redis: Redis) -> None:
    old = deal("deal.created", 1, name="A", amount=1)
    past(redis, old, deal("deal.won", 2))
    redis.hdel(f"planhook:event:{old.id}", "b", "p")  # its body is no longer kept
    (change,) = against(redis, CHANGED_RULES).changes
    values = {field.name: (field.before.value, field.after.value) for field in change.fields}

    assert change.kind == CHANGED
    assert values["status"] == ("Done", "Ignored")
    assert "action" not in values


def test_only_events_of_the_period_are_judged_anew(redis: Redis) -> None:
    late = replace(deal("deal.named", 2, name="B"), received_at=START + timedelta(hours=3))
    end_of(redis, RULES, [deal("deal.created", 1, name="A", amount=1)], [late])
    told = against(redis, CHANGED_RULES, since=START + timedelta(hours=2))
    (change,) = told.changes

    assert told.events == 1
    assert [field.name for field in change.fields] == ["action"]
    assert change.kind == DROPPED


def test_rules_that_newly_stop_are_told_with_their_events(redis: Redis) -> None:
    def renaming(path: str) -> RuleSet:
        return RuleSet((rule("named", "deal.named", action("update", 1, action=path)),))

    first = deal("deal.named", 1, name="A")
    past(redis, first, deal("deal.named", 2, name="B"), deal("deal.named", 3, stage="S"), deal("deal.named", 4))
    told = against(redis, renaming("{deal.stage}"), renaming("{deal.name}"))

    (new,), (solved,) = told.new_problems, told.solved_problems
    assert (new.rule, new.events, new.first_event) == ("named", 2, first.id)
    assert new.problem == "update: action: deal.stage has no value"
    assert (solved.events, solved.problem) == (1, "update: action: deal.name has no value")


def test_an_event_that_speaks_for_somebody_else_is_left_out(redis: Redis) -> None:
    def bound(at: int, holder: str) -> Event:
        event = deal("deal.created", at, number=holder, name=holder, amount=1)
        return replace(event, bindings=(Binding("room", holder, "not theirs"),))

    past(redis, bound(1, "first"), bound(2, "second"))

    assert [change.key for change in against(redis, CHANGED_RULES).changes] == ["t-first"]
