"""Clients of Redis, one factory for all, and the scripts they run.

redis-py's own defaults repeat writes up to ten times and wait for minutes; none of that happens here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.resources import files
from typing import Any

import structlog
from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from planhook.core.errors import StoreUnavailable

PREFIX = "planhook:"
SHARED = ("base", "events", "registers", "lookups", "inbox")  # each may use those before it


def connect(url: str, *, timeout: float, connections: int, verify_tls: bool = True) -> "Redis":
    """A client that fails within `timeout` seconds instead of retrying, with a pool that waits for a place."""
    options: dict[str, Any] = {}
    if url.startswith("rediss://") and not verify_tls:
        structlog.get_logger("planhook.store").warning("redis_certificate_not_verified", setting="REDIS_TLS_VERIFY")
        options = {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=timeout / 2,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        health_check_interval=0,
        retry=Retry(NoBackoff(), 0),
        **options,
    )
    return Redis(connection_pool=pool)


@contextmanager
def store_errors() -> Iterator[None]:
    """Redis's errors, whatever they are, as the one thing that they mean to callers."""
    try:
        yield
    except RedisError as fault:
        raise StoreUnavailable(f"Redis: {fault}") from fault


class Scripts:
    """The Lua files of this package, each callable with its arguments: `scripts.accept(…)`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._known: dict[str, Callable[..., Any]] = {}

    @cached_property
    def _shared(self) -> str:
        return "\n".join(_text(f"shared/{name}") for name in SHARED)

    def run(self, name: str, *arguments: Any) -> Any:
        """Run one script. Raises StoreUnavailable; then it has not changed anything, or its reply was lost."""
        if name not in self._known:
            self._known[name] = self._redis.register_script(f"{self._shared}\n{_text(name)}")
        with store_errors():
            return self._known[name](args=arguments)


def _text(name: str) -> str:
    return (files("planhook.store") / "lua" / f"{name}.lua").read_text("utf-8")
