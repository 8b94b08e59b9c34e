"""Waking the workers once events are durable."""

from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from planhook.wakeup import Wakeups

_log = structlog.get_logger("service.wake")


def wake_planner(wakeups: Wakeups) -> None:
    """Wake the planner; a failure is only logged, because a worker's sweeper makes up for it."""
    _wake(wakeups.plan)


def wake_fetcher(wakeups: Wakeups) -> None:
    """Wake the fetcher likewise."""
    _wake(wakeups.fetch)


def _wake(call: Callable[[], None]) -> None:
    try:
        call()
    except RedisError as fault:
        _log.warning("wake_up_failed", reason=str(fault))
