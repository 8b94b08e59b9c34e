"""Whatever a sender with a valid proof writes: events or BodyInvalid, and events that can be stored."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event
from planhook.sources import Source, build
from tests.sources.delivery import deliver

SAMPLES = Path(__file__).parent / "samples"
OPEN = {"scheme": "none", "allow_unverified": True}
MAPPING = {
    "each": "items || @",
    "id": "id",
    "type": "type || 'deal.updated'",
    "occurred_at": "timestamp",
    "sequence": "n",
    "deal": {"id": "data.id", "amount": "data.amount", "contact_ids": "data", "closed_at": "t", "properties": "data"},
    "meeting": {"id": "id", "start": "t", "attendees": "data", "all_day": "flag", "organizer": {"email": "id"}},
    "changes": "changes",
}
SOURCES = {
    "hubspot": build("it", {"kind": "hubspot", "secret": "s"}),
    "pipedrive": build("it", {"kind": "pipedrive", "username": "u", "password": "p"}),
    "json": build("it", {"kind": "json", "verify": OPEN, "events": MAPPING, "won_stages": ["a"]}),
}
BODIES = [json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("*/*.json"))]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    | st.sampled_from(["deal.won", "meeting.updated", "object.creation", 10**400, -1, "1" * 15, "amount", "true"])
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))


@st.composite
def damaged_samples(draw: st.DrawFn) -> Any:
    """A genuine body with one value, at any place, replaced or taken away."""
    body = json.loads(json.dumps(draw(st.sampled_from(BODIES))))
    part: Any = body
    while True:
        if not isinstance(part, dict | list) or not part:
            return body
        key = draw(st.sampled_from(sorted(part) if isinstance(part, dict) else list(range(len(part)))))
        if isinstance(part[key], dict | list) and draw(st.booleans()):
            part = part[key]
        elif draw(st.booleans()):
            part[key] = draw(VALUES)
            return body
        else:
            del part[key]
            return body


def check_events(source: Source, body: bytes) -> None:
    try:
        events = source.parse(deliver(body))
    except BodyInvalid:
        return
    for event in events:
        stored = json.dumps(event.to_json(), allow_nan=False, ensure_ascii=False).encode()
        assert Event.from_json(json.loads(stored)) == event
        assert event.problem or event.type in event.types
        assert event.problem or not event.type.startswith("deal.") or (event.deal or {}).get("id")


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@given(body=damaged_samples() | VALUES)
def test_any_json_becomes_events_that_can_be_stored(source: Source, body: Any) -> None:
    check_events(source, json.dumps(body).encode())


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@given(body=st.binary(max_size=100))
def test_any_bytes_become_events_or_are_refused(source: Source, body: bytes) -> None:
    check_events(source, body)


@pytest.mark.parametrize("name", ["hubspot", "pipedrive"])
@given(
    headers=st.dictionaries(
        st.sampled_from(["authorization", "x-hubspot-signature-v3", "x-hubspot-request-timestamp"]),
        st.text(max_size=40) | st.just("1790953200000") | st.text(max_size=9).map(lambda text: f"Basic {text}"),
    )
)
def test_any_headers_are_a_wrong_proof_and_nothing_worse(name: str, headers: dict[str, str]) -> None:
    with pytest.raises(ProofInvalid):
        SOURCES[name].verify(deliver(b"[]", headers))
