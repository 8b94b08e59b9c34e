"""Redis that is down, hangs, is full or read-only: senders are asked to come again, and nothing is half done."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.test import TestResponse

from devstack.redis_server import EmbeddedRedis
from planhook.store.connection import connect
from planhook.store.journal import Journal
from service.app import create_app
from tests.service.conftest import CRM, OPERATOR, environment, problem

ITEMS = [{"id": str(number), "type": "deal.won", "deal": str(number)} for number in range(100)]


@dataclass(frozen=True, slots=True)
class Fragile:
    """The application on a Redis of its own, which may be harmed."""

    server: EmbeddedRedis
    client: FlaskClient
    redis: Redis

    def deliver(self) -> TestResponse:
        return self.client.post("/webhooks/crm", json={"items": ITEMS}, headers=CRM)

    def accepted(self) -> int:
        return Journal(self.redis).stats()["accepted"]


@pytest.fixture
def fragile(tmp_path: Path, rules_dir: Path) -> Iterator[Fragile]:
    with EmbeddedRedis(tmp_path / "redis") as server:
        redis = connect(server.url, timeout=2, connections=2)
        client = create_app(env=environment(server.url, rules_dir)).test_client()
        client.get("/readyz")  # connections stand before the fault comes
        yield Fragile(server, client, redis)
        client.get("/api/v1/refusals", headers=OPERATOR)  # nothing gathered is left to be written later
        redis.close()


def assert_asks_to_come_again(fragile: Fragile) -> None:
    begun = time.monotonic()
    response = fragile.deliver()

    assert time.monotonic() - begun < 2
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "redis" not in str(problem(response)).lower()


def test_a_server_that_is_down_means_503_and_after_its_return_everything_is_taken(fragile: Fragile) -> None:
    fragile.server.kill()
    assert_asks_to_come_again(fragile)
    ready = fragile.client.get("/readyz")
    assert ready.status_code == 503
    assert "127.0.0.1" not in ready.text
    assert fragile.client.get("/api/v1/stats", headers=OPERATOR).status_code == 503
    fragile.server.start()

    assert fragile.deliver().status_code == 202
    assert fragile.accepted() == len(ITEMS)


def test_a_server_that_hangs_means_503_within_two_seconds_and_no_event_twice(fragile: Fragile) -> None:
    pid = fragile.server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        assert_asks_to_come_again(fragile)
        assert fragile.client.get("/readyz").status_code == 503
        assert fragile.client.get("/livez").status_code == 200
    finally:
        os.kill(pid, signal.SIGCONT)

    # The server may have carried out what it was sent while it hung.
    assert fragile.deliver().status_code in (200, 202)
    assert fragile.accepted() == len(ITEMS)


def test_a_full_server_means_503_and_nothing_stored(fragile: Fragile) -> None:
    fragile.redis.config_set("maxmemory", 1)
    before = set(fragile.redis.scan_iter("*"))
    assert_asks_to_come_again(fragile)
    ready = fragile.client.get("/readyz")
    after = set(fragile.redis.scan_iter("*"))
    fragile.redis.config_set("maxmemory", 0)

    assert ready.status_code == 503
    assert after == before
    assert fragile.accepted() == 0
    assert fragile.deliver().status_code == 202


def test_a_read_only_replica_means_503(fragile: Fragile) -> None:
    fragile.redis.replicaof("127.0.0.1", 1)
    assert_asks_to_come_again(fragile)
    assert fragile.client.get("/readyz").status_code == 503
    fragile.redis.replicaof("NO", "ONE")

    assert fragile.accepted() == 0
    assert fragile.deliver().status_code == 202


def test_what_was_answered_2xx_survives_the_death_of_the_server(fragile: Fragile) -> None:
    ids = fragile.deliver().get_json()["events"]
    fragile.server.kill()
    with pytest.raises(RedisError):
        fragile.redis.ping()
    fragile.server.start()

    assert [Journal(fragile.redis).event(one)["status"] for one in ids] == ["waiting"] * len(ITEMS)


def test_a_redis_that_is_nearly_full_takes_nothing_new_and_readiness_says_so(fragile: Fragile) -> None:
    used = fragile.redis.info("memory")["used_memory"]
    fragile.redis.config_set("maxmemory", int(used / 0.85))

    def asks_to_come_again() -> bool:
        return fragile.deliver().status_code == 503

    end = time.monotonic() + 5
    while not asks_to_come_again():  # the last look was a moment ago
        assert time.monotonic() < end
    assert_asks_to_come_again(fragile)
    ready = fragile.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["redis"]["memory_used"] >= 0.8

    fragile.redis.config_set("maxmemory", 0)
    while asks_to_come_again():
        assert time.monotonic() < end
    assert fragile.client.get("/readyz").status_code == 200
