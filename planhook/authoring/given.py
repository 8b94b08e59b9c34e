"""The flat event that people write by hand, in an example or a file, read as its source reads what comes in.

Nothing in it is random.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from planhook.authoring.told_record import GivenInvalid, Record, read_record_of
from planhook.core.calendar import Calendar
from planhook.core.event import Event, event_id, milliseconds
from planhook.rulebook.vocabulary import listens
from planhook.sources import Source, values
from planhook.sources.telling import MAPPED, Telling

DEFAULT_SOURCE = "example"
DEFAULT_TIME = "2026-01-15T12:00:00.000Z"  # a Thursday noon: days and business days from here on read easily

_WHY = {
    "deal.won": "as this deal is won",
    "deal.lost": "as this deal is lost",
    "deal.stage_changed": "with this stage change",
    "meeting.cancelled": "as this meeting is cancelled",
}


@dataclass(frozen=True, slots=True)
class Given:
    """The event that is given, and why it is of another type than was written, if it is."""

    event: Event
    note: str | None = None


def event_of(
    given: Mapping[str, Any],
    calendar: Calendar,
    *,
    on: Iterable[str] = (),
    sources: Iterable[str] = (),
    known: Mapping[str, Source] | None = None,
) -> Event:
    """The event that `read_given` reads."""
    return read_given(given, calendar, on=on, sources=sources, known=known).event


def read_given(
    given: Mapping[str, Any],
    calendar: Calendar,
    *,
    on: Iterable[str] = (),
    sources: Iterable[str] = (),
    known: Mapping[str, Source] | None = None,
) -> Given:
    """The event that `given` describes; `on` and `sources` of its rule stand in for a type and a source left out.

    It is what the service makes of these words when its source sends them, one of `known`. Where several might, it is
    of one that calls the event as it is written, if any does; where none is known, what a mapped source makes of it.
    Raises ValueError when there is no type, GivenInvalid when no source could tell that.
    """
    types = tuple(given.get("types") or ())
    written = written_type(given, on)
    if not written:
        raise ValueError("say which type the event has, as in type: deal.won")
    if types and types[0] != written:
        raise GivenInvalid(("types",), f"the first of types is the type itself, and that is {written}, not {types[0]}")
    name = given.get("source") or _only_plain(sources)
    records: list[Record] = []
    faults: list[GivenInvalid] = []
    for telling in _tellings(written, name, sources, known or {}):
        try:
            records.append(read_record_of(given, written, types, telling, calendar.internal_domains))
        except GivenInvalid as fault:
            faults.append(fault)
    if not records:
        raise faults[0]
    record = next((one for one in records if one.types[0] == written), records[0])
    event = _event(given, str(name or DEFAULT_SOURCE), record)
    why = _WHY.get(event.type) if event.type != written else None
    return Given(event, f"{why} the event is {event.type}" if why else None)


def written_type(given: Mapping[str, Any], on: Iterable[str]) -> str:
    """What `given` says that its event is, else the only type of its rule; empty when that says none."""
    return str(given.get("type") or next(iter(given.get("types") or ()), None) or _only_plain(on) or "")


def _tellings(
    written: str, name: str | None, sources: Iterable[str], known: Mapping[str, Source]
) -> tuple[Telling, ...]:
    """How the event may have been told: by the source that is named, else by each that the rule hears of."""
    if name:
        return (known[name].telling if name in known else MAPPED,)
    globs, noun = tuple(sources), written.partition(".")[0]
    found = (source for source in known.values() if not globs or listens(globs, source.name))
    return tuple(one.telling for one in found if noun in (*one.telling.nouns, one.name)) or (MAPPED,)


def _event(given: Mapping[str, Any], source: str, record: Record) -> Event:
    occurred_at = _moment(given.get("occurred_at") or DEFAULT_TIME, "occurred_at")
    received_at = _moment(given["received_at"], "received_at") if given.get("received_at") else occurred_at
    sequence = given.get("sequence")
    return Event(
        id=str(given.get("id") or event_id(source, json.dumps(given, sort_keys=True, default=str))),
        source=source,
        type=record.types[0],
        types=record.types,
        occurred_at=occurred_at,
        received_at=received_at,
        order=(milliseconds(occurred_at), sequence or 0),
        sequence=sequence,
        sender_id=given.get("sender_id"),
        deal=record.deal,
        meeting=record.meeting,
        changes=record.changes,
        payload=given.get("payload"),
    )


def _only_plain(names: Iterable[str]) -> str | None:
    plain = list(names)
    return plain[0] if len(plain) == 1 and not set(plain[0]) & set("*?[") else None


def _moment(value: Any, name: str) -> datetime:
    try:
        return values.moment(value)
    except ValueError:
        told = f"{name} is {value}, which is no time; write it as in 2026-10-02T15:00:00Z"
        raise GivenInvalid((name,), told) from None
