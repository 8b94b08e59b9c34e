"""The deliverer's lease: one holder at a time, and nothing of an earlier one counts."""

from collections.abc import Iterator

import pytest
from redis import Redis

from planhook.core.register import Register
from planhook.store.budget import Lease
from planhook.store.connection import connect
from planhook.store.registers import Lost, Registers


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with connect(redis_url, timeout=2, connections=2) as client:
        yield client


def held(redis: Redis, owner: str) -> Lease:
    lease = Lease(redis, owner)
    assert lease.acquire()
    return lease


def test_one_process_holds_the_lease(redis: Redis) -> None:
    first = held(redis, "one")
    assert not Lease(redis, "two").acquire()
    first.release()
    assert Lease(redis, "two").acquire()


def test_what_was_about_to_be_written_is_known_to_the_next_holder(redis: Redis) -> None:
    first = held(redis, "one")
    first.begin({"s:t-1": {"action": "Call"}})
    first.release()

    assert held(redis, "two").interrupted()[0] == {"s:t-1": {"action": "Call"}}


def test_a_former_holder_cannot_overwrite_the_note_of_the_present_one(redis: Redis) -> None:
    former = held(redis, "one")
    Lease(redis, "sweeper").break_of("one")
    present = held(redis, "two")
    present.begin({"s:t-2": {"action": "Mail"}})

    for writes in ({"s:t-1": {"action": "Call"}}, {}):
        with pytest.raises(Lost):
            former.begin(writes)

    assert present.interrupted()[0] == {"s:t-2": {"action": "Mail"}}


def test_a_note_needs_a_lease(redis: Redis) -> None:
    with pytest.raises(Lost):
        Lease(redis, "one").begin({"s:t-1": {}})


def test_what_a_former_holder_learnt_is_not_written_down(redis: Redis) -> None:
    """It was stopped in the midst of a call, and the present one has written since."""
    registers = Registers(redis)
    former = held(redis, "one")
    token = former.token
    Lease(redis, "sweeper").break_of("one")
    present = held(redis, "two")
    present.begin({"s:t-1": {"action": "Mail"}})

    with pytest.raises(Lost):
        registers.commit_delivery(token, {"s:t-1": (Register("t-1"), None)}, [])

    assert registers.read(["s:t-1"])["s:t-1"].revision == 0
    assert present.interrupted()[0] == {"s:t-1": {"action": "Mail"}}


def test_a_former_holder_cannot_give_back_or_keep_the_lease_of_the_present_one(redis: Redis) -> None:
    former = held(redis, "one")
    Lease(redis, "sweeper").break_of("one")
    present = held(redis, "two")

    assert not former.renew()
    former.release()

    assert present.renew()
