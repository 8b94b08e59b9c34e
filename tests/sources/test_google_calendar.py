"""Google Calendar: headers say that something has changed, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event
from planhook.sources import build
from tests.sources.delivery import deliver

SAMPLES = Path(__file__).parent / "samples" / "google-calendar"
CHANNEL = "c7d1e2f3-0a4b-4c5d-9e6f-708192a3b4c5"
KEYS = {"kind": "google-calendar", "token": "samples-channel-token-0001"}
GOOGLE = build("gcal", {**KEYS, "channel_id": CHANNEL})


def headers(name: str) -> dict[str, str]:
    found: dict[str, Any] = json.loads((SAMPLES / f"notification-{name}.json").read_bytes())["headers"]
    return found


def read(name: str, body: bytes = b"", **changed: str) -> Event:
    delivery = deliver(body, headers(name) | {key.replace("_", "-"): value for key, value in changed.items()})
    GOOGLE.verify(delivery)
    assert GOOGLE.accepts(delivery.headers["content-type"])
    (event,) = GOOGLE.parse(delivery)
    return event


@pytest.mark.parametrize(
    ("name", "ignored", "number"), [("exists", "thin", 10), ("not-exists", "thin", 14), ("sync", "sync", 1)]
)
def test_each_sample_ends_ignored(name: str, ignored: str, number: int) -> None:
    event = read(name)
    assert (event.type, event.ignored, event.sequence) == (f"gcal.{name.replace('-', '_')}", ignored, number)
    assert event.payload["channel_id"] == CHANNEL
    assert event.meeting is None


def test_the_token_is_not_kept() -> None:
    assert KEYS["token"] not in json.dumps(read("exists").to_json())


def test_the_body_is_not_looked_at() -> None:
    assert read("exists", b"\xff{[").id == read("exists").id


def test_each_message_of_a_channel_is_one_event() -> None:
    assert len({read("exists").id, read("not-exists").id, read("sync").id, read("exists").id}) == 3


@pytest.mark.parametrize(
    "keys", [{"token": "other"}, {"channel_id": "other"}, {"resource_id": "other"}, {"token": "${UNSET}"}]
)
def test_another_channel_is_not_ours(keys: dict[str, str]) -> None:
    with pytest.raises(ProofInvalid):
        build("gcal", {**KEYS, **keys}).verify(deliver(b"", headers("exists")))


def test_any_channel_with_the_token_is_ours_when_none_is_named() -> None:
    build("gcal", KEYS).verify(deliver(b"", headers("exists")))


@pytest.mark.parametrize("number", ["", "many", "-1", "1_0", "٣", "9" * 16])
def test_a_message_without_a_number_is_refused(number: str) -> None:
    with pytest.raises(BodyInvalid):
        GOOGLE.parse(deliver(b"", {**headers("exists"), "X-Goog-Message-Number": number}))


@pytest.mark.parametrize("state", ["", "two words", "x" * 51, "é"])
def test_a_message_without_a_state_is_refused(state: str) -> None:
    with pytest.raises(BodyInvalid):
        GOOGLE.parse(deliver(b"", {**headers("exists"), "X-Goog-Resource-State": state}))


def test_a_state_that_google_may_add_is_ignored() -> None:
    """An error would count against the channel."""
    (event,) = GOOGLE.parse(deliver(b"", {**headers("exists"), "X-Goog-Resource-State": "gone"}))
    assert (event.type, event.ignored) == ("gcal.gone", "unknown state")


def test_what_it_signs_it_takes() -> None:
    signed = GOOGLE.sign(b"", {}, "https://hooks.example.net", deliver(b"").received_at)
    GOOGLE.verify(deliver(b"", signed))
