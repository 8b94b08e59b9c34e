"""What other tools call our kinds of events, records and fields."""

import re
from collections.abc import Mapping

RECORDS: Mapping[str, str] = {
    **dict.fromkeys(("opportunity", "opportunities", "opp", "potential", "potentials", "deals"), "deal"),
    **dict.fromkeys(("booking", "bookings", "appointment", "appointments", "invitee", "meetings"), "meeting"),
    **dict.fromkeys(("events",), "event"),
}
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "deal": {
        "title": "name",
        **dict.fromkeys(("value", "sum", "total", "price", "revenue"), "amount"),
        **dict.fromkeys(("phase", "deal_stage"), "stage"),
        **dict.fromkeys(("account_id", "customer_id", "organization_id", "org_id"), "company_id"),
        **dict.fromkeys(("account", "customer", "account_name", "customer_name", "organization"), "company_name"),
        "link": "url",
    },
    "meeting": {
        **dict.fromkeys(("subject", "name", "summary", "topic"), "title"),
        **dict.fromkeys(("begin", "start_time", "starts_at", "date", "time"), "start"),
        **dict.fromkeys(("end_time", "ends_at"), "end"),
        **dict.fromkeys(("guests", "participants", "invitees"), "attendees"),
        **dict.fromkeys(("organiser", "host", "owner"), "organizer"),
        **dict.fromkeys(("place", "room"), "location"),
        **dict.fromkeys(("link", "join_url"), "url"),
    },
    "event": {
        **dict.fromkeys(("time", "date", "timestamp", "at", "created_at", "happened_at"), "occurred_at"),
        **dict.fromkeys(("name", "kind"), "type"),
    },
}
# What the names of Stripe's own events begin with, as in invoice.paid.
OF_STRIPE = (
    *("invoice", "invoiceitem", "customer", "charge", "checkout", "payment_intent", "payment_method", "payout"),
    *("subscription_schedule", "refund", "quote", "price", "product", "credit_note", "plan", "coupon"),
)


def meant_name(root: str, name: str) -> str | None:
    """What a field of `root` is called that other tools call `name`."""
    return _FIELDS.get(root, {}).get(plain(name))


def plain(word: str) -> str:
    """`company_id` for `companyId`, `Company-ID` and the like."""
    return re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word.strip())).casefold()
