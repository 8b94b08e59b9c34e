"""Whether a process is told to end."""

import os
import select
from contextlib import suppress


class StopFlag:
    """What a signal handler can set at any moment.

    An event of `threading` cannot: its lock is held for a moment by who waits for it and by who sets it, and a handler
    that runs in that very moment, in the same thread, would wait for the lock for ever.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)

    def set(self) -> None:
        self._is_set = True
        with suppress(BlockingIOError):  # full: whoever waits is awake long since
            os.write(self._writer, b"\0")

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> None:
        """Until it is set, or that time has passed."""
        select.select([self._reader], [], [], seconds)
