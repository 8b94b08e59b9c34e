"""Reading many things so that the faults of all are told, not only of the first."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from marshmallow import ValidationError

_Key = TypeVar("_Key", str, int)
_Read = TypeVar("_Read")


def read_each(entries: Iterable[tuple[_Key, Any]], read: Callable[[_Key, Any], _Read]) -> list[_Read]:
    """`read(key, value)` of every entry. Raises ValidationError with the messages of all that failed, by key."""
    results: list[_Read] = []
    errors: dict[_Key, Any] = {}
    for key, value in entries:
        try:
            results.append(read(key, value))
        except ValidationError as fault:
            errors[key] = fault.messages
    if errors:
        raise ValidationError(errors)
    return results
