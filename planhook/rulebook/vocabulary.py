"""The words that rules may use of an event: types and fields, as every source gives them."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from planhook.sources.deal import DEAL_FIELDS
from planhook.sources.meeting import MEETING_FIELDS

# What can be true of one event at once, the most specific type first.
EVENT_TYPES: tuple[tuple[str, ...], ...] = (
    ("deal.created",),
    ("deal.won", "deal.stage_changed", "deal.updated"),
    ("deal.lost", "deal.stage_changed", "deal.updated"),
    ("deal.stage_changed", "deal.updated"),
    ("deal.updated",),
    ("deal.deleted",),
    ("meeting.scheduled",),
    ("meeting.updated",),
    ("meeting.cancelled",),
    ("meeting.ended",),
    ("meeting.no_show",),
)
TYPES = tuple(types[0] for types in EVENT_TYPES)

FIELDS: Mapping[str, tuple[str, ...]] = {
    "event": ("id", "source", "type", "types", "occurred_at", "received_at", "sequence", "sender_id"),
    "deal": tuple(DEAL_FIELDS),
    "meeting": tuple(MEETING_FIELDS),
}


def listens(on: Iterable[str], event_type: str) -> bool:
    """Whether one of the names or globs in `on` stands for the type."""
    return any(fnmatchcase(event_type, pattern) for pattern in on)
