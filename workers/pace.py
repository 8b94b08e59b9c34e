"""The pace of bulk writes: at once while they are few or full, spread out under a steady load."""

import time
from collections.abc import Callable

from planhook.store.budget import WINDOW_MS

_AT_ONCE = 6  # a sixth of a minute's calls may go out one after the other
_FULL_AT_ONCE = 5  # a fifth of them, as long as each carries all it can: waiting would save none
_SPREAD = 1.5  # two thirds of them are spread over the minute; the rest is left for calls about single tasks


class Pace:
    """When the next bulk write should go out. Without it, live events would use up a minute's calls in seconds.

    `clock` gives seconds.
    """

    def __init__(self, calls_per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._interval = WINDOW_MS / 1000 / calls_per_minute * _SPREAD
        self._burst = self._interval * max(1, calls_per_minute // _AT_ONCE)
        self._full_burst = self._interval * max(1, calls_per_minute // _FULL_AT_ONCE)
        self._paid_until = 0.0
        self._last = -self._interval

    def wait(self, *, is_full: bool = False) -> float:
        """Seconds until the next write should go out; 0 for now. `is_full`: it carries all that one may."""
        now = self._clock()
        debt = self._paid_until - now - (self._full_burst if is_full else self._burst)
        # What a burst of full writes has used up is nothing that others have to wait for: they go at the steady pace.
        return max(0.0, min(debt, self._last - now) + self._interval)

    @property
    def state(self) -> tuple[float, float]:
        """For how many seconds writes are paid for, and how many ago the last one was."""
        now = self._clock()
        return self._paid_until - now, now - self._last

    def adopt(self, ahead_s: float, ago_s: float) -> None:
        """Go on with the `state` of another process, as far as it may be: the clock it was noted by may have jumped."""
        now = self._clock()
        self._paid_until = now + min(ahead_s, self._full_burst + self._interval)
        self._last = now - max(0.0, ago_s)

    def count(self) -> None:
        """One write goes out now."""
        self._last = self._clock()
        self._paid_until = max(self._paid_until, self._last) + self._interval
