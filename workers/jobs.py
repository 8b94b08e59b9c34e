"""The functions that RQ knows by name. Each process runs one of them, on the parts that it was started with."""

import time
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from planhook.core.errors import StoreUnavailable
from workers.context import Context

_log = structlog.get_logger("planhook.worker")
_OUTAGE_POLL_S = 0.5
_BUDGET_S = 20.0  # then the job ends and another one goes on, so that RQ hears of the worker


class _Process:
    """What the running process was started with; RQ calls functions without arguments."""

    context: Context | None = None
    stop: Callable[[], bool] = staticmethod(lambda: False)


def start(context: Context, stop: Callable[[], bool]) -> None:
    """Say what the jobs of this process work on, and how they learn that it is to end."""
    _Process.context = context
    _Process.stop = staticmethod(stop)


def plan_events() -> None:
    """Plan what is in the inbox, once Planhat is known to be the one that the registers are about.

    An outage of Redis is waited out here: this process may hold events that no other one can take.
    """
    context, stop = _running()
    while not _Process.stop():
        try:
            if not context.tenancy.holds():
                return  # the deliverer looks, and wakes us
            context.redis.delete("planhook:wake:plan")
            context.planner.drain(stop)
            return
        except (StoreUnavailable, RedisError) as fault:
            _log.warning("planning_interrupted", fault=str(fault))
            time.sleep(_OUTAGE_POLL_S)


def deliver_tasks() -> None:
    """Write to Planhat what differs from it."""
    context, stop = _running()
    try:
        context.redis.delete("planhook:wake:deliver")
        context.deliverer.drain(stop)
    except (StoreUnavailable, RedisError) as fault:
        # What is left stays due, and the sweeper wakes us when Redis is back.
        _log.warning("delivery_interrupted", fault=str(fault))


def fetch_events() -> None:
    """Complete the thin events that wait, and make the calls that only the time asks for.

    An outage of Redis is waited out here: this process may hold lookups that no other one can take.
    """
    context, stop = _running()
    while not _Process.stop():
        try:
            context.redis.delete("planhook:wake:fetch")
            context.completer.drain(stop)
            return
        except (StoreUnavailable, RedisError) as fault:
            _log.warning("fetching_interrupted", fault=str(fault))
            time.sleep(_OUTAGE_POLL_S)


def _running() -> tuple[Context, Callable[[], bool]]:
    if _Process.context is None:
        raise RuntimeError("this process is not a planhook worker: start one with python -m workers")
    end = time.monotonic() + _BUDGET_S
    return _Process.context, lambda: _Process.stop() or time.monotonic() > end
