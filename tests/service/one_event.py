"""The smallest event there is."""

from datetime import UTC, datetime

from planhook.core.event import Event, event_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def event(identity: str, text: str = "") -> Event:
    types = ("deal.won",)
    return Event(event_id("crm", identity), "crm", types[0], types, NOW, NOW, (0, 0), payload={"text": text})
