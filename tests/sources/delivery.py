"""Deliveries as the tests send them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from planhook.core.event import Delivery
from planhook.sources import Source

NOW = datetime(2026, 10, 2, 15, 0, tzinfo=UTC)
URL = "https://hooks.example.net/webhooks/it"


def deliver(
    body: bytes, headers: Mapping[str, str] | None = None, *, now: datetime = NOW, url: str = URL, method: str = "POST"
) -> Delivery:
    """A delivery with lower-case header names, as the web process makes them."""
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return Delivery(method, url, lower, body, now)


def signed(source: Source, body: bytes, headers: Mapping[str, str] | None = None, *, now: datetime = NOW) -> Delivery:
    """A delivery that proves itself to `source`."""
    return deliver(body, source.sign(body, headers or {}, URL, now), now=now)
