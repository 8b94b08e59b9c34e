"""What Planhat took without a word and did not keep: one problem per rule and field, until it is found kept."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from redis import Redis

from planhook.core.event import iso
from planhook.store.connection import PREFIX, store_errors

MOST = 200
_KEY = f"{PREFIX}problems"


@dataclass(frozen=True, slots=True)
class Problem:
    """What was found in one task: `rule`, which stands at `where` (`file:line`), wrote `field` in vain.

    `wrote` and `has` are the values, shortened for people; `task` is a `sourceId` or `_id`, `event` the id of the
    event that made the rule write.
    """

    rule: str
    field: str
    where: str
    message: str
    wrote: str
    has: str
    task: str
    event: str


class Problems:
    """The problems of all processes. Every method raises StoreUnavailable.

    One process at a time finds any, so a problem is read and written back; the worst of a race is a wrong count.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def all(self) -> list[dict[str, Any]]:
        """All of them, the last seen first: those of `Problem` with `count`, `first`, `last`."""
        with store_errors():
            records = cast(list[bytes], self._redis.hvals(_KEY))
        return sorted((json.loads(record) for record in records), key=lambda one: str(one["last"]), reverse=True)

    def add(self, found: Problem, at: datetime) -> None:
        """Count `found` with the others of its rule and field. Beyond `MOST` problems new ones are left out."""
        name, now = _name(found.rule, found.field), iso(at)
        with store_errors():
            known = cast(bytes | None, self._redis.hget(_KEY, name))
            if known is None and self._redis.hlen(_KEY) >= MOST:
                return
            before: dict[str, Any] = json.loads(known) if known else {"count": 0, "first": now}
            record = {**asdict(found), "count": before["count"] + 1, "first": before["first"], "last": now}
            self._redis.hset(_KEY, name, json.dumps(record))

    def clear(self, rule: str, field: str) -> None:
        """It is no problem any more."""
        with store_errors():
            self._redis.hdel(_KEY, _name(rule, field))

    def rules_changed(self, place_of: Callable[[str, str], str | None]) -> None:
        """Forget the problems of rules that write their field no longer, and correct where the others stand."""
        for problem in self.all():
            rule, field = problem["rule"], problem["field"]
            where = place_of(rule, field)
            if where is None:
                self.clear(rule, field)
            elif where != problem["where"]:
                with store_errors():
                    self._redis.hset(_KEY, _name(rule, field), json.dumps({**problem, "where": where}))


def is_about(problem: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    """Whether an operation, as the journal shows it, wrote what the problem says is not kept."""
    return bool(problem["rule"] == operation["rule"] and problem["field"] in operation["fields"])


def _name(rule: str, field: str) -> str:
    return json.dumps([rule, field])
