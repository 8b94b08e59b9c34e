"""What a sender alone has, `deal.properties.<name>`, where a source maps each by its name."""

from collections.abc import Mapping
from typing import Any

from planhook.rulebook.suggestion import closest


def is_unmapped_property(mapped: Mapping[str, Any], below: str) -> bool:
    """Whether `below` (as in `properties.region`) is none of the properties that a deal `mapped` so has."""
    names, name = _names(mapped), _name(below)
    return bool(names) and name is not None and name not in names


def remedy_of_property(mapped: Mapping[str, Any], path: str) -> str:
    """What to do about such a `path`."""
    root, _, below = path.partition(".")
    name = _name(below)
    near = closest(name, _names(mapped)) if name else None
    return f" (did you mean {root}.properties.{near}?)" if near else f" (map it under events.{root}.properties)"


def _names(mapped: Mapping[str, Any]) -> list[str]:
    """The names that are mapped; none where one expression gives all, or names have dots."""
    properties = mapped.get("properties")
    names = [str(name) for name in properties] if isinstance(properties, Mapping) else []
    return [] if any("." in name for name in names) else names


def _name(below: str) -> str | None:
    first, _, rest = below.partition(".")
    return rest.partition(".")[0] or None if first == "properties" else None
