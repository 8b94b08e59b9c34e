"""How long to leave Planhat alone after it failed: longer each time, with jitter, never beyond a bound."""

import random

LONGEST_S = 900.0  # nobody is believed who asks for more


class Backoff:
    """Doubles from `least_s` to `most_s`; `reset` after a success."""

    def __init__(self, least_s: float, most_s: float) -> None:
        self._least_s = least_s
        self._most_s = most_s
        self._failures = 0

    def next(self, told: float | None = None, *, least: float | None = None) -> float:
        """Seconds to wait now: at least what Planhat `told`, and at least `least`."""
        own = min(self._most_s, (least or self._least_s) * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        if told is not None:
            return min(LONGEST_S, told)
        return float(own * random.uniform(0.8, 1.2))

    def reset(self) -> None:
        self._failures = 0
