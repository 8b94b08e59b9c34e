"""What is said of a kind that it never sends, no sample of it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from planhook.core.event import Delivery
from planhook.rulebook.sent import SENT, acts_on_meetings_only
from planhook.rulebook.vocabulary import TYPES
from planhook.samples import load_samples
from planhook.samples.filling import filled
from planhook.sources import KINDS, build

NOW = datetime(2026, 10, 2, 15, tzinfo=UTC)
SECRET = "7d1f0b2c9a8e6d5c4b3a2918171615141312"
KEYS: dict[str, dict[str, Any]] = {
    "icalendar": {"verify": {"scheme": "bearer", "token": SECRET}},
    **{kind: {"secret": SECRET} for kind in ("mailgun", "calendly", "zoom")},
    **{kind: {"username": "a", "password": SECRET} for kind in ("postmark", "sendgrid")},
    "ses": {"topic_arn": "arn:aws:sns:eu-north-1:123456789012:invites"},
    "salesforce": {"organization_id": "00D7d1f0b2c9a8e"},
}


@pytest.mark.parametrize("kind", sorted(KEYS))
def test_samples_are_of_types_that_their_kind_sends(kind: str) -> None:
    source = build(kind, {"kind": kind, **KEYS[kind]})
    samples = [sample for sample in load_samples() if sample.kind == kind]
    bodies = [(filled(one.body, one.headers.get("content-type", ""), source, NOW), one.headers) for one in samples]
    events = [
        event
        for body, headers in bodies
        for event in source.parse(Delivery("POST", "https://hooks.example", headers, body, NOW))
        if event.ignored is None
    ]

    ours = {each for event in events for each in event.types if each in TYPES}
    others = {each for event in events for each in event.types if each not in TYPES}
    assert ours
    assert ours <= set(SENT[kind])
    assert not (others and acts_on_meetings_only(kind))


def test_every_kind_and_type_is_one_there_is() -> None:
    assert set(SENT) <= set(KINDS)
    assert {each for types in SENT.values() for each in types} <= set(TYPES)
