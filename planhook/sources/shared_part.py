"""What every event of a request repeats from its envelope, kept small enough to be stored once per event."""

import json

from planhook.core.errors import BodyInvalid
from planhook.core.event import JSON

_MAX_TOTAL = 2**20  # characters


def check_repeated(shared: JSON, count: int) -> None:
    """Raise BodyInvalid with status 413 when `count` events would repeat too much of `shared`."""
    if count > 1 and count * len(json.dumps(shared, ensure_ascii=False)) > _MAX_TOTAL:
        raise BodyInvalid("the events of the request share too large a part", "shared_part_long", status=413)
