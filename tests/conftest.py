"""What all tests share: a real Redis server, empty for each test that asks for it."""

import os
from collections.abc import Iterator

import pytest
import redis

from devstack.redis_server import EmbeddedRedis
from tests.reliability import lane


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The figures of the reliability runs, whether they passed or not."""
    lane.report(terminalreporter, config)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The session's own server. A test that kills or fills its server starts another one for itself."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_base_url(request: pytest.FixtureRequest) -> str:
    """$REDIS_URL when set, else the embedded server; nothing that is not ours is ever flushed."""
    given = os.environ.get("REDIS_URL")
    if not given:
        server: EmbeddedRedis = request.getfixturevalue("redis_server")
        return server.url
    with redis.Redis.from_url(given) as client:
        if client.dbsize():
            pytest.exit("REDIS_URL names a database that is not empty; the tests would wipe it", returncode=3)
    return given


@pytest.fixture
def redis_url(redis_base_url: str) -> str:
    """The URL of an empty database."""
    with redis.Redis.from_url(redis_base_url) as client:
        client.flushdb()
    return redis_base_url
