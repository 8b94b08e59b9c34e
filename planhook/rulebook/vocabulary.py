"""The words that rules may use of an event: types and fields, as every source gives them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

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

_DEAL = (
    "id name stage pipeline amount currency status owner_id owner_email company_id company_name contact_ids"
    " closed_at url properties"
)
_MEETING = (
    "id title description start end all_day timezone status location url organizer attendees domains recurrence"
    " replaced_by replaces"
)
FIELDS: dict[str, tuple[str, ...]] = {
    "event": ("id", "source", "type", "types", "occurred_at", "received_at", "sequence", "sender_id"),
    "deal": tuple(_DEAL.split()),
    "meeting": tuple(_MEETING.split()),
}


def listens(on: Iterable[str], event_type: str) -> bool:
    """Whether one of the names or globs in `on` stands for the type."""
    return any(fnmatchcase(event_type, pattern) for pattern in on)


def types_of(event_type: str, *, stage_changed: bool) -> tuple[str, ...]:
    """All types that hold of an event of `event_type`; a won or lost deal changed its stage only if told so."""
    for types in EVENT_TYPES:
        if types[0] == event_type:
            return tuple(name for name in types if name == event_type or name != "deal.stage_changed" or stage_changed)
    return (event_type,)
