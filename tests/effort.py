"""How much work something is, whatever else the machine does: the time that it computes, not the time that passes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def computing_less_than(seconds: float) -> Iterator[None]:
    """Fail when what is done within takes this thread so many seconds of a processor, or more."""
    began = time.thread_time()
    yield
    spent = time.thread_time() - began
    assert spent < seconds, f"computed for {spent:.2f} s, not less than {seconds} s"
