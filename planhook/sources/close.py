"""Close: opportunities are deals, everything else is told by its own name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError

from planhook.core.event import JSON, Delivery, Event, milliseconds
from planhook.core.rule import Calendar
from planhook.sources.deal import ended_now, read_deal
from planhook.sources.member import id_at, moment_at, name_at, object_at
from planhook.sources.money import amount_of_minor_units
from planhook.sources.new_event import changes_between, new_event
from planhook.sources.proof.signature import HmacProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import Kind, OneEventSource
from planhook.sources.telling import Telling

_CANONICAL = {
    "id": "id",
    "status_label": "stage",
    "pipeline_name": "pipeline",
    "value_currency": "currency",
    "user_id": "owner_id",
    "lead_id": "company_id",
    "lead_name": "company_name",
    "contact_id": "contact_ids",
}
_STATUS = {"active": "open", "won": "won", "lost": "lost"}
_TYPES = {"created": "deal.created", "updated": "deal.updated", "deleted": "deal.deleted"}
TELLING = Telling(frozenset({"deal"}), ended_now, passes_words_on=True)


@dataclass(frozen=True)
class CloseSource(OneEventSource):
    """A `close` source."""

    kind = "close"
    telling = TELLING

    def _event(self, body: JSON, delivery: Delivery) -> Event:
        told = body.get("event") if isinstance(body, dict) else None
        if not isinstance(told, dict):
            raise ValueError("is no Close webhook: event is missing")
        sender_id, noun, action = (name_at(told, key) for key in ("id", "object_type", "action"))
        deal, changes, is_thin = None, {}, False
        types: tuple[str, ...] = (f"{self.name}.{noun}.{action}",)
        if noun == "opportunity" and action in _TYPES:
            current, previous = object_at(told, "data"), object_at(told, "previous_data")
            is_thin = not current and action != "deleted"
            deal = _deal(told, current or (previous if action == "deleted" else {}))
            changes = changes_between(previous, current, _fields) if action == "updated" and current else {}
            types = TELLING.types(_TYPES[action], deal, changes)
        occurred_at = moment_at(told, "date_created")
        event = new_event(
            self.name,
            delivery,
            identity=sender_id,
            types=types,
            occurred_at=occurred_at,
            sender_id=sender_id,
            deal=deal,
            changes=changes,
            payload=body,
            ignored="thin" if is_thin else None,
        )
        # Close holds updates back and merges later ones into them: such an event is as new as its last part.
        updated_at = moment_at(told, "date_updated") if told.get("date_updated") else occurred_at
        return replace(event, order=(milliseconds(updated_at), 0))


def _deal(told: Mapping[str, JSON], data: Mapping[str, JSON]) -> dict[str, JSON]:
    """The opportunity with the fields that `data` holds of it."""
    return {**_fields(data), **read_deal({"id": id_at(told, "object_id"), "properties": data or None})}


def _fields(data: Mapping[str, JSON]) -> dict[str, JSON]:
    """The canonical fields of an opportunity or of a part of it."""
    given = {canonical: data.get(name) for name, canonical in _CANONICAL.items()}
    if data.get("value") is not None:
        given["amount"] = amount_of_minor_units(data["value"], 2)
    status = data.get("status_type")
    given["status"] = _STATUS.get(status, status) if isinstance(status, str) else None
    given["closed_at"] = data.get("date_won") or data.get("date_lost")
    return read_deal(given)


class CloseSchema(Keys):
    """The keys of a `close` source."""

    secret = Secrets(required=True)


def _build(name: str, keys: dict[str, Any], _: Calendar) -> CloseSource:
    proof = HmacProof(
        secrets=tuple(_key(secret) for secret in keys["secret"]),
        header="close-sig-hash",
        signed="{timestamp}{body}",
        timestamp_header="close-sig-timestamp",
        timestamp_unit="s",
    )
    return CloseSource(name, proof)


def _key(secret: str) -> bytes:
    try:
        return bytes.fromhex(secret.strip())
    except ValueError:
        raise ValidationError({"secret": ["is not hexadecimal: copy the signature_key of the subscription"]}) from None


KIND = Kind(CloseSchema, _build)
