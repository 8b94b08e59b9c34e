"""Dynamics 365 (Dataverse): the execution context of a plug-in step; opportunities are deals."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from planhook.core.event import JSON, Delivery, Event, iso
from planhook.core.rule import Calendar
from planhook.sources import values
from planhook.sources.deal import ended_now, read_deal
from planhook.sources.member import id_at, moment_at, name_at, object_at, objects_at
from planhook.sources.new_event import changes_between, changes_to, new_event
from planhook.sources.proof.key_anywhere import KeyAnywhereProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import Kind, OneEventSource, digest
from planhook.sources.telling import Telling

_TYPES = {"Create": "deal.created", "Update": "deal.updated", "Delete": "deal.deleted"}
TELLING = Telling(frozenset({"deal"}), ended_now)
_STATES = {0: "open", 1: "won", 2: "lost"}
_CANONICAL = {
    "name": "name",
    "stepname": "stage",
    "estimatedvalue": "amount",
    "actualvalue": "amount",  # known once the deal is closed, and then it counts
    "actualclosedate": "closed_at",
}
_FIELDS = {
    **{name: (canonical,) for name, canonical in _CANONICAL.items()},
    "statecode": ("status",),
    "ownerid": ("owner_id",),
    "parentaccountid": ("company_id", "company_name"),
    "customerid": ("company_id", "company_name"),
    "parentcontactid": ("contact_ids",),
}
_IDENTITY = ("OrganizationId", "OperationId", "CorrelationId", "MessageName", "PrimaryEntityName", "PrimaryEntityId")
# Milliseconds since 1973 or later; the offset only says where it was written.
_DATE = re.compile(r"/Date\(([0-9]{12,14})([+-][0-9]{4})?\)/")


@dataclass(frozen=True)
class _Record:
    """The attributes of an entity as they were and as they became, and the number of this version."""

    before: Mapping[str, JSON]
    written: Mapping[str, JSON]
    after: Mapping[str, JSON]
    version: JSON


@dataclass(frozen=True)
class DataverseSource(OneEventSource):
    """A `dataverse` source."""

    kind = "dataverse"
    telling = TELLING

    def _event(self, body: JSON, delivery: Delivery) -> Event:
        if not isinstance(body, dict):
            raise ValueError("is no execution context")
        message, entity = name_at(body, "MessageName"), name_at(body, "PrimaryEntityName")
        record = _record(body)
        deal, changes = None, {}
        types: tuple[str, ...] = (f"{self.name}.{entity}.{message}",)
        if entity == "opportunity" and message in _TYPES:
            deal = _fields(record.after) | {"id": id_at(body, "PrimaryEntityId"), "properties": dict(record.after)}
            changes = _changes(record, deal) if message == "Update" else {}
            types = TELLING.types(_TYPES[message], deal, changes)
        return new_event(
            self.name,
            delivery,
            identity=digest([body.get(key) for key in (*_IDENTITY, "OperationCreatedOn")]),
            types=types,
            occurred_at=_moment(body, "OperationCreatedOn"),
            sequence=values.sequence(record.version, position=0),
            sender_id=id_at(body, "OperationId") if body.get("OperationId") else None,
            deal=deal,
            changes=changes,
            payload=body,
            # Above 256 KB Dataverse leaves out what happened.
            ignored=None if record.written or message not in ("Create", "Update") else "thin",
        )


def _record(body: Mapping[str, JSON]) -> _Record:
    target = object_at(_by_key(objects_at(body, "InputParameters")), "Target")
    before, written, after = _images(body, "PreEntityImages"), _attributes(target), _images(body, "PostEntityImages")
    return _Record(before, written, {**before, **written, **after}, target.get("RowVersion"))


def _images(body: Mapping[str, JSON], key: str) -> dict[str, JSON]:
    """All images of one kind in one: which attributes each holds is the administrator's choice."""
    found: dict[str, JSON] = {}
    for image in objects_at(body, key):
        found |= _attributes(object_at(image, "value"))
    return found


def _attributes(entity: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: _unwrapped(value) for name, value in _by_key(objects_at(entity, "Attributes")).items()}


def _by_key(pairs: Iterable[Mapping[str, JSON]]) -> dict[str, JSON]:
    return {name_at(pair, "key"): pair.get("value") for pair in pairs}


def _unwrapped(value: JSON) -> JSON:
    """The number of a choice or of money, and times as all rules have them; references stay objects."""
    if isinstance(value, dict) and "Value" in value:
        return value["Value"]
    if isinstance(value, str) and _DATE.fullmatch(value):
        return iso(_moment({"date": value}, "date"))
    return value


def _moment(item: Mapping[str, JSON], key: str) -> datetime:
    written = item.get(key)
    dated = _DATE.fullmatch(written) if isinstance(written, str) else None
    return moment_at({key: dated[1]} if dated else item, key)


def _fields(attributes: Mapping[str, JSON]) -> dict[str, JSON]:
    """The canonical fields of an opportunity or of a part of it."""
    account = _reference(attributes, "parentaccountid") or _reference(attributes, "customerid")
    given = {canonical: attributes[name] for name, canonical in _CANONICAL.items() if attributes.get(name) is not None}
    state = attributes.get("statecode")
    return read_deal(
        {
            **given,
            "status": _STATES.get(state) if isinstance(state, int) else None,
            "owner_id": _reference(attributes, "ownerid").get("Id"),
            "company_id": account.get("Id"),
            "company_name": account.get("Name"),
            "contact_ids": _reference(attributes, "parentcontactid").get("Id"),
        }
    )


def _reference(attributes: Mapping[str, JSON], name: str) -> Mapping[str, JSON]:
    value = attributes.get(name)
    return value if isinstance(value, dict) else {}


def _changes(record: _Record, deal: Mapping[str, JSON]) -> dict[str, dict[str, JSON]]:
    """With an image of the record before, what differs from it; without, everything that was written."""
    written = {name: value for name, value in record.written.items() if name != "opportunityid"}
    replaced = {name: old for name, old in record.before.items() if name in written}
    added = {name: value for name, value in written.items() if name not in replaced}
    return {**changes_to(added, deal, _FIELDS), **changes_between(replaced, record.after, _fields)}


class DataverseSchema(Keys):
    """The keys of a `dataverse` source."""

    token = Secrets(required=True)


def _build(name: str, keys: dict[str, Any], _: Calendar) -> DataverseSource:
    return DataverseSource(name, KeyAnywhereProof(tokens=keys["token"]))


KIND = Kind(DataverseSchema, _build)
