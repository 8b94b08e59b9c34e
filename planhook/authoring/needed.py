"""What cannot be left out: a smallest part of many that is still enough. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def needed(candidates: Sequence[T], suffices: Callable[[Sequence[T]], bool], given: Sequence[T] = ()) -> list[T]:
    """Those of `candidates` that have to be added to `given` until it suffices: without any of them it does not.

    Of several that would do, later ones are chosen. Halves are tried before single ones, so that few that are needed
    among many are found with few questions. When not even all suffice it is all of them.
    """
    if not candidates or suffices(given):
        return []
    if len(candidates) == 1:
        return list(candidates)
    half = len(candidates) // 2
    first = needed(candidates[:half], suffices, [*given, *candidates[half:]])
    return first + needed(candidates[half:], suffices, [*given, *first])
