"""The pipeline in one process with a proxy before Planhat, and a clock that tests put forward."""

from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

import pytest
from redis import Redis

import sandbox.server
from planhook.planhat.client import PlanhatClient
from planhook.store.connection import PREFIX, connect
from tests.reliability.proxy import FaultProxy
from tests.workers.conftest import Pipeline

TIMEOUT_S = 0.4


@pytest.fixture
def planhat() -> Iterator[sandbox.server.SandboxServer]:
    with sandbox.server.start(rate_limit=0, unique_source_ids=False, upsert_race_ms=2) as server:
        yield server


@pytest.fixture
def proxy(planhat: sandbox.server.SandboxServer) -> Iterator[FaultProxy]:
    with FaultProxy(urlsplit(planhat.url).port or 0) as proxy:
        yield proxy


@pytest.fixture
def pipeline(redis_url: str, planhat: sandbox.server.SandboxServer, proxy: FaultProxy) -> Iterator[Pipeline]:
    redis = connect(redis_url, timeout=5, connections=8)
    line = Pipeline(redis, planhat)
    url = f"http://127.0.0.1:{proxy.port}"
    with PlanhatClient(url, planhat.token, bulk_s=TIMEOUT_S, single_s=TIMEOUT_S) as client:
        line.client.close()
        line.client = client
        line.same_deliverer = line.deliverer()
        yield line
    redis.connection_pool.disconnect()


class VirtualClock:
    """Puts the clock of planhook forward by moving every time that it has noted in Redis back. `ms` since the start."""

    def __init__(self, redis: Redis) -> None:
        self.ms = 0
        self._redis = redis

    def advance(self, ms: int) -> None:
        self.ms += ms
        for name in ("due", "watch", "planners", "held"):
            for member in cast(list[bytes], self._redis.zrange(f"{PREFIX}{name}", 0, -1)):
                self._redis.zincrby(f"{PREFIX}{name}", -ms, member)
        calls = [int(moment) - ms for moment in self._redis.lrange(f"{PREFIX}calls", 0, -1)]
        if calls:
            self._redis.delete(f"{PREFIX}calls")
            self._redis.rpush(f"{PREFIX}calls", *calls)
        if pause := self._redis.get(f"{PREFIX}pause"):
            self._redis.set(f"{PREFIX}pause", int(pause) - ms)

    def pause_ms(self) -> int:
        """For how long everybody leaves Planhat alone from now."""
        seconds, micros = self._redis.time()
        now = int(seconds) * 1000 + int(micros) // 1000
        return max(0, int(self._redis.get(f"{PREFIX}pause") or 0) - now)


@pytest.fixture
def clock(pipeline: Pipeline) -> VirtualClock:
    return VirtualClock(pipeline.redis)
