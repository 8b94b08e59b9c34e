"""Versions: which of two operations on one field is the newer one.

A version is text of fixed width over [0-9a-f], so that comparing text compares versions, whatever the
locale of the program that compares: the sender's order (two numbers), the event id, the attempt, the
position of the operation in the rule set.
"""

from planhook.core.event import Event

WIDTH = 67
OLDEST = ""  # older than every version

_FIRST_OFFSET = 1 << 50  # milliseconds or a SEQUENCE, both signs
_SECOND_OFFSET = 1 << 79  # a sender's sequence number, both signs


def version_of(event: Event, attempt: int, position: int) -> str:
    """The version of the operation at `position` of the `attempt`-th planning of `event` (from 0)."""
    first, second = event.order
    return (
        f"{_clamp(first, _FIRST_OFFSET):013x}{_clamp(second, _SECOND_OFFSET):020x}"
        f"{event.id.removeprefix('evt_')}{min(attempt, 0xFFFF):04x}{position:06x}"
    )


def event_of(version: str) -> str:
    """The id of the event that `version` belongs to."""
    return "evt_" + version[33:57]


def attempt_of(version: str) -> int:
    return int(version[57:61], 16)


def shown(version: str) -> list[int | str]:
    """A version as people and programs outside see it: the sender's two numbers and the event id."""
    return [
        int(version[:13], 16) - _FIRST_OFFSET,
        int(version[13:33], 16) - _SECOND_OFFSET,
        event_of(version),
    ]


def _clamp(number: int, offset: int) -> int:
    return max(0, min(number + offset, 2 * offset - 1))
