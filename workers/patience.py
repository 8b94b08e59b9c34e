"""How long to leave the API of a source alone after it failed, and when one lookup is at fault instead."""

import time

from planhook.core.errors import FetchAccessRefused, FetchError, FetchUnavailable
from workers.backoff import Backoff

MOST_TRIES = 5
LONGEST_DELAY_S = 60.0
LONGEST_REFUSAL_S = 900.0
MOST_REFUSED = 5  # lookups in turn; then it looks as if nothing were open to us
_LEAST_S = 15.0  # after a refusal


class Patience:
    """With one source, in this process.

    A lookup is at fault when it fails again and again while others pass, and at once when it is refused by itself.
    """

    def __init__(self) -> None:
        self._backoff = Backoff(least_s=1.0, most_s=60.0)
        self._last_success = 0.0
        self._paused_until = 0.0
        self._failures: dict[str, tuple[int, float]] = {}
        self._refusals: dict[str, int] = {}
        self._refused_in_turn: set[str] = set()

    def passed(self, key: str) -> None:
        self._last_success = time.monotonic()
        self._backoff.reset()
        self._failures.pop(key, None)
        self._refusals.pop(key, None)
        self._refused_in_turn.clear()

    def refused(self, key: str) -> tuple[float, float]:
        """Seconds to put off a lookup of something that is closed to us, and to leave its source alone."""
        tries = self._refusals.get(key, 0)
        self._refusals[key] = tries + 1
        self._refused_in_turn.add(key)
        delay_s = min(LONGEST_REFUSAL_S, _LEAST_S * 2 ** min(tries, 10))
        return delay_s, self._pause(least=_LEAST_S) if len(self._refused_in_turn) >= MOST_REFUSED else 0.0

    def failed(self, key: str, error: FetchError) -> tuple[float, float] | None:
        """Seconds to put off the lookup and to leave its source alone; None when the lookup is to be given up."""
        told = error.retry_after if isinstance(error, FetchUnavailable) else None
        limited = isinstance(error, FetchUnavailable) and error.rate_limited
        if limited or told is not None or isinstance(error, FetchAccessRefused):
            return 0.0, self._pause(told, least=None if told is not None else _LEAST_S)
        tries, last = self._failures.get(key, (0, 0.0))
        if not tries or self._last_success > last:
            tries += 1
        if tries >= MOST_TRIES:
            del self._failures[key]
            return None
        self._failures[key] = (tries, time.monotonic())
        return min(LONGEST_DELAY_S, 0.5 * 2**tries), self._pause()

    def _pause(self, told: float | None = None, *, least: float | None = None) -> float:
        now = time.monotonic()
        if told is None and now < self._paused_until:
            return self._paused_until - now  # what failed at the same time is one failure
        seconds = self._backoff.next(told, least=least)
        self._paused_until = now + seconds
        return seconds
