"""`fetch:` of a Google calendar: what it takes, what it says of mistakes, and which calendar a push is about."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from marshmallow import ValidationError

from planhook.core.errors import RulesInvalid
from planhook.rulebook.loader import load
from planhook.sources import build
from planhook.sources.google_calendar import GoogleCalendarSource
from planhook.sources.google_fetch import GoogleFetch, channel_prefix

USER = {"client_id": "id", "client_secret": "s3cret", "refresh_token": "1//x"}
PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
RSA = generate_private_key(65537, 2048).private_bytes(*PEM).decode()
EC = generate_ec_key(SECP256R1()).private_bytes(*PEM).decode()
ADDRESS = "https://hooks.example.com/webhooks/cal"


def account(**changes: Any) -> str:
    return json.dumps({"client_email": "a@p.example", "private_key_id": "k", "private_key": RSA, **changes})


def fetch(**keys: Any) -> GoogleFetch:
    source = build("cal", {"kind": "google-calendar", "token": ["new", "old"], "fetch": keys})
    assert isinstance(source, GoogleCalendarSource)
    assert source.fetch is not None
    return source.fetch


@pytest.mark.parametrize(
    ("keys", "at", "words"),
    [
        ({}, "client_id", "either client_id, client_secret, refresh_token, or service_account"),
        ({"client_id": "x"}, "client_secret", "belong together"),
        ({**USER, "service_account": account()}, "client_id", "one way to sign in"),
        ({**USER, "subject": "a@b.example"}, "subject", "for a service account"),
        ({**USER, "client_secret": ""}, "client_secret", "printable"),
        ({**USER, "refresh_token": 7}, "refresh_token", "quotes"),
        ({**USER, "adress": ADDRESS}, "adress", "did you mean address?"),
        ({**USER, "address": "http://hooks.example.com/webhooks/cal"}, "address", "https"),
        ({**USER, "address": ["x"]}, "address", "https"),
        ({**USER, "existing": "keep"}, "existing", "schedule, ignore"),
        ({**USER, "poll_minutes": 0}, "poll_minutes", "1"),
        ({**USER, "calls_per_minute": 5}, "calls_per_minute", "6"),
        ({**USER, "calendars": []}, "calendars", "takes 1 to 100 entries"),
        ({**USER, "calendars": ["a", "a"]}, "calendars", "twice"),
        ({**USER, "calendars": ["a b"]}, "calendars", "no id of a calendar"),
        ({**USER, "url": "ftp://x.example"}, "url", "https"),
        ({"service_account": account()}, "subject", "whose primary calendar"),
        ({"service_account": account(), "subject": "ann"}, "subject", "mail"),
        ({"service_account": "{}", "subject": "a@b.example"}, "service_account", "has no client_email"),
        ({"service_account": "[]", "subject": "a@b.example"}, "service_account", "whole text"),
        ({"service_account": "key.json", "subject": "a@b.example"}, "service_account", "whole text"),
        ({"service_account": {"type": "x"}, "subject": "a@b.example"}, "service_account", "whole text"),
        ({"service_account": account(private_key="x"), "subject": "a@b.example"}, "service_account", "whole text"),
        ({"service_account": account(private_key=EC), "subject": "a@b.example"}, "service_account", "no RSA key"),
    ],
)
def test_a_mistake_is_named_where_it_is(keys: Mapping[str, Any], at: str, words: str) -> None:
    with pytest.raises(ValidationError) as fault:
        fetch(**keys)

    messages = fault.value.messages
    assert isinstance(messages, dict)
    assert words in str(messages["fetch"][at])
    assert "PRIVATE KEY" not in str(messages)


@pytest.mark.parametrize("name", ["channel_id", "resource_id"])
def test_channels_of_our_own_have_no_fixed_id(name: str) -> None:
    config = {"kind": "google-calendar", "token": "t", name: "x", "fetch": {**USER, "address": ADDRESS}}
    with pytest.raises(ValidationError, match="opens channels of its own"):
        build("cal", config)


def test_what_is_not_filled_in_yet_is_no_mistake() -> None:
    unset = dict.fromkeys(USER, "${NOT_SET}")
    assert fetch(**unset, address="https://${NOT_SET}/webhooks/cal").address == ""
    fetch(service_account="${NOT_SET}", subject="a@b.example")


def test_calendars_and_their_channels_are_looked_after_from_the_start() -> None:
    assert fetch(**USER).standing == ("calendar/primary",)
    assert fetch(**USER, address=ADDRESS, calendars=["a@b.example", "c@d.example"]).standing == (
        *("calendar/a@b.example", "calendar/c@d.example"),
        *("channel/a@b.example", "channel/c@d.example"),
    )


def test_the_first_token_proves_new_channels() -> None:
    assert fetch(**USER).channel_token == "new"


@pytest.mark.parametrize(
    ("channel", "uri", "calendar"),
    [
        (channel_prefix("c@d.example") + "1", "", "c@d.example"),
        ("by-hand", "https://www.googleapis.com/calendar/v3/calendars/a%40b.example/events?alt=json", "a@b.example"),
        ("by-hand", "https://www.googleapis.com/calendar/v3/calendars/x%40y.example/events?alt=json", None),
        ("", "", None),
    ],
)
def test_a_push_is_about_one_calendar(channel: str, uri: str, calendar: str | None) -> None:
    assert fetch(**USER, calendars=["a@b.example", "c@d.example"]).calendar_of(channel, uri) == calendar


def test_the_only_calendar_is_meant_by_any_push() -> None:
    assert fetch(**USER).calendar_of("by-hand", "https://www.googleapis.com/x") == "primary"


def test_no_secret_is_shown() -> None:
    shown = repr(fetch(**USER)) + repr(fetch(service_account=account(), subject="a@b.example"))
    assert not any(secret in shown for secret in ("s3cret", "1//x", "PRIVATE KEY", "new"))


def test_check_names_the_line_of_a_mistake_and_of_each_plain_secret(tmp_path: Path) -> None:
    lines = ["sources:", "  cal:", "    kind: google-calendar", "    token: ${T}", "    fetch:"]
    lines += ["      client_secret: s3cret", "      refresh_token: 1//x", "      calender: [primary]"]
    (tmp_path / "sources.yaml").write_text("\n".join(lines), "utf-8")
    with pytest.raises(RulesInvalid) as fault:
        load(tmp_path, {"T": "t"}, require_env=True)

    said = "\n".join(str(finding) for finding in fault.value.findings)
    assert "sources.yaml:6: warning: this client_secret is written in plain text" in said
    assert "sources.yaml:7: warning: this refresh_token is written in plain text" in said
    assert "sources.yaml:8: fetch.calender: there is no such key (did you mean calendars?)" in said
    assert "s3cret" not in said
