"""The flat event that people write by hand, in an example or a file, made whole: nothing in it is random."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.event import Event, event_id, milliseconds
from planhook.sources.deal import deal_types

DEFAULT_SOURCE = "example"
DEFAULT_TIME = "2026-01-15T12:00:00.000Z"  # a Thursday noon: days and business days from here on read easily


class TimeUnreadable(ValueError):
    """`key` of what is given is no time."""

    def __init__(self, key: str, value: Any) -> None:
        super().__init__(f"{key} is {value}, which is no time; write it as in 2026-10-02T15:00:00Z")
        self.key = key


def event_of(
    given: Mapping[str, Any], calendar: Calendar, *, on: Iterable[str] = (), sources: Iterable[str] = ()
) -> Event:
    """The event that `given` describes; `on` and `sources` of its rule stand in for a type and a source left out.

    Raises ValueError when there is no type, TimeUnreadable when a time is none.
    """
    event_type = str(given.get("type") or _only_plain(on) or "")
    if not event_type:
        raise ValueError("say which type the event has, as in type: deal.won")
    source = str(given.get("source") or _only_plain(sources) or DEFAULT_SOURCE)
    changes = given.get("changes") or {}
    occurred_at = _moment(given.get("occurred_at") or DEFAULT_TIME, "occurred_at", calendar)
    received_at = _moment(given["received_at"], "received_at", calendar) if given.get("received_at") else occurred_at
    sequence = given.get("sequence")
    return Event(
        id=str(given.get("id") or event_id(source, json.dumps(given, sort_keys=True, default=str))),
        source=source,
        type=event_type,
        types=given.get("types") or _types(event_type, changes),
        occurred_at=occurred_at,
        received_at=received_at,
        order=(milliseconds(occurred_at), sequence or 0),
        sequence=sequence,
        sender_id=given.get("sender_id"),
        deal=given.get("deal"),
        meeting=given.get("meeting"),
        changes=changes,
        payload=given.get("payload"),
    )


def _types(event_type: str, changes: Mapping[str, Any]) -> tuple[str, ...]:
    if event_type.startswith("deal."):
        return deal_types(event_type, stage_changed="stage" in changes)
    return (event_type,)


def _only_plain(names: Iterable[str]) -> str | None:
    plain = list(names)
    return plain[0] if len(plain) == 1 and not set(plain[0]) & set("*?[") else None


def _moment(value: Any, name: str, calendar: Calendar) -> datetime:
    moment = calendar.moment(value)
    if moment is None:
        raise TimeUnreadable(name, value)
    return moment
