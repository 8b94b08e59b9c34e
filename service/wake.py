"""Waking the planner once events are durable."""

import structlog
from redis.exceptions import RedisError

from planhook.wakeup import Wakeups

_log = structlog.get_logger("service.wake")


def wake_planner(wakeups: Wakeups) -> None:
    """Wake the planner; a failure is only logged, because a worker's sweeper makes up for it."""
    try:
        wakeups.plan()
    except RedisError as fault:
        _log.warning("wake_up_failed", reason=str(fault))
