"""The recipes with a sender of their own understand what it sends."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from planhook.core.event import Delivery, Event
from planhook.core.plan import make_plan
from planhook.rulebook import Rulebook
from planhook.samples import load_samples
from planhook.sources.source import Source
from tests.manual.test_cookbook import COOKBOOK, book_of

NOW = datetime(2026, 10, 2, 15, tzinfo=UTC)


def understood(name: str, body: bytes) -> tuple[Rulebook, list[Event]]:
    """The recipe in a file and the events that its one source makes of a body."""
    book = book_of([COOKBOOK / name])
    source: Source
    (source,) = book.sources.values()
    headers = {"content-type": "application/json"}
    return book, list(source.parse(Delivery("POST", "https://hooks.example", headers, body, NOW)))


def test_the_form_shown_in_the_recipe_becomes_a_task() -> None:
    text = Path(COOKBOOK / "web-form.yaml").read_text("utf-8")
    (shown,) = re.findall(r"^#   (\{.*\})$", text, re.MULTILINE)

    book, (event,) = understood("web-form.yaml", shown.encode())

    (operation,) = make_plan(event, book.rules).operations
    assert (event.type, operation.key) == ("website.form", "form-f-4711")
    assert event.occurred_at == datetime.fromisoformat(json.loads(shown)["sent"])


def test_an_invoice_that_stripe_calls_overdue_and_paid_is_known() -> None:
    (paid,) = (sample.body for sample in load_samples() if sample.name == "stripe/invoice-paid")
    done = []
    for said in (b"invoice.payment_failed", b"invoice.overdue", b"invoice.paid"):
        book, (event,) = understood("invoices.yaml", paid.replace(b'"invoice.paid"', b'"' + said + b'"'))
        plan = make_plan(event, book.rules)
        assert [decision.problem for decision in plan.decisions if decision.problem] == []
        done += [(operation.action, operation.key.partition("-")[0]) for operation in plan.operations]

    assert done == [("create", "payment"), ("create", "overdue"), ("complete", "payment"), ("complete", "overdue")]
