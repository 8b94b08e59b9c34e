"""Which items of a bulk write a piece of its answer talks about, in time linear in the answer."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from planhook.http.words import MAX_MESSAGE, leaves

_KEY_NAMES = ("sourceId", "_id")
# A key must stand alone: "deal-1" is not named by "deal-12", "old-deal-1" or "deal-1.b".
_START = re.compile(r"(?:(?<!\w)(?<!\w[-.:@/])|(?<=srcid-))\S")
_END = re.compile(r"(?!\w)(?![-.:@/]\w)")


class Keys:
    """The `sourceId`s and `_id`s of the items of one bulk write, ready to be found in its answer."""

    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Raises ValueError for an item without a key, and for a key that two items share."""
        self._position: dict[str, int] = {}
        for position, item in enumerate(items):
            own = [item[name] for name in _KEY_NAMES if item.get(name)]
            if not own:
                raise ValueError("a bulk item needs a sourceId or an _id")
            for key in own:
                if self._position.setdefault(key, position) != position:
                    raise ValueError(f"two items of one bulk write share the key {key!r}")
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for key in self._position:
            lengths[key[0]].add(len(key))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        self._alone = len(items) == 1

    def addressed_by(self, entry: Mapping[str, Any]) -> set[int]:
        """Positions of the items that an entry names in its own `sourceId` or `_id`."""
        given = (entry.get(name) for name in _KEY_NAMES)
        return {self._position[key] for key in given if isinstance(key, str) and key in self._position}

    def named_in(self, entry: object) -> tuple[set[int], set[int]]:
        """(positions that an error entry names, positions whose key may be there by chance)."""
        if self._alone:
            return {0}, set()
        if isinstance(entry, Mapping) and (addressed := self.addressed_by(entry)):
            return addressed, set()
        named: set[int] = set()
        hinted: set[int] = set()
        for name, text in leaves(entry):
            for key in self._found_in(text[:MAX_MESSAGE]):
                certain = name in _KEY_NAMES or _is_telling(key)
                (named if certain else hinted).add(self._position[key])
        return named, hinted - named

    def _found_in(self, text: str) -> list[str]:
        found = []
        end = 0
        for match in _START.finditer(text):
            start = match.start()
            if start < end:
                continue
            for length in self._lengths.get(text[start], ()):
                key = text[start : start + length]
                if key in self._position and _END.match(text, start + length):
                    found.append(key)
                    end = start + length
                    break
        return found


def _is_telling(key: str) -> bool:
    """False for keys like "7", "1000" or "status", which an error text may hold without meaning the item."""
    return len(key) >= 8 or (len(key) >= 4 and not key.isalpha() and not key.isdigit())
