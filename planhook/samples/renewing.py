"""Samples that tell of new records: the ids of a story become others, the same wherever they stand."""

import hashlib
import re
from collections.abc import Sequence
from uuid import UUID, uuid5

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LEAST, _MANY = 10**14, 9 * 10**14  # fifteen digits: JSON numbers that every language keeps exactly


def renewed(text: bytes, ids: Sequence[str], tag: str) -> bytes:
    """`text` with each of `ids` replaced where it stands as a word. `tag` tells one telling of a story from another."""
    if not ids:
        return text
    words = b"|".join(re.escape(one.encode()) for one in sorted(ids, key=len, reverse=True))
    pattern = rb"(?<![A-Za-z0-9])(?:%b)(?![A-Za-z0-9])" % words
    return re.sub(pattern, lambda found: _other(found.group().decode(), tag).encode(), text)


def _other(old: str, tag: str) -> str:
    """Numbers stay numbers and UUIDs stay UUIDs, as senders' own software would demand."""
    if old.isdigit():
        return str(_LEAST + int(hashlib.sha256(f"{tag} {old}".encode()).hexdigest(), 16) % _MANY)
    if _UUID.fullmatch(old):
        return str(uuid5(UUID(old), tag))
    return f"{old}-{tag}"
