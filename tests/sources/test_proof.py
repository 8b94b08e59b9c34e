"""What every scheme must refuse, and that it accepts what it signs itself."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery
from planhook.sources import Source, build
from planhook.sources.proof.signature import HmacProof
from tests.effort import computing_less_than
from tests.sources.delivery import NOW, URL, deliver, signed

BODY = b'{"id": 7, "type": "deal.won"}'
HMAC = {
    "scheme": "hmac",
    "secret": "correct horse battery",
    "header": "X-Signature",
    "signed": "{method}\n{url}\n{id}.{timestamp}.{body}",
    "timestamp_header": "X-Timestamp",
    "id_header": "X-Id",
}
STANDARD = {"scheme": "standard-webhooks", "secret": "whsec_BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY="}
VERIFY: Mapping[str, Mapping[str, Any]] = {
    "hmac": HMAC,
    "hmac-base64-sha512": {**HMAC, "encoding": "base64", "algorithm": "sha512", "prefix": "v1="},
    "hmac-of-the-body": {"scheme": "hmac", "secret": "s", "header": "X-Signature"},
    "standard-webhooks": STANDARD,
    "bearer": {"scheme": "bearer", "token": "tökén"},
    "basic": {"scheme": "basic", "username": "hook", "password": "p:ä/ss"},
    "header": {"scheme": "header", "header": "X-Token", "token": "t0ken"},
    "none": {"scheme": "none", "allow_unverified": True},
}


def json_source(verify: Mapping[str, Any]) -> Source:
    return build("it", {"kind": "json", "verify": verify})


SOURCES = {name: json_source(verify) for name, verify in VERIFY.items()} | {
    "hubspot-v3": build("it", {"kind": "hubspot", "secret": "s3cret"}),
    "hubspot-v2": build("it", {"kind": "hubspot", "secret": "s3cret", "signature": "v2"}),
    "pipedrive": build("it", {"kind": "pipedrive", "username": "u", "password": "p"}),
}
SIGNING = ["hmac", "hmac-of-the-body", "hmac-base64-sha512", "standard-webhooks", "hubspot-v3", "hubspot-v2"]
TIMED = ["hmac", "hmac-base64-sha512", "standard-webhooks", "hubspot-v3"]


def _with(delivery: Delivery, headers: Mapping[str, str], body: bytes | None = None) -> Delivery:
    return deliver(
        delivery.body if body is None else body, {**delivery.headers, **headers}, now=delivery.received_at, url=URL
    )


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_source_accepts_what_it_signs(source: Source) -> None:
    source.verify(signed(source, BODY))


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "none"])
def test_a_delivery_without_any_header_is_refused(name: str) -> None:
    with pytest.raises(ProofInvalid):
        SOURCES[name].verify(deliver(BODY))


@pytest.mark.parametrize("name", SIGNING)
@given(position=st.integers(0, len(BODY) - 1), change=st.integers(1, 255))
def test_changing_any_byte_of_the_body_is_noticed(name: str, position: int, change: int) -> None:
    delivery = signed(SOURCES[name], BODY)
    changed = bytearray(BODY)
    changed[position] ^= change
    with pytest.raises(ProofInvalid):
        SOURCES[name].verify(_with(delivery, {}, bytes(changed)))


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "none"])
@given(data=st.data())
def test_changing_any_character_of_a_proving_header_is_noticed(name: str, data: st.DataObject) -> None:
    delivery = signed(SOURCES[name], BODY)
    header = data.draw(st.sampled_from([each for each in sorted(delivery.headers) if not each.endswith("version")]))
    value = delivery.headers[header]
    position = data.draw(st.integers(0, len(value) - 1))
    character = data.draw(st.characters(max_codepoint=255).filter(lambda each: each.lower() != value[position].lower()))
    changed = value[:position] + character + value[position + 1 :]
    with pytest.raises(ProofInvalid):
        SOURCES[name].verify(_with(delivery, {header: changed}))


@pytest.mark.parametrize("name", SIGNING)
@given(secret=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
def test_another_secret_does_not_fit(name: str, secret: str) -> None:
    other = build("it", {"kind": "hubspot", "secret": secret, "signature": "v2"})
    if name.startswith("hubspot"):
        other = build("it", {"kind": "hubspot", "secret": secret, "signature": name[-2:]})
    elif name.startswith("hmac"):
        other = json_source({**VERIFY[name], "secret": secret})
    if secret in ("s3cret", VERIFY.get(name, {}).get("secret")):
        return
    with pytest.raises(ProofInvalid):
        SOURCES[name].verify(signed(other, BODY))


@pytest.mark.parametrize("name", SIGNING)
def test_rubbish_behind_a_signature_is_noticed(name: str) -> None:
    delivery = signed(SOURCES[name], BODY)
    for header in [each for each in delivery.headers if "signature" in each and not each.endswith("version")]:
        for rubbish in ("=", " ", "x", ",", "*", f",{delivery.headers[header]}"):
            changed = _with(delivery, {header: delivery.headers[header] + rubbish})
            if name == "standard-webhooks" and rubbish == " ":
                continue  # the blank only separates signatures
            with pytest.raises(ProofInvalid):
                SOURCES[name].verify(changed)


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize(("seconds", "accepted"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_the_clock_may_differ_by_five_minutes_on_both_sides(name: str, seconds: int, accepted: bool) -> None:
    delivery = signed(SOURCES[name], BODY, now=NOW + timedelta(seconds=seconds))
    arrived = deliver(BODY, delivery.headers)
    if accepted:
        SOURCES[name].verify(arrived)
    else:
        with pytest.raises(ProofInvalid, match="stale"):
            SOURCES[name].verify(arrived)


@pytest.mark.parametrize("written", ["nan", "inf", "1e9", "1_000", "١٢٣", " 5", "5 ", "9" * 400, "-1", "+5", "0x5", ""])
@pytest.mark.parametrize("name", TIMED)
def test_a_timestamp_that_no_sender_writes_is_refused(name: str, written: str) -> None:
    delivery = signed(SOURCES[name], BODY)
    header = next(each for each in delivery.headers if "timestamp" in each)
    with pytest.raises(ProofInvalid):
        SOURCES[name].verify(_with(delivery, {header: written}))


def test_the_tolerance_can_be_narrower() -> None:
    source = json_source({**HMAC, "tolerance": 10})
    with pytest.raises(ProofInvalid, match="stale"):
        source.verify(deliver(BODY, signed(source, BODY, now=NOW - timedelta(seconds=11)).headers))


def test_milliseconds_where_seconds_are_due_are_refused() -> None:
    source = SOURCES["standard-webhooks"]
    delivery = signed(source, BODY)
    with pytest.raises(ProofInvalid, match="stale"):
        source.verify(_with(delivery, {"webhook-timestamp": delivery.headers["webhook-timestamp"] + "000"}))


@pytest.mark.parametrize("written", ["2026-10-02T15:00:00Z", "2026-10-02 17:00:00+02:00", "2026-10-02T15:00:00.5"])
def test_a_timestamp_may_be_iso_8601_where_no_page_says_otherwise(written: str) -> None:
    proof = HmacProof((b"s",), "x-s", signed="{timestamp}{body}", timestamp_header="x-t")
    mac = hmac.new(b"s", written.encode() + BODY, "sha256").hexdigest()
    proof.check(deliver(BODY, {"X-S": mac, "X-T": written}))
    with pytest.raises(ProofInvalid, match="malformed"):
        proof.check(deliver(BODY, {"X-S": mac, "X-T": "2026-13-02T15:00:00Z"}))


def test_a_timestamp_that_is_not_signed_is_warned_of() -> None:
    source = json_source({"scheme": "hmac", "secret": "s", "header": "X-S", "timestamp_header": "X-T"})
    assert any("timestamp is not signed" in warning for warning in source.warnings)


def test_rotation_accepts_the_old_and_the_new_secret() -> None:
    old, new = json_source({**HMAC, "secret": "old"}), json_source({**HMAC, "secret": "new"})
    both = json_source({**HMAC, "secret": ["new", "old"]})
    both.verify(signed(old, BODY))
    both.verify(signed(new, BODY))
    with pytest.raises(ProofInvalid):
        new.verify(signed(old, BODY))


@pytest.mark.parametrize(
    "changed",
    [deliver(BODY, method="PUT"), deliver(BODY, url=f"{URL}/"), deliver(BODY, url=f"{URL}?a=1")],
    ids=["method", "path", "query"],
)
def test_method_and_url_are_signed_where_the_template_says_so(changed: Delivery) -> None:
    source = SOURCES["hmac"]
    headers = signed(source, BODY).headers
    with pytest.raises(ProofInvalid):
        source.verify(Delivery(changed.method, changed.url, headers, BODY, NOW))


def test_svix_names_of_the_headers_are_understood() -> None:
    source = SOURCES["standard-webhooks"]
    svix = {name.replace("webhook-", "svix-"): value for name, value in signed(source, BODY).headers.items()}
    source.verify(deliver(BODY, svix))


@pytest.mark.parametrize("name", ["bearer", "basic"])
def test_several_blanks_may_stand_before_credentials(name: str) -> None:
    source = SOURCES[name]
    headers = source.sign(BODY, {}, URL, NOW)
    source.verify(deliver(BODY, {"Authorization": headers["authorization"].replace(" ", "   ")}))


def test_ten_thousand_signatures_cost_no_more_than_eight() -> None:
    source = SOURCES["standard-webhooks"]
    genuine = signed(source, BODY)
    many = " ".join(["v1,AAAA"] * 10_000 + [genuine.headers["webhook-signature"]])
    with computing_less_than(0.1), pytest.raises(ProofInvalid):
        source.verify(_with(genuine, {"webhook-signature": many}))


def test_a_variable_that_nobody_set_proves_nothing() -> None:
    unset = json_source({"scheme": "bearer", "token": "${TOKEN}"})
    for token in ("${TOKEN}", "", "None"):
        with pytest.raises(ProofInvalid):
            unset.verify(deliver(BODY, {"Authorization": f"Bearer {token}"}))


def test_the_reason_repeats_nothing_of_the_request() -> None:
    with pytest.raises(ProofInvalid) as caught:
        SOURCES["bearer"].verify(deliver(BODY, {"Authorization": "Bearer canary"}))
    assert "canary" not in str(caught.value)


def test_weak_choices_are_told() -> None:
    weak = json_source({"scheme": "hmac", "secret": "s", "header": "X-S", "algorithm": "sha1"})
    assert any("sha1" in warning for warning in weak.warnings)
    assert any("not verified" in warning for warning in SOURCES["none"].warnings)
    assert SOURCES["hmac"].warnings == ()
