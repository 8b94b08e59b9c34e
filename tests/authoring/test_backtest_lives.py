"""A task has the company that it was made with, and the rule that made or deleted it answers for all of it."""

import random
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from planhook.authoring.difference import Difference
from planhook.core import condition
from planhook.core.rule import Rule, RuleSet
from sandbox.identifiers import made_up_object_id
from tests.authoring.test_backtest import against, end_of
from tests.authoring.test_backtest import redis as redis
from tests.workers.conftest import action, deal, rule


def firmly(key: str, on: str, company: str) -> Rule:
    fields = {"companyId": company, "mainType": "task", "action": "Deal"}
    return rule(key, on, action("create", 1 if key == "R1" else 2, **fields))


R1, R2 = firmly("R1", "deal.created", "srcid-sales"), firmly("R2", "deal.won", "srcid-cs")


def companies(difference: Difference) -> list[tuple[Any, Any]]:
    fields = [field for change in difference.changes for field in change.fields if field.name == "companyId"]
    return [(field.before.value, field.after.value) for field in fields]


def test_the_company_is_that_of_the_create_that_made_the_task(redis: Redis) -> None:
    both = RuleSet((R1, R2))
    end_of(redis, both, [deal("deal.created", 1)], [deal("deal.won", 2)])
    gone = against(redis, RuleSet((R2,)), both)

    assert companies(gone) == [("srcid-sales", "srcid-cs")]
    assert [(field.before.rule, field.after.rule) for field in gone.changes[0].fields] == [("R1", "R2")]
    assert against(redis, RuleSet((R1, firmly("R2", "deal.won", "srcid-csm"))), both).is_empty


def test_the_company_is_that_of_the_create_that_came_first_not_of_the_oldest(redis: Redis) -> None:
    both = RuleSet((R1, R2))
    end_of(redis, both, [deal("deal.won", 2)], [deal("deal.created", 1)])

    assert companies(against(redis, RuleSet((R1,)), both)) == [("srcid-cs", "srcid-sales")]
    assert companies(against(redis, RuleSet((R2,)), both)) == []


def test_a_task_of_an_older_event_keeps_the_company_that_it_was_made_with(redis: Redis) -> None:
    both, old = RuleSet((R1, R2)), deal("deal.created", 1)
    end_of(redis, both, [old], [deal("deal.won", 2)])
    redis.hdel(f"planhook:event:{old.id}", "b", "p")

    assert against(redis, RuleSet((R1, firmly("R2", "deal.won", "srcid-csm"))), both).is_empty
    assert companies(against(redis, RuleSet((R1,)), both)) == []


@pytest.mark.parametrize("seed", range(6))
def test_companies_end_as_in_planhat(redis: Redis, seed: int) -> None:
    chance = random.Random(seed)
    gone = rule("gone", "deal.deleted", action("delete", 3))
    base = RuleSet((R1, R2, gone))
    changed = RuleSet((firmly("R1", "deal.created", "srcid-new"), gone) if seed % 2 else (R2, gone))
    times = chance.sample(range(40), 25)
    kinds = ("created", "won", "deleted")
    events = [deal(f"deal.{chance.choice(kinds)}", at, number=str(chance.randrange(4))) for at in times]
    before = end_of(redis, base, *([event] for event in events))
    told = against(redis, changed, base)
    redis.flushdb()
    after = end_of(redis, changed, *([event] for event in events))

    def of(key: str) -> tuple[Any, Any]:
        return before.get(key, {}).get("companyId"), after.get(key, {}).get("companyId")

    assert sorted(map(_object_ids, companies(told)), key=str) == sorted(
        (of(key) for key in {**before, **after} if len({*of(key)}) > 1), key=str
    )


def _object_ids(companies: tuple[Any, Any]) -> tuple[Any, ...]:
    """What the sandbox keeps instead of a `srcid-…`."""
    return tuple(company and made_up_object_id(company) for company in companies)


NAMED = rule("named", "deal.named", action("update", 5, description="{deal.name}"))
DELETED = rule("gone", "deal.deleted", action("delete", 6))


def responsible(difference: Difference) -> set[str | None]:
    (change,) = difference.changes
    return {field.rule for field in change.fields}


def test_where_the_rule_that_made_a_task_goes_it_is_responsible_for_all_that_vanishes(redis: Redis) -> None:
    both = RuleSet((R1, NAMED))
    end_of(redis, both, [deal("deal.created", 1), deal("deal.named", 2, name="A")])

    assert responsible(against(redis, RuleSet((NAMED,)), both)) == {"R1"}
    assert responsible(against(redis, both, RuleSet((NAMED,)))) == {"R1"}
    assert responsible(against(redis, RuleSet((R1,)), both)) == {"named"}


def test_a_rule_that_newly_deletes_is_responsible_and_so_is_one_that_no_longer_does(redis: Redis) -> None:
    base, with_deletion = RuleSet((R1, NAMED)), RuleSet((R1, NAMED, DELETED))
    end_of(redis, base, [deal("deal.created", 1), deal("deal.named", 2, name="A")], [deal("deal.deleted", 3)])

    assert responsible(against(redis, with_deletion, base)) == {"gone"}
    assert responsible(against(redis, base, with_deletion)) == {"gone"}


def test_a_rule_that_newly_applies_says_in_the_past_why_it_did_not(redis: Redis) -> None:
    never = replace(NAMED, condition=condition.Test("deal.name", "is", "B"))
    end_of(redis, RuleSet((R1, never)), [deal("deal.created", 1), deal("deal.named", 2, name="A")])

    def because(rule: Rule) -> tuple[str, ...]:
        (change,) = against(redis, RuleSet((R1, NAMED)), RuleSet((R1, rule))).changes
        return change.because

    assert because(never) == ("named did not apply before: deal.name is A, not B",)
    assert because(replace(NAMED, mode="shadow")) == ("named wrote nothing before: its mode was shadow",)


def test_a_deletion_that_both_rule_sets_make_is_not_responsible(redis: Redis) -> None:
    again = RuleSet((R1, DELETED, R2))
    end_of(redis, again, [deal("deal.created", 1)], [deal("deal.deleted", 2)], [deal("deal.won", 3)])

    assert responsible(against(redis, RuleSet((R1, DELETED)), again)) == {"R2"}
