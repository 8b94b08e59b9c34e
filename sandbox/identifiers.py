"""Object ids and prefixed ids as Planhat writes them."""

import hashlib
import itertools
import os
import re
import time

PREFIXES = ("srcid-", "extid-")

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_process = os.urandom(5).hex()
_counter = itertools.count(int.from_bytes(os.urandom(2)))


def new_object_id() -> str:
    """A fresh id: seconds, random process part, counter, as MongoDB makes them."""
    return f"{int(time.time()):08x}{_process}{next(_counter) & 0xFFFFFF:06x}"


def made_up_object_id(text: str) -> str:
    """The same 24 hex digits for the same text, on every machine."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def is_object_id(value: object) -> bool:
    """Whether `value` is 24 lower-case hex digits."""
    return isinstance(value, str) and _OBJECT_ID.fullmatch(value) is not None
