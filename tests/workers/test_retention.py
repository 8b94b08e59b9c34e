"""What is forgotten, and what is not although it is days old. Days pass by making everything in Redis older."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from redis import Redis

from planhook.store.room import Memory
from tests.workers.conftest import Pipeline, deal
from workers.purger import Purger


def let_pass(redis: Redis, time: timedelta) -> None:
    """What lives for a limited time only has lived for `time` more."""
    for key in redis.scan_iter("*"):
        left = redis.pttl(key)
        if left >= 0:
            redis.pexpire(key, left - int(time.total_seconds() * 1000))


def test_an_event_that_comes_again_six_days_later_is_known(pipeline: Pipeline) -> None:
    age = timedelta(days=6)
    created = replace(deal("deal.created", 0, name="a", amount=1), received_at=datetime.now(UTC) - age)
    pipeline.process(created)
    let_pass(pipeline.redis, age)

    Purger(Memory(pipeline.redis), pipeline.inbox, 1, lambda: False).run()

    assert pipeline.redis.hget(f"planhook:event:{created.id}", "b") is None  # its body has been forgotten
    assert pipeline.accept(created).duplicates == 1
    assert pipeline.journal.stats()["accepted"] == 1
