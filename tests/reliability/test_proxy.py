"""The proxy that spoils connections, on a real Redis: what the client sees, and what the server did all the same."""

from collections.abc import Callable, Iterator

import pytest
import redis
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devstack.redis_server import EmbeddedRedis
from tests.reliability.proxy import FaultProxy, Kind

Spoil = Callable[..., FaultProxy]


@pytest.fixture
def proxy(redis_server: EmbeddedRedis) -> Iterator[FaultProxy]:
    with FaultProxy(redis_server.port) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[Redis]:
    with Redis(port=proxy.port, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)) as client:
        client.flushdb()
        yield client


@pytest.mark.parametrize("kind", ["cut_before", "lose_reply", "cut_reply", "half_close", "stall"])
def test_a_spoilt_request_fails_and_was_or_was_not_carried_out(proxy: FaultProxy, client: Redis, kind: Kind) -> None:
    proxy.strike(kind, matching=b"INCR")

    with pytest.raises((redis.ConnectionError, redis.TimeoutError)):
        client.incr("number")

    assert proxy.hits == 1
    assert proxy.is_spent
    assert client.get("number") == (None if kind == "cut_before" else b"1")


def test_only_what_matches_goes_wrong_and_only_as_often_as_said(proxy: FaultProxy, client: Redis) -> None:
    proxy.strike("lose_reply", times=2, matching=b"INCR")
    client.set("other", 1)
    for _ in range(2):
        with pytest.raises(redis.ConnectionError):
            client.incr("number")

    assert client.incr("number") == 3


def test_a_refused_connection_is_the_next_one(proxy: FaultProxy, client: Redis) -> None:
    client.ping()
    proxy.strike("refuse")
    client.ping()  # on the connection that is open
    proxy.drop_all()
    client.connection_pool.disconnect()

    with pytest.raises(redis.ConnectionError):
        client.ping()
    assert client.ping()


@pytest.mark.parametrize("kind", ["delay", "trickle"])
def test_what_is_only_slow_arrives(proxy: FaultProxy, client: Redis, kind: Kind) -> None:
    proxy.strike(kind, seconds=0.01)

    assert client.echo("all of this") == b"all of this"


def test_frozen_nobody_is_told_what_happens_all_the_same(proxy: FaultProxy, client: Redis) -> None:
    client.ping()
    proxy.freeze()
    with pytest.raises(redis.TimeoutError):
        client.incr("number")
    proxy.heal()

    assert client.get("number") == b"1"
