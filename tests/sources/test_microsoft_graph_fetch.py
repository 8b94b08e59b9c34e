"""`fetch:` of a Microsoft Graph source: what it takes, what it says of mistakes, and what notifications are for."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from planhook.core.errors import RulesInvalid
from planhook.core.event import Event
from planhook.rulebook.loader import load
from planhook.sources import build
from planhook.sources.microsoft_graph import MicrosoftGraphSource
from tests.sources.delivery import URL, deliver

APP = {"tenant": "contoso.example", "client_id": "c", "client_secret": "s3cret"}
ADDRESS = "https://hooks.example.com/webhooks/outlook"
ANN = "ann@ourco.example"
GUID = "c5b3a1f0-6d7e-4f80-91a2-b3c4d5e6f708"


def source(fetch: Mapping[str, Any], **keys: Any) -> MicrosoftGraphSource:
    built = build("ms", {"kind": "microsoft-graph", "client_state": "state", **keys, "fetch": dict(fetch)})
    assert isinstance(built, MicrosoftGraphSource)
    return built


def read(item: Mapping[str, Any], *, url: str = URL, **keys: Any) -> Event:
    body = json.dumps({"value": [{"clientState": "state", **item}]}).encode()
    (event,) = source({**APP, **keys}).parse(deliver(body, url=url))
    return event


@pytest.mark.parametrize(
    ("fetch", "at", "words"),
    [
        ({"tenant": "x", "client_id": "x"}, "client_secret", "is missing"),
        ({**APP, "client_secret": ""}, "client_secret", "printable"),
        ({**APP, "tenant": 7}, "tenant", "quotes"),
        ({**APP, "user": [ANN]}, "user", "did you mean users?"),
        ({**APP, "users": ["ann"]}, "users", "mail address or an object id"),
        ({**APP, "users": ["../x@y"]}, "users", "mail address or an object id"),
        ({**APP, "users": ANN}, "users", "list"),
        ({**APP, "address": ADDRESS}, "address", "name them under users"),
        ({**APP, "users": [ANN], "address": "http://hooks.example.com/webhooks/ms"}, "address", "https"),
        ({**APP, "existing": "keep"}, "existing", "schedule, ignore"),
        ({**APP, "poll_minutes": 0}, "poll_minutes", "1"),
        ({**APP, "calls_per_minute": 0}, "calls_per_minute", "1"),
        ({**APP, "url": "graph.microsoft.com"}, "url", "https"),
    ],
)
def test_a_mistake_is_named_where_it_is(fetch: Mapping[str, Any], at: str, words: str) -> None:
    with pytest.raises(ValidationError) as fault:
        source(fetch)

    messages = fault.value.messages
    assert isinstance(messages, dict)
    assert words in str(messages["fetch"][at])
    assert "s3cret" not in str(messages)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("subscription_id", "x", "made by hand"), ("client_state", "x" * 129, "longer than 128")],
)
def test_what_a_subscription_of_our_own_cannot_have_is_refused(key: str, value: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        source({**APP, "users": [ANN], "address": ADDRESS}, **{key: value})
    source(APP, **{key: value})


def test_check_names_the_line_of_a_mistake_and_of_a_plain_secret(tmp_path: Path) -> None:
    lines = ["sources:", "  ms:", "    kind: microsoft-graph", "    client_state: ${S}", "    fetch:"]
    lines += ["      tenant: t", "      client_id: c", "      client_secret: s3cret", f"      address: {ADDRESS}"]
    (tmp_path / "sources.yaml").write_text("\n".join(lines), "utf-8")
    with pytest.raises(RulesInvalid) as fault:
        load(tmp_path, {"S": "s"}, require_env=True)

    said = "\n".join(str(finding) for finding in fault.value.findings)
    assert "sources.yaml:8: warning: this client_secret is written in plain text" in said
    assert "sources.yaml:9: fetch.address: is for subscriptions to the calendars of users" in said
    assert "s3cret" not in said


def test_what_is_not_filled_in_yet_is_no_mistake() -> None:
    unset = dict.fromkeys(APP, "${NOT_SET}")
    assert source({**unset, "users": ["${NOT_SET}"], "address": "https://${NOT_SET}/webhooks/ms"}).fetch


def test_calendars_and_their_subscriptions_are_looked_after_from_the_start() -> None:
    fetch = source({**APP, "users": [ANN.upper(), ANN, GUID], "address": ADDRESS}).fetch
    assert fetch
    users = (f"calendar/{ANN}", f"subscription/{ANN}", f"calendar/{GUID}", f"subscription/{GUID}")
    assert fetch.standing == users
    polling = source({**APP, "users": [ANN]}).fetch
    assert polling
    assert polling.standing == (f"calendar/{ANN}",)


def test_the_tenant_names_where_to_sign_in_and_nothing_else() -> None:
    fetch = source({**APP, "tenant": "../evil/x?"}).fetch
    assert fetch
    assert fetch.token_url == "https://login.microsoftonline.com/..%2Fevil%2Fx%3F/oauth2/v2.0/token"


def test_no_secret_is_shown() -> None:
    assert "s3cret" not in repr(source(APP))


@pytest.mark.parametrize(
    ("resource", "fetch"),
    [
        (f"Users/{GUID}/Events/AAMk-_w==", f"event/{GUID}/AAMk-_w=="),
        (f"users/{ANN}/events/AAMk", f"event/{ANN}/AAMk"),
        (f"Users/{GUID}/calendars/C1/Events/AAMk", f"event/{GUID}/AAMk"),
        (f"Users/{GUID}/Messages/AAMk", None),
        ("Users/../Events/AAMk", None),
        (f"Users/{GUID}/Events/../../me", None),
        (f"Users/{GUID}/Events/{'a' * 501}", None),
        (None, None),
        (["x"], None),
    ],
)
def test_a_change_of_an_event_is_completed_by_that_event(resource: object, fetch: str | None) -> None:
    event = read({"changeType": "updated", "resource": resource})
    assert (event.fetch, event.ignored) == (fetch, None if fetch else "thin")


@pytest.mark.parametrize(
    ("said", "fetch"),
    [
        ("missed", f"calendar/{ANN}"),
        ("subscriptionRemoved", f"subscription/{ANN}"),
        ("reauthorizationRequired", f"subscription/{ANN}"),
    ],
)
def test_our_own_subscriptions_name_their_user_in_our_address(said: str, fetch: str) -> None:
    item = {"lifecycleEvent": said, "subscriptionId": "s1"}
    ours = f"{URL}?user=ann%40ourco.example"
    assert read(item, url=ours, users=[ANN]).fetch == fetch
    assert read(item, url=ours, users=["bob@ourco.example"]).fetch is None
    assert read(item, users=[ANN]).fetch is None
    change = {"changeType": "created", "resource": f"Users/{GUID}/Events/AAMk"}
    assert read(change, url=ours, users=[ANN]).fetch == f"event/{ANN}/AAMk"
    assert read(change, url=f"{URL}?user=eve%40evil.example", users=[ANN]).fetch == f"event/{GUID}/AAMk"
