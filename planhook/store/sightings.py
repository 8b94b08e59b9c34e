"""When the records of a collection were last seen. What is not seen any more when all are listed, is gone."""

from datetime import timedelta
from typing import cast

from redis import Redis

from planhook.store.connection import PREFIX, store_errors

_REMEMBERED = timedelta(days=400)


class Sightings:
    """The collections of one source, such as the calendars of users. Every method raises StoreUnavailable."""

    def __init__(self, redis: Redis, source: str) -> None:
        self._redis = redis
        self._prefix = f"{PREFIX}fetch:seen:{source}:"

    def note(self, collection: str, record: str, at_ms: int) -> None:
        """`record` was there at `at_ms` since the epoch; an earlier look changes nothing."""
        with store_errors():
            self._redis.zadd(self._prefix + collection, {record: at_ms}, gt=True)
            self._redis.pexpire(self._prefix + collection, _REMEMBERED)

    def forget(self, collection: str, record: str) -> None:
        with store_errors():
            self._redis.zrem(self._prefix + collection, record)

    def before(self, collection: str, at_ms: int) -> list[str]:
        """The records that were not seen at `at_ms` or later."""
        with store_errors():
            found = cast(list[bytes], self._redis.zrangebyscore(self._prefix + collection, "-inf", f"({at_ms}"))
        return [record.decode() for record in found]
