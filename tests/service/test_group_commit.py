"""Requests that arrive together: stored together, judged each by itself."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from devstack.redis_server import EmbeddedRedis
from devstack.stack import ROOT
from planhook.core.errors import StoreUnavailable
from planhook.core.event import Event
from planhook.store.connection import connect
from planhook.store.group_commit import GroupCommit
from planhook.store.inbox import Arrival, Inbox, Receipt
from planhook.store.journal import Journal
from planhook.store.room import Room
from planhook.store.stored_event import stored_record
from tests.service.one_event import event

SENDERS = 24


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def redis(server: EmbeddedRedis) -> Iterator[Redis]:
    with connect(server.url, timeout=1.0, connections=4) as redis:
        yield redis


def together(commit: GroupCommit, requests: Sequence[Sequence[Event]]) -> list[Receipt | StoreUnavailable]:
    """What becomes of requests that begin at the same moment."""
    start = threading.Barrier(len(requests))

    def send(events: Sequence[Event]) -> Receipt | StoreUnavailable:
        start.wait(10)
        try:
            return commit.accept(events)
        except StoreUnavailable as fault:
            return fault

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def test_every_request_gets_its_own_receipt(redis: Redis) -> None:
    commit = GroupCommit(Inbox(redis), Room(redis))
    for turn in range(20):
        requests = [[event(f"{turn}-{number}-{each}") for each in range(number % 3 + 1)] for number in range(SENDERS)]
        receipts = together(commit, requests)
        for events, receipt in zip(requests, receipts, strict=True):
            assert isinstance(receipt, Receipt)
            assert receipt.events == tuple(event.id for event in events)
            assert (receipt.accepted, receipt.duplicates) == (len(events), 0)
    assert Journal(redis).stats()["accepted"] == 20 * sum(number % 3 + 1 for number in range(SENDERS))


def test_one_event_sent_by_all_at_once_is_new_to_one_of_them(redis: Redis) -> None:
    receipts = together(GroupCommit(Inbox(redis), Room(redis)), [[event("same")]] * SENDERS)

    assert sorted(receipt.accepted for receipt in receipts if isinstance(receipt, Receipt)) == [0] * 23 + [1]
    assert Journal(redis).stats()["duplicates"] == SENDERS - 1


def test_those_who_wait_for_a_slow_redis_share_the_next_round_trip(server: EmbeddedRedis, redis: Redis) -> None:
    commit = GroupCommit(Inbox(redis), Room(redis))
    commit.accept([event("first")])
    before = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
    _make_busy(commit, server)
    assert redis.info("commandstats")["cmdstat_evalsha"]["calls"] - before == 2


def test_a_spoilt_record_fails_the_request_it_belongs_to_and_no_other(redis: Redis) -> None:
    commit = GroupCommit(Inbox(redis), Room(redis))
    spoilt = event("spoilt")
    redis.set(f"planhook:event:{spoilt.id}", "not ours")
    for turn in range(10):
        good = [[event(f"{turn}-{number}")] for number in range(SENDERS)]
        *receipts, fault = together(commit, [*good, [event(f"{turn}-beside"), spoilt]])
        assert all(isinstance(receipt, Receipt) and receipt.accepted == 1 for receipt in receipts)
        assert isinstance(fault, StoreUnavailable)
    stats = Journal(redis).stats()
    assert stats["accepted"] == 10 * SENDERS
    assert stats["duplicates"] == 0


def test_a_redis_that_hangs_fails_all_who_wait_within_one_timeout(server: EmbeddedRedis, redis: Redis) -> None:
    commit = GroupCommit(Inbox(redis), Room(redis))
    commit.accept([event("before")])
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        outcomes = together(commit, [[event(f"lost-{number}")] for number in range(SENDERS)])
        assert time.monotonic() - begun < 2.0
        assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert commit.accept([event("after")]).accepted == 1


def test_a_request_that_is_broken_off_while_it_waits_holds_up_nobody(tmp_path: Path) -> None:
    options = {"enable-debug-command": "local"}
    with EmbeddedRedis(tmp_path / "redis", options=options) as server:
        command = [sys.executable, "-m", "tests.service.broken_off", server.url]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert ran.stdout.split() == ["1", "1", "1"], ran.stderr


def test_who_is_broken_off_before_a_round_trip_leaves_it_to_those_who_wait(server: EmbeddedRedis, redis: Redis) -> None:
    breaks: list[BaseException] = []

    def let_arrive() -> None:
        if breaks:
            _until(lambda: len(commit._waiting) == 2)
            raise breaks.pop()

    commit = GroupCommit(Inbox(redis), Room(redis), let_arrive)
    commit.accept([event("first")])
    _make_busy(commit, server)
    breaks.append(KeyboardInterrupt())
    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(commit.accept, [event("leader")])
        _until(lambda: len(commit._waiting) == 1)
        follower = pool.submit(commit.accept, [event("follower")])
        assert isinstance(leader.exception(10), KeyboardInterrupt)
        assert follower.result(10).accepted == 1

    assert commit.accept([event("leader")]).accepted == 1


def test_only_under_load_others_are_let_arrive_first(server: EmbeddedRedis, redis: Redis) -> None:
    asked: list[int] = []
    commit = GroupCommit(Inbox(redis), Room(redis), lambda: asked.append(len(commit._waiting)))
    for number in range(3):
        commit.accept([event(f"alone-{number}")])
    assert asked == []

    _make_busy(commit, server)
    commit.accept([event("behind")])
    commit.accept([event("alone again")])
    assert asked == [1]


def test_others_are_let_arrive_for_a_bounded_time() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.service.arriving"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert ran.stdout.split() == ["arrived", "bounded"], ran.stderr


def test_a_request_without_events_asks_redis_for_nothing() -> None:
    with connect("redis://127.0.0.1:1/0", timeout=0.1, connections=1) as nowhere:
        assert GroupCommit(Inbox(nowhere), Room(nowhere)).accept([]) == Receipt(0, 0, ())


def test_big_requests_go_by_turns(redis: Redis) -> None:
    big = "x" * 900_000
    receipts = together(GroupCommit(Inbox(redis), Room(redis)), [[event(f"big-{number}", big)] for number in range(8)])

    assert [receipt.accepted for receipt in receipts if isinstance(receipt, Receipt)] == [1] * 8


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=4), min_size=1, max_size=6))
def test_many_requests_in_one_step_count_like_one_after_the_other(redis_url: str, names: list[list[str]]) -> None:
    with connect(redis_url, timeout=2.0, connections=1) as redis:
        redis.flushdb()
        receipts = Inbox(redis).accept_all([Arrival.of([event(name) for name in each]) for each in names])
        known: set[str] = set()
        for each, receipt in zip(names, receipts, strict=True):
            new = set(each) - known
            assert (receipt.accepted, receipt.duplicates) == (len(new), len(each) - len(new))
            known |= new
        assert redis.llen("planhook:inbox:crm") == redis.zcard("planhook:events") == len(known)
        assert all(stored_record(redis, event(name).id)["payload"] == {"text": ""} for name in known)


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def _make_busy(commit: GroupCommit, server: EmbeddedRedis) -> None:
    """Have all but one of some requests share a round trip, by a Redis that halts while they arrive."""
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(SENDERS) as pool:
        sent = [pool.submit(commit.accept, [event(f"slow-{number}")]) for number in range(SENDERS)]
        _until(lambda: len(commit._waiting) == SENDERS - 1)
        os.kill(server.pid, signal.SIGCONT)
        assert sum(each.result().accepted for each in sent) == SENDERS
