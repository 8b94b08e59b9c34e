"""What gunicorn's gevent workers can do and threads cannot: end waiting for the network, and let others go first."""

from contextlib import AbstractContextManager, nullcontext
from typing import cast

import gevent
from gevent import monkey

Overdue = gevent.Timeout
_ARRIVE_WITHIN = 0.02  # seconds


def can_interrupt() -> bool:
    """Whether sockets are gevent's, so that waiting for one can be ended from outside."""
    return bool(monkey.is_module_patched("socket"))  # type: ignore[no-untyped-call]


def time_limit(seconds: float) -> AbstractContextManager[object]:
    """Raises Overdue after `seconds`; does nothing where waiting cannot be interrupted."""
    if not can_interrupt():
        return nullcontext()
    return cast(AbstractContextManager[object], gevent.Timeout(seconds))  # type: ignore[no-untyped-call]


def let_arrive() -> None:
    """Let requests that stand in sockets be read first, for `_ARRIVE_WITHIN` at most, as they may never end."""
    if can_interrupt():
        with gevent.Timeout(_ARRIVE_WITHIN, False):  # type: ignore[no-untyped-call]
            gevent.idle()  # type: ignore[no-untyped-call]
