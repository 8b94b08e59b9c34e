"""Plain data that remembers where in its file each key and item stands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from planhook.core.place import NOWHERE, Place

ITS_TEXT = "_text"  # a last step: not the key is meant but the text behind it, which may begin below
Path = tuple[str | int, ...]


class LocatedDict(dict[str, Any]):
    """A map of a file. `place` is where it begins, `places` where each of its keys stands."""

    def __init__(self, place: Place = NOWHERE) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}
        self._texts: dict[str, Place] = {}

    def put(self, key: str, value: Any, place: Place, begins: Place = NOWHERE) -> None:
        """Set a key that stands at `place`; its value begins at another when that is told."""
        self[key] = value
        self.places[key] = place
        if isinstance(value, str) and begins.line > place.line:
            self._texts[key] = begins

    def where_text(self, key: str) -> Place:
        """Where the text behind a key begins, in the line of the key or below it."""
        return self._texts.get(key, self.places[key])

    def copy_of(self) -> "LocatedDict":
        """A map of its own with the same keys, values and places."""
        copied = LocatedDict(self.place)
        copied.update(self)
        copied.places.update(self.places)
        copied._texts.update(self._texts)
        return copied


class LocatedList(list[Any]):
    """A list of a file. `place` is where it begins, `places` where each of its items begins."""

    def __init__(self, place: Place = NOWHERE, items: Iterable[Any] = (), places: Iterable[Place] = ()) -> None:
        super().__init__(items)
        self.place = place
        self.places: list[Place] = list(places)

    def add(self, value: Any, place: Place) -> None:
        """Append an item that begins at `place`."""
        self.append(value)
        self.places.append(place)


def place_of(data: LocatedDict | LocatedList, path: Sequence[str | int]) -> Place:
    """The place of the value at `path`, or of the innermost part of the path that the file has."""
    place, inner = data.place, data
    for index, step in enumerate(path):
        if isinstance(inner, LocatedDict) and step in inner:
            is_of_text = tuple(path[index + 1 :]) == (ITS_TEXT,)
            place = inner.where_text(str(step)) if is_of_text else inner.places[str(step)]
            inner = inner[str(step)]
        elif isinstance(inner, LocatedList) and isinstance(step, int) and step < len(inner):
            place, inner = inner.places[step], inner[step]
        else:
            break
    return place


def used_in(data: Any, user: Place) -> Any:
    """A copy of `data` that says at each of its places that it is used at `user`."""
    if isinstance(data, LocatedDict):
        copied = LocatedDict(replace(data.place, used_in=user))
        for key, value in data.items():
            copied.put(key, used_in(value, user), replace(data.places[key], used_in=user))
        return copied
    if isinstance(data, LocatedList):
        places = [replace(place, used_in=user) for place in data.places]
        return LocatedList(replace(data.place, used_in=user), [used_in(item, user) for item in data], places)
    return data


def texts_in(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in `data`, which stands at `path`, and where it stands."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, LocatedDict):
        for key, value in data.items():
            yield from texts_in(value, (*path, key))
    elif isinstance(data, LocatedList):
        for index, value in enumerate(data):
            yield from texts_in(value, (*path, index))


def messages_by_path(messages: Any, path: Path = ()) -> Iterable[tuple[Path, str]]:
    """Marshmallow's nested messages, flat: `{"rules": {0: {"on": ["…"]}}}` gives `("rules", 0, "on"), "…"`."""
    if isinstance(messages, Mapping):
        for key, nested in messages.items():
            # "_schema" holds what concerns the map as a whole.
            yield from messages_by_path(nested, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from messages_by_path(message, path)
    else:
        yield path, str(messages)
