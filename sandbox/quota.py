"""The quota: calls per sliding window, and the headers that tell about it."""

import threading
import time
from collections import deque

from sandbox.behaviour import Behaviour


class Quota:
    """Admits calls while fewer than the limit were admitted within the window."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._admitted: deque[float] = deque()
        self._lock = threading.Lock()

    def admit(self) -> tuple[bool, dict[str, str]]:
        """Whether this call may pass, and the headers for its answer."""
        if not self._behaviour.rate_limit:
            return True, {}
        now = time.monotonic()
        with self._lock:
            while self._admitted and self._admitted[0] <= now - self._behaviour.rate_window_s:
                self._admitted.popleft()
            admitted = len(self._admitted) < self._behaviour.rate_limit
            if admitted:
                self._admitted.append(now)
            remaining = self._behaviour.rate_limit - len(self._admitted)
            seconds = max(1, int(self._admitted[0] + self._behaviour.rate_window_s - now + 0.999))
        headers = self._headers(max(0, remaining), seconds)
        if not admitted and self._behaviour.retry_after_s:
            headers["Retry-After"] = str(self._behaviour.retry_after_s)
        return admitted, headers

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._admitted.clear()

    def _headers(self, remaining: int, seconds: int) -> dict[str, str]:
        limit = str(self._behaviour.rate_limit)
        if self._behaviour.rate_headers == "x-rate-limit":
            return {"X-Rate-Limit-Limit": limit, "X-Rate-Limit-Remaining": str(remaining)}
        if self._behaviour.rate_headers == "x-ratelimit":
            reset = seconds if self._behaviour.rate_reset == "seconds" else int(time.time()) + seconds
            return {
                "x-ratelimit-limit": limit,
                "x-ratelimit-remaining": str(remaining),
                "x-ratelimit-reset": str(reset),
            }
        return {}
