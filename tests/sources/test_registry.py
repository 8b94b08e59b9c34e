"""The YAML keys of sources: what is wrong is said where it stands."""

from collections.abc import Mapping
from typing import Any

import pytest
from marshmallow import ValidationError

from planhook.sources import KINDS, SCHEMES, build
from tests.sources.delivery import deliver

LOOSE = ("yes", "on", "t", "1", "true", 1)  # what marshmallow would take for true
HMAC: Mapping[str, Any] = {"scheme": "hmac", "secret": "s", "header": "X-S"}


def messages(config: Mapping[str, Any]) -> Any:
    with pytest.raises(ValidationError) as caught:
        build("it", config)
    return caught.value.messages


def verify_messages(**verify: Any) -> Any:
    return messages({"kind": "json", "verify": verify})["verify"]


@pytest.mark.parametrize(
    ("config", "path", "words"),
    [
        ({}, ["kind"], "is missing"),
        ({"kind": "hubspt"}, ["kind"], "did you mean hubspot?"),
        ({"kind": 5}, ["kind"], "known:"),
        ({"kind": "hubspot"}, ["secret"], "is missing"),
        ({"kind": "hubspot", "secret": ""}, ["secret"], "must not be empty"),
        ({"kind": "hubspot", "secret": []}, ["secret"], "must not be empty"),
        ({"kind": "hubspot", "secret": ["a", " "]}, ["secret"], "must not be empty"),
        ({"kind": "hubspot", "secret": 12}, ["secret"], "quotes"),
        ({"kind": "hubspot", "secret": "s", "signature": "v1"}, ["signature"], "one of"),
        ({"kind": "hubspot", "secret": "s", "won_stage": "x"}, ["won_stage"], "did you mean won_stages?"),
        ({"kind": "hubspot", "secret": "s", "won_stages": {"a": 1}}, ["won_stages"], "list of texts"),
        ({"kind": "pipedrive", "username": "a:b", "password": "p"}, ["username"], "colon"),
        ({"kind": "icalendar", "verify": HMAC, "timezone": "Mars"}, ["timezone"], "time zone"),
        ({"kind": "icalendar"}, ["verify"], "is missing"),
        ({"kind": "icalendar", "verify": "hmac"}, ["verify"], "map"),
        ({"kind": "json", "verify": HMAC, "events": []}, ["events"], "takes a map"),
    ],
)
def test_a_wrong_key_is_named(config: Mapping[str, Any], path: list[str], words: str) -> None:
    found = messages(config)
    for key in path:
        found = found[key]
    assert words in str(found)


@pytest.mark.parametrize(
    ("verify", "key", "words"),
    [
        ({}, "scheme", "is missing"),
        ({**HMAC, "header": ""}, "header", "must not be empty"),
        ({"scheme": "hmc"}, "scheme", "did you mean hmac?"),
        ({**HMAC, "heder": "x"}, "heder", "did you mean header?"),
        ({**HMAC, "algorithm": "md5"}, "algorithm", "one of"),
        ({**HMAC, "signed": "{timestamp}.{body}"}, "signed", "needs timestamp_header"),
        ({**HMAC, "signed": "{id}{body}"}, "signed", "needs id_header"),
        ({**HMAC, "signed": "{timestamp}", "timestamp_header": "T"}, "signed", "must contain {body}"),
        ({**HMAC, "signed": "{body}{nonce}"}, "signed", "{nonce}"),
        ({**HMAC, "tolerance": 60}, "tolerance", "needs timestamp_header"),
        ({**HMAC, "tolerance": "60", "timestamp_header": "T"}, "tolerance", "must be a whole number"),
        ({"scheme": "standard-webhooks", "secret": "whsec_*"}, "secret", "base64"),
        ({"scheme": "standard-webhooks", "secret": "whsec_"}, "secret", "empty"),
        ({"scheme": "none"}, "scheme", "allow_unverified"),
        ({"scheme": "none", "allow_unverified": False}, "scheme", "allow_unverified"),
        *(
            ({"scheme": "none", "allow_unverified": each}, "allow_unverified", "must be true or false")
            for each in LOOSE
        ),
    ],
)
def test_a_wrong_proof_is_named(verify: Mapping[str, Any], key: str, words: str) -> None:
    assert words in str(verify_messages(**verify)[key])


@pytest.mark.parametrize("kind", ["json", "cloudevents", "icalendar"])
@pytest.mark.parametrize(
    "keys",
    [
        {"verify": {"scheme": "none", "allow_unverified": True}},
        {"verify": {"scheme": "none"}, "allow_unverified": True},
        {"allow_unverified": True},
    ],
)
def test_anybody_may_send_when_the_source_says_so(kind: str, keys: Mapping[str, Any]) -> None:
    source = build("it", {"kind": kind, **keys})
    source.verify(deliver(b"{}"))
    assert "not verified" in str(source.warnings)


@pytest.mark.parametrize(
    ("keys", "key", "words"),
    [
        ({"allow_unverified": False}, "verify", "is missing"),
        ({"verify": {"scheme": "none"}, "allow_unverified": False}, "verify", "say allow_unverified: true"),
        ({"verify": {"scheme": "none", "allow_unverified": False}, "allow_unverified": True}, "verify", "say allow_"),
        ({"verify": {"scheme": "bearer", "token": "t"}, "allow_unverified": True}, "allow_unverified", "scheme none"),
        ({"verify": "none", "allow_unverified": True}, "verify", "must be a map"),
        *(({"allow_unverified": each}, "allow_unverified", "must be true or false") for each in LOOSE),
        *(
            ({"verify": {"scheme": "none"}, "allow_unverified": each}, "allow_unverified", "must be true or false")
            for each in LOOSE
        ),
    ],
)
def test_a_half_hearted_allow_unverified_opens_nothing(keys: Mapping[str, Any], key: str, words: str) -> None:
    assert words in str(messages({"kind": "json", **keys})[key])


def test_all_faults_are_told_at_once() -> None:
    found = messages({"kind": "json", "verfy": {}, "verify": {"scheme": "basic"}, "events": {"id": "]"}})
    assert set(found) == {"verfy", "verify", "events"}
    assert set(found["verify"]) == {"username", "password"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_schema_with_a_description(kind: str) -> None:
    assert KINDS[kind].schema.__doc__
    assert KINDS[kind].schema().fields


def test_a_secret_in_a_message_would_be_a_leak() -> None:
    assert "canary" not in str(messages({"kind": "hubspot", "secret": ["canary", ""]}))
    assert "canary" not in str(verify_messages(scheme="standard-webhooks", secret="canary*"))


def test_json_kinds_take_the_media_types_that_senders_write() -> None:
    source = build("it", {"kind": "pipedrive", "username": "u", "password": "p"})
    for good in (None, "", "application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json"):
        assert source.accepts(good)
    for bad in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml", "text/calendar"):
        assert not source.accepts(bad)


def test_every_scheme_is_listed() -> None:
    assert set(SCHEMES) == {"hmac", "standard-webhooks", "bearer", "basic", "header", "none"}
