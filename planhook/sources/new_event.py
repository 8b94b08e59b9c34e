"""The event that a kind makes of one item, and what its sender says has changed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from planhook.core.event import JSON, Delivery, Event, event_id, milliseconds
from planhook.sources.source import shown_id
from planhook.sources.values import one_line


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
    fetch: str | None = None,
) -> Event:
    """An event of `source`; without `occurred_at` it happened when the delivery was received.

    `identity` is what the sender tells this event apart by, `types` has the most specific first; a sender's word
    among them is brought on one line.
    """
    types = tuple(one_line(each) for each in types)
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
        fetch=fetch,
    )


def changes_between(
    previous: Mapping[str, JSON],
    current: Mapping[str, JSON],
    read: Callable[[Mapping[str, JSON]], Mapping[str, JSON]],
) -> dict[str, dict[str, JSON]]:
    """`{"stage": {"from": "a", "to": "b"}}` where `previous` differs from `current`, in the words of the deal.

    `previous` is the part of the record that was otherwise before. `read` gives the canonical fields of a record;
    what it does not know keeps the sender's name and value.
    """
    before, after = read({**current, **previous}), read(current)
    changes: dict[str, dict[str, JSON]] = {}
    for name, old in previous.items():
        new = current.get(name)
        if old == new:
            continue
        fed = read({name: old}).keys() | read({name: new}).keys()
        told = {field: (before.get(field), after.get(field)) for field in fed} or {name: (old, new)}
        changes |= {field: {"from": was, "to": now} for field, (was, now) in told.items() if was != now}
    return changes


def changes_to(
    written: Mapping[str, JSON], deal: Mapping[str, JSON], fields: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, JSON]]:
    """`{"stage": {"to": "b"}}` of what was `written`, for senders that do not tell what was before.

    `fields` has the canonical fields that each name of the sender feeds, `deal` their values; a cleared one is None.
    """
    changes = {}
    for name, value in written.items():
        if name not in fields:
            changes[name] = {"to": value}
            continue
        told = (field for field in fields[name] if field in deal or value is None or value == "")
        changes |= {field: {"to": deal.get(field)} for field in told}
    return changes
