"""Plain data that remembers which line of its file each key and item stands on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]


class LocatedDict(dict[str, Any]):
    """A map of a file. `line` is where it begins, `lines` where each of its keys stands (from 1)."""

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class LocatedList(list[Any]):
    """A list of a file. `line` is where it begins, `lines` where each of its items begins (from 1)."""

    def __init__(self, line: int = 0, items: Iterable[Any] = (), lines: Iterable[int] = ()) -> None:
        super().__init__(items)
        self.line = line
        self.lines: list[int] = list(lines)


def line_of(data: Any, path: Sequence[str | int]) -> int:
    """The line of the value at `path`, or of the innermost part of the path that the file has."""
    line = getattr(data, "line", 0)
    for step in path:
        if isinstance(data, LocatedDict) and step in data:
            line, data = data.lines[str(step)], data[str(step)]
        elif isinstance(data, LocatedList) and isinstance(step, int) and step < len(data):
            line, data = data.lines[step], data[step]
        else:
            break
    return line


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
