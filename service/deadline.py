"""An end to waiting for the network, where it can be had: under gunicorn's gevent workers."""

from contextlib import AbstractContextManager, nullcontext
from typing import cast

import gevent
from gevent import monkey

Overdue = gevent.Timeout


def can_interrupt() -> bool:
    """Whether sockets are gevent's, so that waiting for one can be ended from outside."""
    return bool(monkey.is_module_patched("socket"))  # type: ignore[no-untyped-call]


def time_limit(seconds: float) -> AbstractContextManager[object]:
    """Raises Overdue after `seconds`; does nothing where waiting cannot be interrupted."""
    if not can_interrupt():
        return nullcontext()
    return cast(AbstractContextManager[object], gevent.Timeout(seconds))  # type: ignore[no-untyped-call]
