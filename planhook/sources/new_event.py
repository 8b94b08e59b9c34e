"""The event that a kind makes of one item, and what its sender says has changed."""

from collections.abc import Callable, Mapping
from datetime import datetime

from planhook.core.event import JSON, Delivery, Event, event_id, milliseconds
from planhook.sources.source import shown_id


def new_event(
    source: str,
    delivery: Delivery,
    *,
    identity: str,
    types: tuple[str, ...],
    payload: JSON,
    occurred_at: datetime | None = None,
    sequence: int = 0,
    sender_id: str | None = None,
    deal: Mapping[str, JSON] | None = None,
    meeting: Mapping[str, JSON] | None = None,
    changes: Mapping[str, Mapping[str, JSON]] | None = None,
    ignored: str | None = None,
) -> Event:
    """An event of `source`; without `occurred_at` it happened when the delivery was received.

    `identity` is what the sender tells this event apart by, `types` has the most specific first.
    """
    occurred_at = occurred_at or delivery.received_at
    return Event(
        id=event_id(source, identity),
        source=source,
        type=types[0],
        types=types,
        occurred_at=occurred_at,
        received_at=delivery.received_at,
        order=(milliseconds(occurred_at), sequence),
        sequence=sequence,
        sender_id=shown_id(sender_id),
        deal=deal,
        meeting=meeting,
        changes=changes or {},
        payload=payload,
        ignored=ignored,
    )


def changes_between(
    previous: Mapping[str, JSON],
    current: Mapping[str, JSON],
    read: Callable[[Mapping[str, JSON]], Mapping[str, JSON]],
) -> dict[str, dict[str, JSON]]:
    """`{"stage": {"from": "a", "to": "b"}}` for every field that `previous` holds, in the words of the deal.

    `read` gives the canonical fields of a record; what it does not know keeps the sender's name and value.
    """
    changes = {}
    for name, old in previous.items():
        before, after = read({name: old}), read({name: current.get(name)})
        for field in before.keys() | after.keys():
            changes[field] = {"from": before.get(field), "to": after.get(field)}
        if not before and not after:
            changes[name] = {"from": old, "to": current.get(name)}
    return changes
