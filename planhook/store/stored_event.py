"""Events as they were stored, for planning them by hand."""

import json
from typing import Any

from redis import Redis

from planhook.store.connection import PREFIX, store_errors
from planhook.store.journal import EventUnknown
from planhook.store.packing import unpack


def stored_record(redis: Redis, event_id: str) -> dict[str, Any]:
    """The record of which `Event.from_json` makes the event. Raises EventUnknown and StoreUnavailable."""
    with store_errors():
        body = redis.hget(f"{PREFIX}event:{event_id}", "b")
    if not isinstance(body, bytes):
        raise EventUnknown(event_id)
    record: dict[str, Any] = json.loads(unpack(body))
    return record
