"""The key of a task, Planhat's `sourceId`: from a rule's text, or made up from the event."""

import hashlib
from collections.abc import Mapping
from typing import Any

from planhook.core.errors import ValueMissing
from planhook.core.event import Event
from planhook.core.properties import is_object_id
from planhook.core.scalar import as_text, has_control_characters, joined, quoted

LONGEST_KEY = 200
_KEPT = 160


def task_key(value: Any) -> str:
    """`value` as a `sourceId`: trimmed, and when too long cut and hashed so that it stays unique.

    Raises ValueMissing when nothing is left or control characters are in it.
    """
    text = joined(value) if isinstance(value, list) else as_text(value)
    if text is None:
        raise ValueMissing(f"sourceId is {quoted(value)}, not a text")
    text = text.strip()
    if not text:
        raise ValueMissing("sourceId is empty")
    if has_control_characters(text):
        raise ValueMissing("sourceId contains control characters")
    if len(text) <= LONGEST_KEY:
        return text
    return f"{text[:_KEPT]}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def planhat_id(value: Any) -> str:
    """`value` as Planhat's own `_id`. Raises ValueMissing when it cannot be one."""
    if not isinstance(value, str) or not is_object_id(value.strip()):
        raise ValueMissing(f"_id is {quoted(value)}, not a Planhat id (24 hexadecimal digits)")
    return value.strip().lower()


def key_of_rule(slug: str, event: Event) -> str:
    """The key of a create that names none: one task per rule, source and object.

    Raises ValueMissing when the event names neither an object nor itself.
    """
    identity = record_id(event)
    if identity is None:
        raise ValueMissing("the event has no id to make a sourceId of; give the create a sourceId")
    return task_key(f"{slug}-{event.source}-{identity}")


def record_id(event: Event) -> str | None:
    """The sender's id of the deal or meeting that an event is about, else of the event; None when it names none."""
    for owner in (event.deal, event.meeting, {"id": event.sender_id}, event.payload):
        identity = as_text(owner.get("id")) if isinstance(owner, Mapping) else None
        if identity:
            return identity
    return None
