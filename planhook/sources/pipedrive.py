"""Pipedrive: webhooks v2, and v1 from webhooks made long ago. HTTP Basic is all the proof there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import values
from planhook.sources.deal import ended_now, read_deal
from planhook.sources.new_event import new_event
from planhook.sources.proof.credential import BasicSchema
from planhook.sources.source import Kind, OneEventSource, digest
from planhook.sources.telling import Telling

_CANONICAL = {
    "title": "name",
    "value": "amount",
    "currency": "currency",
    "stage_id": "stage",
    "pipeline_id": "pipeline",
    "status": "status",
    "user_id": "owner_id",  # v1; where both are, the next one counts
    "owner_id": "owner_id",
    "org_id": "company_id",
    "person_id": "contact_ids",
    "close_time": "closed_at",
}
_TYPES = {
    "create": "deal.created",
    "change": "deal.updated",
    "delete": "deal.deleted",
    "added": "deal.created",
    "updated": "deal.updated",
    "merged": "deal.updated",
    "deleted": "deal.deleted",
}
TELLING = Telling(frozenset({"deal"}), ended_now, passes_words_on=True)


@dataclass(frozen=True)
class _Notice:
    """What v1 and v2 say alike."""

    entity: str
    action: str
    entity_id: str
    identity: str
    sender_id: str | None
    time: JSON
    current: Mapping[str, JSON]
    previous: Mapping[str, JSON]


@dataclass(frozen=True)
class PipedriveSource(OneEventSource):
    """A `pipedrive` source."""

    kind = "pipedrive"
    telling = TELLING

    def _event(self, body: JSON, delivery: Delivery) -> Event:
        notice = _notice(body)
        try:
            occurred_at = values.moment(notice.time)
        except ValueError as error:
            raise ValueError(f"meta.timestamp {error}") from None
        deal, changes, is_thin = None, {}, False
        types: tuple[str, ...] = (f"{self.name}.{notice.entity}.{notice.action}",)
        if notice.entity == "deal" and notice.action in _TYPES:
            said = _TYPES[notice.action]
            is_thin = not notice.current and said != "deal.deleted"
            deal = _deal(notice, notice.previous if said == "deal.deleted" else {})
            changes = _changes(notice) if said == "deal.updated" and not is_thin else {}
            types = TELLING.types(said, deal, changes)
        return new_event(
            self.name,
            delivery,
            identity=notice.identity,
            types=types,
            occurred_at=occurred_at,
            sender_id=notice.sender_id,
            deal=deal,
            changes=changes,
            payload=body,
            ignored="thin" if is_thin else None,
        )


def _notice(body: JSON) -> _Notice:
    meta = body.get("meta") if isinstance(body, dict) else None
    if not isinstance(meta, dict):
        raise ValueError("is no Pipedrive webhook: meta is missing")
    return _notice_v2(body, meta) if "entity" in meta else _notice_v1(body, meta)


def _notice_v2(body: Mapping[str, JSON], meta: Mapping[str, JSON]) -> _Notice:
    sender_id = meta.get("id")
    parts = ("webhook_id", "id") if sender_id else ("entity", "entity_id", "action", "timestamp")
    return _Notice(
        entity=_name(meta, "entity"),
        action=_name(meta, "action"),
        entity_id=_id(meta, "entity_id"),
        identity=digest([meta.get(part) for part in parts]),
        sender_id=values.identifier(sender_id) if sender_id else None,
        time=meta.get("timestamp"),
        current=_object(body, "data"),
        previous=_object(body, "previous"),
    )


def _notice_v1(body: Mapping[str, JSON], meta: Mapping[str, JSON]) -> _Notice:
    parts = ("webhook_id", "object", "id", "action", "timestamp_micro", "timestamp")
    micro = meta.get("timestamp_micro")
    return _Notice(
        entity=_name(meta, "object"),
        action=_name(meta, "action"),
        entity_id=_id(meta, "id"),
        identity=digest([meta.get(part) for part in parts]),
        sender_id=None,
        time=micro // 1000 if isinstance(micro, int) else meta.get("timestamp"),
        current=_object(body, "current"),
        previous=_object(body, "previous"),
    )


def _name(meta: Mapping[str, JSON], key: str) -> str:
    value = meta.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 50:
        raise ValueError(f"meta.{key} is no name")
    return value


def _id(meta: Mapping[str, JSON], key: str) -> str:
    value = meta.get(key)
    try:
        found = "" if value is None else values.identifier(value)
    except ValueError as error:
        raise ValueError(f"meta.{key} {error}") from None
    if not found:
        raise ValueError(f"meta.{key} is missing")
    return found


def _object(body: Mapping[str, JSON], key: str) -> Mapping[str, JSON]:
    """An object that may be null: nothing was there before, or nothing is left."""
    try:
        return values.mapping(body.get(key) or {})
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def _deal(notice: _Notice, last: Mapping[str, JSON]) -> dict[str, JSON]:
    """The deal as it is now; of one that is no more, as it was `last`."""
    data = notice.current or last
    given = {canonical: data[name] for name, canonical in _CANONICAL.items() if data.get(name) is not None}
    closed = data.get("close_time") or data.get("won_time") or data.get("lost_time")
    return read_deal({**given, "id": notice.entity_id, "closed_at": closed, "properties": data or None})


def _changes(notice: _Notice) -> dict[str, dict[str, JSON]]:
    """What `previous` holds otherwise than `current`: v2 sends only changed fields there, v1 all of them."""
    differing = {name: old for name, old in notice.previous.items() if old != notice.current.get(name)}
    return {_CANONICAL.get(name, name): _change(name, old, notice.current.get(name)) for name, old in differing.items()}


def _change(name: str, old: JSON, new: JSON) -> dict[str, JSON]:
    """Both sides as `deal` shows the field, so that conditions compare like with like."""
    canonical = _CANONICAL.get(name)
    if canonical is None:
        return {"from": old, "to": new}
    return {"from": read_deal({canonical: old}).get(canonical), "to": read_deal({canonical: new}).get(canonical)}


class PipedriveSchema(BasicSchema):
    """The keys of a `pipedrive` source."""


def _build(name: str, keys: Any, _: Calendar) -> PipedriveSource:
    return PipedriveSource(name, keys)


KIND = Kind(PipedriveSchema, _build)
