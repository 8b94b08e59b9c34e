"""Close's opportunities become deals."""

import json
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from planhook.core.event import Event, iso
from planhook.sources import build
from tests.sources.delivery import signed

SAMPLES = Path(__file__).parent / "samples" / "close"
KEY = "7d1f0b2c9a8e6d5c4b3a29181716151413121110f0e1d2c3b4a5968778695a4b"
CLOSE = build("close", {"kind": "close", "secret": KEY})


def load(**told: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / "opportunity-won.json").read_bytes())
    body["event"].update(told)
    return body


def read(body: object) -> Event:
    delivery = signed(CLOSE, json.dumps(body).encode())
    CLOSE.verify(delivery)
    (event,) = CLOSE.parse(delivery)
    return event


def test_a_won_opportunity_is_a_won_deal() -> None:
    event = read(load())
    assert event.problem is None
    assert event.types == ("deal.won", "deal.stage_changed", "deal.updated")
    assert event.deal == {
        "id": "oppo_4Nn1tRkQ0ZsXw2Yv7Ue9Ta",
        "stage": "Won",
        "amount": 52000,
        "currency": "EUR",
        "status": "won",
        "owner_id": "user_Mia19",
        "company_id": "lead_77NordlysRobotics",
        "company_name": "Nordlys Robotics AS",
        "closed_at": "2026-03-04T00:00:00.000Z",
        "properties": load()["event"]["data"],
    }
    assert event.sender_id == "ev_6bQm0yTr2kLx8nVw4cPz1D"
    assert event.payload == load()


def test_a_time_without_a_zone_is_utc() -> None:
    event = read(load())
    assert iso(event.occurred_at) == "2026-03-04T15:40:03.395Z"
    assert event.order == (1772638803395, 0)


def test_changes_are_in_the_words_of_the_deal() -> None:
    changes = read(load()).changes
    assert changes["stage"] == {"from": "Proposal", "to": "Won"}
    assert changes["status"] == {"from": "open", "to": "won"}
    assert changes["closed_at"] == {"from": None, "to": "2026-03-04T00:00:00.000Z"}
    assert changes["confidence"] == {"from": 60, "to": 100}


def test_cents_become_units_on_both_sides_of_a_change() -> None:
    body = load(previous_data={"value": 4800050})
    assert read(body).changes == {"amount": {"from": 48000.5, "to": 52000}}


def test_a_merged_update_is_as_new_as_its_last_part() -> None:
    event = read(load(date_updated="2026-03-04T15:50:00.000000"))
    assert iso(event.occurred_at) == "2026-03-04T15:40:03.395Z"
    assert event.order == (1772639400000, 0)


@pytest.mark.parametrize(
    ("action", "previous", "types"),
    [
        ("created", {}, ("deal.won", "deal.created", "deal.updated")),
        ("updated", {"note": "x"}, ("deal.updated",)),
        ("updated", {"status_type": "lost"}, ("deal.won", "deal.updated")),
        ("updated", {"status_label": "Proposal"}, ("deal.stage_changed", "deal.updated")),
        ("deleted", {}, ("deal.deleted",)),
    ],
)
def test_a_deal_is_won_only_by_the_event_that_wins_it(action: str, previous: object, types: tuple[str, ...]) -> None:
    assert read(load(action=action, previous_data=previous)).types == types


def test_a_lost_opportunity_is_a_lost_deal() -> None:
    body = load()
    body["event"]["data"] |= {"status_type": "lost", "date_won": None, "date_lost": "2026-03-05"}
    event = read(body)
    assert event.type == "deal.lost"
    assert (event.deal or {})["closed_at"] == "2026-03-05T00:00:00.000Z"


def test_a_deleted_opportunity_is_shown_as_it_was_last() -> None:
    event = read(load(action="deleted", data={}, previous_data=load()["event"]["data"]))
    assert event.type == "deal.deleted"
    assert (event.deal or {})["amount"] == 52000
    assert event.changes == {}


def test_other_objects_are_events_of_the_source() -> None:
    event = read(load(object_type="activity.call", action="completed"))
    assert (event.types, event.deal) == (("close.activity.call.completed",), None)


def test_the_id_of_the_event_tells_retries_apart() -> None:
    assert read(load(request_id="other")).id == read(load()).id
    assert read(load(id="ev_other")).id != read(load()).id


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {},
        {"event": []},
        load(id=None),
        load(action="x" * 101),
        load(object_id={}),
        load(date_created="soon"),
        load(date_updated=[1]),
        load(data=[1]),
        load(previous_data="x"),
        load(data={**load()["event"]["data"], "value": "much"}),
    ],
)
def test_what_cannot_be_read_is_one_dead_event(broken: object) -> None:
    event = read(broken)
    assert event.problem
    assert event.payload == broken


def test_a_key_that_is_not_hexadecimal_is_an_error_of_the_source() -> None:
    with pytest.raises(ValidationError, match="hexadecimal"):
        build("close", {"kind": "close", "secret": "whsec_x"})


@pytest.mark.parametrize("data", [None, [], {}])
def test_what_an_opportunity_was_before_is_not_shown_as_what_it_is(data: object) -> None:
    event = read(load(data=data))
    assert (event.types, event.changes, event.ignored) == (("deal.updated",), {}, "thin")
    assert event.deal == {"id": load()["event"]["object_id"]}
