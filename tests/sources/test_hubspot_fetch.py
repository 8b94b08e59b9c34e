"""What `fetch:` of a HubSpot source may say, and how any answer of HubSpot completes an event."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from planhook import sources
from planhook.core.errors import RulesInvalid
from planhook.core.event import Delivery, Event
from planhook.rulebook.loader import load
from planhook.sources.hubspot import HubSpotSource

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["dealname", "dealstage", "amount", "closedate", "hubspot_owner_id", "hs_is_closed_won", "x"])
RECORD: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "properties": st.dictionaries(NAMES, JSON) | JSON,
        "associations": JSON
        | st.dictionaries(st.sampled_from(["companies", "contacts"]), st.builds(dict, results=JSON)),
        "url": JSON,
        "email": JSON,
    },
)


def source(**fetch: Any) -> HubSpotSource:
    config = {"kind": "hubspot", "secret": "s", "fetch": {"token": "pat-1", **fetch}}
    built = sources.build("crm", config)
    assert isinstance(built, HubSpotSource)
    return built


def stage_change() -> Event:
    element = {
        "eventId": 1,
        "portalId": 9,
        "occurredAt": 1772443263952,
        "subscriptionType": "deal.propertyChange",
        "objectId": 42,
        "propertyName": "dealstage",
        "propertyValue": "closedwon",
    }
    return parsed(element)[0]


def parsed(*elements: Mapping[str, Any]) -> tuple[Event, ...]:
    received = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    return source().parse(Delivery("POST", "https://x.example", {}, json.dumps(elements).encode(), received))


def test_the_defaults_ask_for_what_a_deal_consists_of() -> None:
    fetch = source(properties=["renewal_date", "amount"]).fetch
    assert fetch is not None
    assert (fetch.url, fetch.calls_per_10_seconds, fetch.company_key) == ("https://api.hubapi.com", 100, None)
    assert set(fetch.deal_properties) > {"dealname", "dealstage", "hs_is_closed_won", "renewal_date"}
    assert len(fetch.deal_properties) == len(set(fetch.deal_properties))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"token": ""}, "printable ASCII"),
        ({"token": "two words"}, "printable ASCII"),
        ({"token": "a\r\nX: y"}, "printable ASCII"),
        ({"token": 5}, "must be text"),
        ({"url": "http://api.hubapi.com"}, "must be https"),
        ({"url": "https://user:secret@api.hubapi.com"}, "must not hold a user name"),
        ({"properties": ["a,b"]}, "no internal name"),
        ({"properties": "amount"}, "list"),
        ({"company_key": "a b"}, "no internal name"),
        ({"calls_per_10_seconds": 0}, "must be from 1 to 1000"),
        ({"tokn": "x"}, "did you mean token"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_hint(keys: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        source(**keys)
    assert said in str(refusal.value.messages)
    assert "secret@" not in str(refusal.value.messages)


def test_a_token_is_required() -> None:
    with pytest.raises(ValidationError) as refusal:
        sources.build("crm", {"kind": "hubspot", "secret": "s", "fetch": {}})
    assert "token" in str(refusal.value.messages)


def test_check_names_the_line_of_a_mistake_and_of_a_plain_token(tmp_path: Path) -> None:
    text = (
        "sources:\n  crm:\n    kind: hubspot\n    secret: ${S}\n    fetch:\n      token: pat-1\n      propertys: [a]\n"
    )
    (tmp_path / "sources.yaml").write_text(text, "utf-8")
    with pytest.raises(RulesInvalid) as fault:
        load(tmp_path, {"S": "s"}, require_env=True)
    said = "\n".join(str(finding) for finding in fault.value.findings)
    assert "sources.yaml:7: " in said
    assert "fetch.propertys: there is no such key (did you mean properties?)" in said
    assert "sources.yaml:6: warning: this token is written in plain text" in said


def test_only_events_of_deals_that_exist_ask_for_more() -> None:
    assert stage_change().fetch == "deal/42"
    deletion = {"subscriptionType": "deal.deletion", "occurredAt": 1, "objectId": 42}
    contact = {"subscriptionType": "contact.creation", "occurredAt": 1, "objectId": 42}
    assert [event.fetch for event in parsed(deletion, contact)] == [None, None]
    kept = stage_change()
    assert Event.from_json(kept.to_json()) == kept


@given(RECORD, st.none() | RECORD, st.none() | RECORD, st.sampled_from([None, "x"]))
def test_any_answer_completes_the_event_or_says_what_is_wrong(
    record: dict[str, Any], company: dict[str, Any] | None, owner: dict[str, Any] | None, key: str | None
) -> None:
    event, completion = stage_change(), source(company_key=key).completion() if key else source().completion()
    try:
        completion.links(event, record)
        whole = completion.complete(event, record, company, owner)
    except ValueError:
        return
    assert (whole.id, whole.order, whole.occurred_at) == (event.id, event.order, event.occurred_at)
    assert whole.deal is not None
    assert (whole.deal["id"], whole.deal["stage"]) == ("42", "closedwon")
    assert set(event.types) <= set(whole.types)
    json.dumps(whole.to_json(), allow_nan=False)
