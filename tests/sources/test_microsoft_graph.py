"""Microsoft Graph: the handshake, and notifications that prove themselves one by one."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event
from planhook.sources import build
from tests.sources.delivery import NOW, URL, deliver

SAMPLES = Path(__file__).parent / "samples" / "microsoft-graph"
STATE = "samples-client-state-0001"
GRAPH = build("ms", {"kind": "microsoft-graph", "client_state": STATE})


def load(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return body


def read(body: object) -> tuple[Event, ...]:
    delivery = deliver(json.dumps(body).encode(), {"content-type": "application/json; charset=utf-8"})
    assert GRAPH.handshake(delivery) is None
    GRAPH.verify(delivery)
    return GRAPH.parse(delivery)


def test_the_validation_token_goes_back_decoded_as_text() -> None:
    sample = load("validation-request")
    reply = GRAPH.handshake(deliver(b"", sample["headers"], url="https://hooks.example.net" + sample["path"]))
    assert reply is not None
    expected = sample["expected_response"]
    assert (reply.status, reply.media_type, reply.body.decode()) == (200, "text/plain", expected["body"])
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_the_token_is_decoded_once_and_never_as_markup() -> None:
    reply = GRAPH.handshake(deliver(b"", url=URL + "?a=1&validationToken=x%2541+%3Cb%3E+%C3%A4"))
    assert reply is not None
    assert reply.body.decode() == "x%41 <b> ä"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?validationToken=",
        "?x=validationToken",
        f"?validationToken={'a' * 5000}",
        "?validationToken=a" + "&b=c" * 30,
    ],
)
def test_anything_else_is_no_handshake(query: str) -> None:
    assert GRAPH.handshake(deliver(b"", url=URL + query)) is None


def test_a_change_is_thin_and_keeps_no_secret() -> None:
    (event,) = read(load("notification-created"))
    assert (event.type, event.ignored, event.problem) == ("ms.created", "thin", None)
    assert event.sender_id == load("notification-created")["value"][0]["resourceData"]["id"]
    assert STATE not in json.dumps(event.to_json())


def test_a_batch_is_one_event_per_change() -> None:
    events = read(load("notification-batch"))
    assert [event.type for event in events] == ["ms.updated", "ms.updated", "ms.deleted"]
    assert events[0].id == events[1].id != events[2].id


def test_lifecycle_items_are_events_that_rules_can_hear() -> None:
    events = read(load("lifecycle-notifications"))
    assert [(event.type, event.ignored) for event in events] == [
        ("ms.reauthorizationRequired", None),
        ("ms.missed", None),
    ]


def test_what_was_missed_again_later_is_another_event() -> None:
    """Graph gives lifecycle items no id, and the same subscription may lose notifications twice."""
    body = json.dumps(load("lifecycle-notifications")).encode()
    first, again = (GRAPH.parse(deliver(body, now=NOW + timedelta(minutes=late))) for late in (0, 5))
    assert len({event.id for event in (*first, *again)}) == 4


def test_an_item_with_a_wrong_client_state_is_left_out() -> None:
    body = load("notification-batch")
    body["value"][0]["clientState"] = "wrong"
    body["value"][1] = "no object"
    assert [event.type for event in read(body)] == ["ms.deleted"]


@pytest.mark.parametrize("state", ["wrong", STATE.upper(), "", None, 5, ["x"], "é"])
def test_without_a_right_client_state_nothing_is_taken(state: object) -> None:
    body = load("notification-created")
    body["value"][0]["clientState"] = state
    with pytest.raises(ProofInvalid):
        read(body)


def test_another_subscription_is_not_ours() -> None:
    other = build("ms", {"kind": "microsoft-graph", "client_state": STATE, "subscription_id": "other"})
    with pytest.raises(ProofInvalid):
        other.verify(deliver(json.dumps(load("notification-created")).encode()))


def test_an_empty_batch_is_taken_and_brings_nothing() -> None:
    assert read({"value": []}) == ()


@pytest.mark.parametrize("body", [[], {}, {"value": {}}, {"value": None}, "x"])
def test_a_body_without_a_list_is_refused(body: object) -> None:
    with pytest.raises(BodyInvalid):
        read(body)


def test_more_than_a_thousand_items_are_too_many() -> None:
    item = load("notification-created")["value"][0]
    with pytest.raises(BodyInvalid, match="1000"):
        read({"value": [item] * 1001})
    foreign = {**item, "clientState": "wrong"}
    assert len(read({"value": [foreign] * 1000 + [item]})) == 1


def test_an_item_that_says_nothing_is_a_dead_event_without_the_secret() -> None:
    (event,) = read({"value": [{"clientState": STATE}]})
    assert event.problem == "changeType is missing"
    assert STATE not in json.dumps(event.to_json())
