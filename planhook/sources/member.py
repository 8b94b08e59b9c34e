"""Members of a sender's object that must have a certain form. Every function raises ValueError that names the key."""

from collections.abc import Mapping
from datetime import datetime

from planhook.core.event import JSON
from planhook.sources import values

_LONGEST_NAME = 100


def name_at(item: Mapping[str, JSON], key: str) -> str:
    """A text of 1 to 100 characters."""
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is missing")
    if len(value) > _LONGEST_NAME:
        raise ValueError(f"{key} is longer than {_LONGEST_NAME} characters")
    return value


def id_at(item: Mapping[str, JSON], key: str) -> str:
    """A text or a number, as text."""
    value = item.get(key)
    try:
        found = "" if value is None else values.identifier(value)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None
    if not found:
        raise ValueError(f"{key} is missing")
    return found


def object_at(item: Mapping[str, JSON], key: str) -> Mapping[str, JSON]:
    """An object; an empty one where there is none."""
    try:
        return values.mapping(item.get(key) or {})
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def list_at(item: Mapping[str, JSON], key: str) -> list[JSON]:
    """A list; an empty one where there is none."""
    value = item.get(key) or []
    if not isinstance(value, list):
        raise ValueError(f"{key} is not a list")
    return value


def objects_at(item: Mapping[str, JSON], key: str) -> list[Mapping[str, JSON]]:
    """A list of objects; an empty one where there is none."""
    found = list_at(item, key)
    if not all(isinstance(each, dict) for each in found):
        raise ValueError(f"{key} holds something else than objects")
    return found


def moment_at(item: Mapping[str, JSON], key: str) -> datetime:
    """A time, aware UTC."""
    try:
        return values.moment(item.get(key))
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None
