"""The books of planhook, looked at while everything goes wrong."""

import contextlib
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry


class Books:
    """Looks at the books all the time, from a thread: they must balance at each moment. Also a context manager."""

    def __init__(self, redis_port: int) -> None:
        self.looks = 0
        self.wrong: list[str] = []
        self._redis = Redis(port=redis_port, socket_timeout=1, retry=Retry(NoBackoff(), 0))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(10)
        self._redis.close()

    def _watch(self) -> None:
        while not self._end.wait(0.05):
            with contextlib.suppress(RedisError):
                self.look(cast(dict[bytes, bytes], self._redis.hgetall("planhook:stats")))

    def look(self, counters: Mapping[bytes, bytes]) -> None:
        """Compare the two sides of the books."""
        self.looks += 1
        figures = {name.decode(): int(value) for name, value in counters.items()}
        ends = sum(figures.get(status, 0) for status in ("applied", "ignored", "dead", "waiting"))
        if figures.get("accepted", 0) != ends:
            self.wrong.append(f"accepted {figures.get('accepted', 0)}, but {figures}")
