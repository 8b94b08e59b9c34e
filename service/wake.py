"""Waking the workers once events are durable, beside the answer: a sender does not wait for RQ's bookkeeping."""

from collections.abc import Callable

import gevent
import structlog
from redis.exceptions import RedisError

from planhook.wakeup import Wakeups
from service.deadline import can_interrupt

_log = structlog.get_logger("service.wake")


def wake_planner(wakeups: Wakeups) -> None:
    """Wake the planner; a failure is only logged, because a worker's sweeper makes up for it."""
    _beside(wakeups.plan)


def wake_fetcher(wakeups: Wakeups) -> None:
    """Wake the fetcher likewise."""
    _beside(wakeups.fetch)


def _beside(call: Callable[[], None]) -> None:
    """After the answer, where sockets are gevent's; else at once."""
    if can_interrupt():
        gevent.spawn(_wake, call)  # type: ignore[no-untyped-call]
    else:
        _wake(call)


def _wake(call: Callable[[], None]) -> None:
    try:
        call()
    except RedisError as fault:
        _log.warning("wake_up_failed", reason=str(fault))
