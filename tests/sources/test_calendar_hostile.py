"""Whatever comes from or in the name of a calendar sender: events, or a refusal that is documented."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planhook.core.errors import BodyInvalid, DeliveryRejected, ProofInvalid
from planhook.sources import Source, build
from tests.effort import computing_less_than
from tests.sources.delivery import deliver, signed
from tests.sources.test_hostile import VALUES, check_events, damaged_samples

TOPIC = "arn:aws:sns:eu-north-1:123456789012:calendar-invites"
SOURCES = {
    "calendly": build("it", {"kind": "calendly", "secret": "s"}),
    "calcom": build("it", {"kind": "calcom", "secret": "s"}),
    "zoom": build("it", {"kind": "zoom", "secret": "s"}),
    "google-calendar": build("it", {"kind": "google-calendar", "token": "s"}),
    "microsoft-graph": build("it", {"kind": "microsoft-graph", "client_state": "samples-client-state-0001"}),
    "mailgun": build("it", {"kind": "mailgun", "secret": "s"}),
    "postmark": build("it", {"kind": "postmark", "username": "u", "password": "p"}),
    "sendgrid": build("it", {"kind": "sendgrid", "username": "u", "password": "p"}),
    "ses": build("it", {"kind": "ses", "topic_arn": TOPIC}),
}
JSON = {name: SOURCES[name] for name in ("calendly", "calcom", "zoom", "microsoft-graph", "postmark", "ses")}
SIGNED = {name: SOURCES[name] for name in ("calendly", "calcom", "zoom")}
PROOFS = (
    *("authorization", "x-goog-channel-token", "x-zm-signature", "x-zm-request-timestamp"),
    *("calendly-webhook-signature", "x-cal-signature-256", "content-type"),
)
each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


@pytest.mark.parametrize("source", JSON.values(), ids=JSON)
@settings(max_examples=40)
@given(body=damaged_samples() | VALUES)
def test_any_json_becomes_events_that_can_be_stored(source: Source, body: Any) -> None:
    check_events(source, json.dumps(body).encode())


@each_source
@settings(max_examples=40)
@given(body=st.binary(max_size=100))
def test_any_bytes_become_events_or_are_refused(source: Source, body: bytes) -> None:
    for content_type in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        delivery = deliver(body, {"content-type": content_type}, url="https://h.example/webhooks/it?" + repr(body))
        for step in (source.handshake, source.verify, source.parse):
            try:
                step(delivery)
            except (ProofInvalid, BodyInvalid):
                continue


@each_source
@given(headers=st.dictionaries(st.sampled_from(PROOFS), st.text(max_size=40) | st.just("t=1790953200,v1=é,v1=")))
def test_any_headers_are_a_wrong_proof_and_nothing_worse(source: Source, headers: dict[str, str]) -> None:
    with pytest.raises(DeliveryRejected):
        source.verify(deliver(b'{"value": [5]}', headers))


@pytest.mark.parametrize("source", SIGNED.values(), ids=SIGNED)
@given(data=st.data())
def test_no_byte_can_be_changed(source: Source, data: st.DataObject) -> None:
    delivery = signed(source, b'{"event": "meeting.created", "payload": {}}')
    source.verify(delivery)
    body = bytearray(delivery.body)
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProofInvalid):
        source.verify(deliver(bytes(body), delivery.headers))
    name = data.draw(st.sampled_from(sorted(delivery.headers)))
    written = delivery.headers[name]
    at = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(
        st.characters(min_codepoint=33, max_codepoint=126).filter(lambda each: each != written[at].lower())
    )
    if other.lower() != written[at]:  # the case of hex digits says nothing
        with pytest.raises(ProofInvalid):
            source.verify(deliver(delivery.body, {**delivery.headers, name: written[:at] + other + written[at + 1 :]}))


HOSTILE = {
    "deep": b"[" * 100_000,
    "closed": b"[" * 20_000 + b"]" * 20_000,
    "digits": b"[" + b"1" * 5000 + b"]",
    "twice": b'{"event": "a", "event": "b"}',
    "infinite": b'{"event_ts": 1e999}',
    "utf-16": '{"value": []}'.encode("utf-16"),
    "half": b'{"event": "\\ud800"}',
    "nul": b'{"event": "\\u0000"}',
}


@pytest.mark.parametrize("source", JSON.values(), ids=JSON)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_json_is_refused_at_once(source: Source, body: bytes) -> None:
    with computing_less_than(1), pytest.raises(BodyInvalid):
        source.parse(deliver(body))
