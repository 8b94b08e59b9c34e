"""What was refused: how often, by source and reason, and the last ones. No body, no header, nothing secret."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from redis import Redis

from planhook.core.event import iso
from planhook.store.connection import PREFIX, Scripts, store_errors

KEPT = 200
UNKNOWN_SOURCE = "unknown_source"
OTHERS = "(others)"
_MOST_COUNTERS = 300  # anybody can make up names of sources; configured ones are counted beyond it
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request to `source` that got a 4xx: any text, which is cut and cleaned. `reason` is a short code."""

    at: datetime
    source: str
    status: int
    reason: str

    def __post_init__(self) -> None:
        cut = self.source[:_LONGEST_NAME]
        object.__setattr__(self, "source", "".join(sign if sign.isprintable() else "?" for sign in cut))


class Refusals:
    """The refusals of all web processes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    def add(self, counts: Mapping[tuple[str, str], int], last: Sequence[Refusal]) -> None:
        """Count by `(source, reason)` and keep `last`, oldest first. Raises StoreUnavailable."""
        arguments: list[str | int] = []
        for (source, reason), count in counts.items():
            when_full = OTHERS if reason == UNKNOWN_SOURCE else source
            arguments += [_counter(source, reason), _counter(when_full, reason), count]
        records = [json.dumps([iso(one.at), one.source, one.status, one.reason]) for one in last]
        self._scripts.run("refuse", _MOST_COUNTERS, KEPT, len(counts), *arguments, *records)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many, by source and reason. Raises StoreUnavailable."""
        with store_errors():
            counters = cast(dict[bytes, bytes], self._redis.hgetall(f"{PREFIX}refusals"))
        found: dict[str, dict[str, int]] = {}
        for name, count in sorted(counters.items()):
            source, reason = json.loads(name)
            found.setdefault(source, {})[reason] = int(count)
        return found

    def last(self) -> list[dict[str, Any]]:
        """The last `KEPT`, newest first: `{"at", "source", "status", "reason"}`. Raises StoreUnavailable."""
        with store_errors():
            records = cast(list[bytes], self._redis.lrange(f"{PREFIX}refusals:last", 0, -1))
        return [dict(zip(("at", "source", "status", "reason"), json.loads(one), strict=True)) for one in records]


def _counter(source: str, reason: str) -> str:
    return json.dumps([source, reason])
