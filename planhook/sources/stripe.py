"""Stripe: snapshot events as they are, thin events as notices. Money is told in whole units."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from marshmallow import fields, validate

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import values
from planhook.sources.deal import read_deal
from planhook.sources.member import moment_at, name_at, object_at
from planhook.sources.money import amount_of_minor_units
from planhook.sources.new_event import changes_between, new_event
from planhook.sources.proof.timed_signature import TimedSignatureProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import Kind, OneEventSource

# What is bought or owed: only these are shown as a deal as well, for its amount, currency and company.
_SALES = frozenset(("charge", "checkout.session", "invoice", "payment_intent", "quote", "subscription"))
_AMOUNTS = ("amount_total", "total", "amount")
# Stripe's page writes ISK and UGX with two decimals, although neither has any.
_DECIMALS = {
    **dict.fromkeys(("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv"), 0),
    **dict.fromkeys(("xaf", "xof", "xpf"), 0),
    **dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 3),
}


@dataclass(frozen=True)
class StripeSource(OneEventSource):
    """A `stripe` source."""

    takes_test_events: bool

    kind = "stripe"

    def _event(self, body: JSON, delivery: Delivery) -> Event:
        body = values.mapping(body)
        sender_id = name_at(body, "id")
        snapshot = object_at(body, "data")
        current, previous = object_at(snapshot, "object"), object_at(snapshot, "previous_attributes")
        ignored = None if current else "thin"
        if body.get("livemode") is False and not self.takes_test_events:
            ignored = "test"
        read = partial(_deal, decimals=_DECIMALS.get(str(current.get("currency")).lower(), 2))
        is_sale = str(current.get("object")) in _SALES and bool(current.get("id"))
        return new_event(
            self.name,
            delivery,
            identity=sender_id,
            types=(f"{self.name}.{name_at(body, 'type')}",),
            occurred_at=moment_at(body, "created"),
            sender_id=sender_id,
            deal={**read(current), "properties": current} if is_sale else None,
            changes=_changes(previous, current, read) if is_sale else changes_between(previous, current, lambda _: {}),
            payload=body,
            ignored=ignored,
        )


def _changes(
    previous: Mapping[str, JSON], current: Mapping[str, JSON], read: Callable[[Mapping[str, JSON]], Mapping[str, JSON]]
) -> dict[str, dict[str, JSON]]:
    """What has changed of something sold. An amount of before that Stripe does not tell in full is left out."""
    if "items" in previous:
        previous = {**previous, "items": _whole_items(previous["items"], current.get("items"))}
    changes = changes_between(previous, current, read)
    if "amount" in changes and changes["amount"]["from"] is None:
        del changes["amount"]["from"]
    return changes


def _whole_items(previous: JSON, current: JSON) -> JSON:
    """The items of before: of one that is still there, only what was otherwise is told."""
    now = {line["id"]: line for line in _lines(current) if isinstance(line.get("id"), str)}
    return {"data": [now.get(str(line.get("id")), {}) | line for line in _lines(previous)]}


def _lines(items: JSON) -> list[dict[str, JSON]]:
    data = items.get("data") if isinstance(items, dict) else None
    return [line for line in data if isinstance(line, dict)] if isinstance(data, list) else []


def _deal(sold: Mapping[str, JSON], decimals: int) -> dict[str, JSON]:
    """The canonical fields of an object or of a part of it; `decimals` are those of its currency."""
    customer, details = sold.get("customer"), sold.get("customer_details")
    deal = read_deal(
        {
            "id": sold.get("id"),
            "stage": sold.get("status"),
            "amount": _amount(sold, decimals),
            "currency": sold.get("currency"),
            "company_id": customer.get("id") if isinstance(customer, dict) else customer,
            "company_name": sold.get("customer_name") or (details.get("name") if isinstance(details, dict) else None),
        }
    )
    if "currency" in deal:
        deal["currency"] = str(deal["currency"]).upper()
    return deal


def _amount(sold: Mapping[str, JSON], decimals: int) -> JSON:
    for name in _AMOUNTS:
        if sold.get(name) is not None:
            return amount_of_minor_units(sold[name], decimals)
    return _recurring_amount(sold.get("items"), decimals)


def _recurring_amount(items: JSON, decimals: int) -> JSON:
    """What a subscription costs per period; None unless every item has one price."""
    lines = items.get("data") if isinstance(items, dict) and not items.get("has_more") else None
    total = 0
    for line in lines or []:
        price = line.get("price") if isinstance(line, dict) else None
        unit = price.get("unit_amount") if isinstance(price, dict) else None
        quantity = line.get("quantity", 1) if isinstance(line, dict) else None
        if not isinstance(unit, int) or not isinstance(quantity, int):
            return None
        total += unit * quantity
    return amount_of_minor_units(total, decimals) if lines else None


class StripeSchema(Keys):
    """The keys of a `stripe` source."""

    secret = Secrets(required=True)
    test_events = fields.String(load_default="accept", validate=validate.OneOf(("accept", "ignore")))


def _build(name: str, keys: dict[str, Any], _: Calendar) -> StripeSource:
    proof = TimedSignatureProof(secrets=keys["secret"], header="stripe-signature")
    return StripeSource(name, proof, takes_test_events=keys["test_events"] == "accept")


KIND = Kind(StripeSchema, _build)
