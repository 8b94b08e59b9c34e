"""Zoho CRM notifications: one request tells of one or many records, and proves itself by a token in its body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json
from planhook.sources.deal import read_deal
from planhook.sources.member import id_at, list_at, moment_at, name_at, object_at
from planhook.sources.new_event import changes_to, new_event
from planhook.sources.proof.body_token import BodyTokenProof
from planhook.sources.schema import Keys, Secrets, Words
from planhook.sources.shared_part import check_repeated
from planhook.sources.source import JsonSource, Kind, bounded, digest, unusable
from planhook.sources.telling import Telling, by_state

_CANONICAL = {
    "Deal_Name": "name",
    "Stage": "stage",
    "Pipeline": "pipeline",
    "Amount": "amount",
    "Currency": "currency",
}
_FIELDS = {
    **{name: (canonical,) for name, canonical in _CANONICAL.items()},
    "Owner": ("owner_id", "owner_email"),
    "Account_Name": ("company_id", "company_name"),
    "Contact_Name": ("contact_ids",),
}
_TYPES = {"insert": "deal.created", "update": "deal.updated", "delete": "deal.deleted"}
_PER_RECORD = ("ids", "affected_values", "affected_fields", "token")  # the last is a secret


@dataclass(frozen=True)
class _Notice:
    """One body. `told` has the new values by record id, `changed` the names of fields, `shared` the rest."""

    ids: list[str]
    told: Mapping[str, Mapping[str, JSON]]
    changed: Mapping[str, JSON]
    shared: Mapping[str, JSON]

    def payload(self, record_id: str) -> dict[str, JSON]:
        """The body as it would be about this record alone."""
        own: dict[str, JSON] = {"ids": [record_id]}
        if record_id in self.told:
            own["affected_values"] = [{"record_id": record_id, "values": self.told[record_id]}]
        if record_id in self.changed:
            own["affected_fields"] = [{record_id: self.changed[record_id]}]
        return {**self.shared, **own}


@dataclass(frozen=True)
class ZohoSource(JsonSource):
    """A `zoho` source. Stages are case-folded."""

    won_stages: frozenset[str]
    lost_stages: frozenset[str]

    kind = "zoho"

    @property
    def telling(self) -> Telling:
        return Telling(frozenset({"deal"}), by_state(self.won_stages, self.lost_stages))

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        try:
            notice = _notice(body)
        except ValueError as error:
            public = {key: value for key, value in body.items() if key != "token"} if isinstance(body, dict) else body
            return (unusable(self.name, delivery, public, 0, str(error)),)
        check_repeated(notice.shared, len(notice.ids))
        return tuple(self._event(notice, each, position, delivery) for position, each in enumerate(notice.ids))

    def _event(self, notice: _Notice, record_id: str, position: int, delivery: Delivery) -> Event:
        try:
            return self._record_event(notice, record_id, position, delivery)
        except ValueError as error:
            return unusable(self.name, delivery, notice.payload(record_id), position, str(error))

    def _record_event(self, notice: _Notice, record_id: str, position: int, delivery: Delivery) -> Event:
        module, operation = name_at(notice.shared, "module"), name_at(notice.shared, "operation")
        told = notice.told.get(record_id, {})
        deal, changes = None, {}
        types: tuple[str, ...] = (f"{self.name}.{module}.{operation}",)
        if module == "Deals" and operation in _TYPES:
            deal = {**_fields(told), "id": record_id}
            changes = changes_to(told, deal, _FIELDS) if operation == "update" else {}
            ended = self.telling.ended(_TYPES[operation], deal, changes)
            if ended:  # before that, the closing date is the expected one
                deal |= read_deal({"status": ended, "closed_at": told.get("Closing_Date")})
            types = self.telling.types(_TYPES[operation], deal, changes)
        parts = [notice.shared.get(key) for key in ("channel_id", "module", "operation", "server_time")]
        return new_event(
            self.name,
            delivery,
            identity=digest([*parts, record_id]),
            types=types,
            occurred_at=moment_at(notice.shared, "server_time"),
            sequence=position,
            deal=deal,
            changes=changes,
            payload=notice.payload(record_id),
            ignored=None if told or operation == "delete" else "thin",
        )


def _notice(body: JSON) -> _Notice:
    if not isinstance(body, dict) or "module" not in body:
        raise ValueError("is no Zoho notification: module is missing")
    ids = [id_at({"ids": each}, "ids") for each in bounded(list_at(body, "ids"))]
    told = [each for each in list_at(body, "affected_values") if isinstance(each, dict)]
    changed = [each for each in list_at(body, "affected_fields") if isinstance(each, dict)]
    return _Notice(
        ids=ids,
        told={id_at(each, "record_id"): object_at(each, "values") for each in told},
        changed={record_id: names for each in changed for record_id, names in each.items()},
        shared={key: value for key, value in body.items() if key not in _PER_RECORD},
    )


def _fields(told: Mapping[str, JSON]) -> dict[str, JSON]:
    """The canonical fields of a record."""
    owner, account, contact = (_reference(told.get(name)) for name in ("Owner", "Account_Name", "Contact_Name"))
    given = {canonical: told.get(name) for name, canonical in _CANONICAL.items()}
    return read_deal(
        {
            **given,
            "owner_id": owner.get("id"),
            "owner_email": owner.get("email"),
            "company_id": account.get("id"),
            "company_name": account.get("name"),
            "contact_ids": contact.get("id"),
            "properties": told or None,
        }
    )


def _reference(value: JSON) -> Mapping[str, JSON]:
    """Another record: an object with id and name, else its id (Zoho's are digits) or its name alone."""
    if isinstance(value, dict):
        return value
    return {"id" if str(value).isdecimal() else "name": value}


class ZohoSchema(Keys):
    """The keys of a `zoho` source."""

    token = Secrets(required=True)
    channel_id = Words()
    won_stages = Words(load_default=frozenset({"closed won"}))
    lost_stages = Words(load_default=frozenset({"closed lost", "closed-lost to competition"}))


def _build(name: str, keys: dict[str, Any], _: Calendar) -> ZohoSource:
    proof = BodyTokenProof(tokens=keys["token"], channel_ids=keys.get("channel_id"))
    return ZohoSource(name, proof, keys["won_stages"], keys["lost_stages"])


KIND = Kind(ZohoSchema, _build)
