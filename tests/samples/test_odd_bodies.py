"""Whoever has the secret may write any JSON: every kind makes events of it or refuses it, and nothing worse."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import DeliveryRejected
from planhook.core.event import Delivery
from planhook.core.rule import Calendar
from planhook.sources import KINDS, Source
from planhook.sources.source import Kind
from tests.samples.test_samples import ROOT, described

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/x"
BODIES = [b"[]", b"null", b'"x"', b"{}", b"[null]", b"[[]]", b"1"]
GUIDE = (ROOT / "docs" / "adding-a-sender.md").read_text("utf-8")


def taken(source: Source, body: bytes) -> int | None:
    """The number of events that a signed request with `body` becomes; None when it is refused."""
    headers = {"content-type": "application/json"}
    try:
        delivery = Delivery("POST", URL, source.sign(body, headers, URL, NOW), body, NOW)
        source.verify(delivery)
        return len(source.parse(delivery))
    except DeliveryRejected:
        return None


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_signed_body_of_another_shape_is_events_or_a_refusal(kind: str, body: bytes, tmp_path: Path) -> None:
    source = described(kind, tmp_path)
    if not source.accepts("application/json"):
        pytest.skip("its bodies are no JSON")

    assert taken(source, body) in (None, 0, 1)


@pytest.mark.parametrize("body", BODIES)
def test_so_does_the_kind_that_the_guide_shows(body: bytes) -> None:
    skeleton = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0]
    names: dict[str, Any] = {"__name__": "acme"}
    exec(compile(skeleton, "adding-a-sender.md", "exec"), names)
    kind: Kind = names["KIND"]
    acme = kind.build("acme", kind.schema().load({"secret": "s" * 24}), Calendar())

    assert taken(acme, body) == 1
