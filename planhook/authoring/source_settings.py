"""What differs between two set-ups of a source, in words of the rule files. Never a value: some of them are secret."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

from planhook.sources.expression import Expression
from planhook.sources.source import Source

PROOF = "the proof"
_WORDS = {
    "mapping": "events",
    "proof": PROOF,
    "secret": PROOF,
    "is_workflow": "signature",
    "object_name": "object",
    "organizations": "organization_id",
}
_INNER = ("reader", "invites", "source")  # how sources are built is nothing that a file says
_ELSEWHERE = ("internal_domains",)  # a key of the calendar
_WHOLE = ("fetch", "proof", "secret")


def differing_settings(old: Source, new: Source, zones: tuple[ZoneInfo, ZoneInfo] | None = None) -> tuple[str, ...]:
    """The keys that differ, such as `won_stages` and `events.deal.amount`; none when both do the same.

    What the calendar says of internal domains is no setting of a source, nor is its time zone: `zones` has that of
    both, and a source that goes from the one to the other follows it.
    """
    if type(old) is not type(new):
        return ("kind",)
    paths = (path for path, values in _differing(old, new, ()) if path[-1] != "timezone" or values != zones)
    return tuple(dict.fromkeys(".".join(_worded(path)) for path in paths))


def _differing(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[Any, Any]]]:
    """Where the two differ, and what each has there."""
    if old == new or (path and path[-1] in _ELSEWHERE):
        return
    is_one = bool(path) and path[-1] in _WHOLE
    if type(old) is type(new) and is_dataclass(old) and not isinstance(old, Expression | type) and not is_one:
        for each in fields(old):
            if each.compare:
                yield from _differing(getattr(old, each.name), getattr(new, each.name), (*path, each.name))
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _differing(old.get(key), new.get(key), (*path, key))
    else:
        yield path, (old, new)


def _worded(path: tuple[str, ...]) -> Iterator[str]:
    return (_WORDS.get(step, step) for step in path if step not in _INNER)
