"""Stripe's snapshots with amounts in whole units, and its thin events."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event, iso
from planhook.sources import build
from tests.sources.delivery import NOW, deliver, signed

SAMPLES = Path(__file__).parent / "samples" / "stripe"
STRIPE = build("billing", {"kind": "stripe", "secret": ["whsec_new", "whsec_old"]})


def load(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return body


def read(body: object) -> Event:
    delivery = signed(STRIPE, json.dumps(body).encode())
    STRIPE.verify(delivery)
    (event,) = STRIPE.parse(delivery)
    return event


def invoice(**told: object) -> Event:
    body = load("invoice.paid")
    body["data"]["object"].update(told)
    return read(body)


@pytest.mark.parametrize(
    ("name", "deal"),
    [
        (
            "checkout.session.completed",
            {
                "id": "cs_live_a1nRdLyS7Kc0PqZxW3vU",
                "stage": "complete",
                "amount": 4000,
                "company_name": "Nordlys Robotics AS",
            },
        ),
        ("customer.subscription.created", {"id": "sub_1Rx7T2LmN0pQrStU4VwXyZa1", "stage": "active", "amount": 4000}),
        ("customer.subscription.deleted", {"id": "sub_1Rx7T2LmN0pQrStU4VwXyZa1", "stage": "canceled", "amount": 4000}),
        (
            "customer.subscription.updated-quantity",
            {"id": "sub_1Rx7T2LmN0pQrStU4VwXyZa1", "stage": "active", "amount": 5200},
        ),
        (
            "invoice.paid",
            {
                "id": "in_1Rx7T2LmN0pQrStUqRsTuVwX",
                "stage": "paid",
                "amount": 4000,
                "company_name": "Nordlys Robotics AS",
            },
        ),
        ("invoice.payment_failed", {"id": "in_1Ry00aLmN0pQrStUzZyYxXwW", "stage": "open", "amount": 5200}),
    ],
)
def test_each_sample_keeps_its_type_and_shows_what_was_sold(name: str, deal: Mapping[str, object]) -> None:
    body = load(name)
    event = read(body)
    assert event.problem is None
    assert event.ignored is None
    assert event.types == (f"billing.{body['type']}",)
    assert event.sender_id == body["id"]
    assert event.payload == body
    assert event.deal == {
        **deal,
        "currency": "EUR",
        "company_id": "cus_Sx9Kq2WmZr41Ta",
        "properties": body["data"]["object"],
    }


def test_the_time_is_that_of_the_event() -> None:
    assert iso(read(load("invoice.paid")).occurred_at) == "2026-03-02T09:14:28.000Z"


def test_previous_attributes_are_changes_in_the_words_of_the_deal() -> None:
    body = load("customer.subscription.deleted")
    body["data"]["previous_attributes"] = {"status": "past_due", "cancel_at": 5}
    assert read(body).changes == {"stage": {"from": "past_due", "to": "canceled"}, "cancel_at": {"from": 5, "to": None}}


def test_another_quantity_is_another_amount_at_the_price_of_today() -> None:
    body = load("customer.subscription.updated-quantity")
    assert read(body).changes["amount"] == {"from": 4000, "to": 5200}


def test_what_items_cost_before_is_told_only_when_it_is_known() -> None:
    body = load("customer.subscription.updated-quantity")
    body["data"]["previous_attributes"]["items"]["data"][0]["id"] = "si_gone"
    assert read(body).changes["amount"] == {"to": 5200}
    body["data"]["previous_attributes"] = {"items": {"data": "odd"}}
    assert read(body).changes["amount"] == {"to": 5200}


@pytest.mark.parametrize(("keys", "ignored"), [({}, None), ({"test_events": "ignore"}, "test")])
def test_events_of_the_test_mode_can_be_left_alone(keys: Mapping[str, str], ignored: str | None) -> None:
    source = build("billing", {"kind": "stripe", "secret": "whsec_s3cret", **keys})
    (event,) = source.parse(deliver(json.dumps({**load("invoice.paid"), "livemode": False}).encode()))
    assert event.ignored == ignored
    (live,) = source.parse(deliver(json.dumps(load("invoice.paid")).encode()))
    assert live.ignored is None


def test_a_type_is_on_one_line_whatever_the_sender_writes() -> None:
    assert read({**load("invoice.paid"), "type": "a b\n/../c\x01"}).type == "billing.a b /../c"


def test_a_thin_event_ends_ignored() -> None:
    event = read(load("thin-v2-event"))
    assert (event.type, event.ignored, event.deal) == ("billing.v2.core.account.updated", "thin", None)
    assert iso(event.occurred_at) == "2026-03-02T09:14:28.330Z"


def test_what_is_not_sold_is_no_deal() -> None:
    body = load("invoice.paid")
    body["type"], body["data"]["object"] = "customer.updated", {"object": "customer", "id": "cus_1", "name": "Acme"}
    assert read(body).deal is None


@pytest.mark.parametrize(
    ("currency", "count", "amount"),
    [
        ("eur", 400001, 4000.01),
        ("jpy", 400001, 400001),
        ("KRW", 500, 500),
        ("kwd", 5120, 5.12),
        ("isk", 500, 5),
        ("ugx", 500, 5),
        ("eur", -250, -2.5),
        ("eur", 0, 0),
    ],
)
def test_amounts_are_in_whole_units(currency: str, count: int, amount: float) -> None:
    event = invoice(currency=currency, total=count)
    assert event.deal is not None
    assert (event.deal["amount"], event.deal["currency"]) == (amount, currency.upper())


def test_a_subscription_without_plain_prices_has_no_amount() -> None:
    body = load("customer.subscription.created")
    body["data"]["object"]["items"]["data"][0]["price"]["unit_amount"] = None
    assert "amount" not in (read(body).deal or {})


def test_a_retry_is_the_same_event_whatever_else_differs() -> None:
    body = load("invoice.paid")
    first = read(body)
    body["pending_webhooks"] = 0
    assert read(body).id == first.id
    body["id"] = "evt_other"
    assert read(body).id != first.id


@pytest.mark.parametrize("kind", [[], {}, ["invoice"], 5, None])
def test_what_names_no_kind_of_object_is_no_sale(kind: object) -> None:
    event = invoice(object=kind)
    assert (event.type, event.problem, event.deal) == ("billing.invoice.paid", None, None)


@pytest.mark.parametrize(
    "broken",
    [
        [],
        5,
        {},
        {**load("invoice.paid"), "id": None},
        {**load("invoice.paid"), "type": "x" * 101},
        {**load("invoice.paid"), "created": "soon"},
        {**load("invoice.paid"), "data": [1]},
        {**load("invoice.paid"), "data": {"object": {"object": "invoice", "id": "in_1", "total": 10**400}}},
        {**load("invoice.paid"), "data": {"object": {"object": "invoice", "id": "in_1", "total": "much"}}},
    ],
)
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    event = read(broken)
    assert event.problem
    assert event.payload == broken


def test_a_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(BodyInvalid):
        STRIPE.parse(deliver(b"{"))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1790953200",
        "v1=00",
        "t=1790953200,t=1790953200,v1={v1}",
        "t=1790953200000,v1={v1}",
        "t=1790953200,v0={v1}",
        "t=1790953200,v1={v1},",
        "t=1790953200," + "v1=00," * 8 + "v1={v1}",
        "t=1790953200,v1=ü{v1}",
    ],
)
def test_a_signature_header_that_stripe_does_not_write_is_refused(header: str) -> None:
    genuine = STRIPE.sign(b"{}", {}, "https://x.example", NOW)["stripe-signature"].rpartition("=")[2]
    STRIPE.verify(deliver(b"{}", {"Stripe-Signature": f"t=1790953200,v1={genuine}"}))
    with pytest.raises(ProofInvalid):
        STRIPE.verify(deliver(b"{}", {"Stripe-Signature": header.format(v1=genuine)}))
