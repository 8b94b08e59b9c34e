"""Standard Webhooks with Ed25519: whoever has the public key can check and cannot forge."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery
from planhook.sources import Source, build
from tests.sources.delivery import NOW, URL, deliver, signed

BODY = b'{"type": "deal.won"}'
SEED = bytes(range(32))
PUBLIC = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
PRIVATE = "whsk_" + base64.b64encode(SEED).decode()
SHARED = "whsec_" + base64.b64encode(b"k" * 32).decode()


def source(*secrets: str) -> Source:
    return build("it", {"kind": "json", "verify": {"scheme": "standard-webhooks", "secret": list(secrets)}})


SENDER = source(PRIVATE)
RECEIVER = source(PUBLIC)
GENUINE = signed(SENDER, BODY)


def changed(**headers: str) -> Delivery:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return deliver(BODY, {**GENUINE.headers, **told})


def test_the_public_key_checks_what_the_private_one_signed() -> None:
    assert GENUINE.headers["webhook-signature"].startswith("v1a,")
    RECEIVER.verify(GENUINE)
    SENDER.verify(GENUINE)


def test_a_private_key_may_hold_its_public_half_too() -> None:
    both = source("whsk_" + base64.b64encode(SEED + base64.b64decode(PUBLIC[5:])).decode())
    RECEIVER.verify(signed(both, BODY))


def test_a_public_key_cannot_sign() -> None:
    with pytest.raises(LookupError, match="public"):
        RECEIVER.sign(BODY, {}, URL, NOW)


def test_a_public_key_is_never_taken_for_a_shared_secret() -> None:
    forged = source("whsec_" + PUBLIC.removeprefix("whpk_"))
    with pytest.raises(ProofInvalid):
        RECEIVER.verify(signed(forged, BODY))


def test_keys_of_both_kinds_can_be_in_use_at_once() -> None:
    both = source(SHARED, PUBLIC)
    both.verify(GENUINE)
    both.verify(signed(source(SHARED), BODY))
    old = signed(source(SHARED), BODY).headers["webhook-signature"]
    RECEIVER.verify(changed(webhook_signature=f"{old} v2,AAAA garbage {GENUINE.headers['webhook-signature']}"))


def test_only_the_first_eight_signatures_are_looked_at() -> None:
    false = "v1a," + base64.b64encode(b"x" * 64).decode()
    RECEIVER.verify(changed(webhook_signature=f"{false} " * 7 + GENUINE.headers["webhook-signature"]))
    with pytest.raises(ProofInvalid):
        RECEIVER.verify(changed(webhook_signature=f"{false} " * 8 + GENUINE.headers["webhook-signature"]))


@given(data=st.data())
def test_changing_any_character_is_noticed(data: st.DataObject) -> None:
    header = data.draw(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]))
    value = GENUINE.headers[header]
    position = data.draw(st.integers(0, len(value) - 1))
    character = data.draw(st.characters(max_codepoint=255).filter(lambda each: each != value[position]))
    with pytest.raises(ProofInvalid):
        RECEIVER.verify(
            deliver(BODY, {**GENUINE.headers, header: value[:position] + character + value[position + 1 :]})
        )


def test_a_signature_that_base64_could_also_write_is_refused() -> None:
    signature = GENUINE.headers["webhook-signature"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = signature[:-3] + alphabet[alphabet.index(signature[-3]) ^ 1] + "=="
    assert base64.b64decode(other[4:]) == base64.b64decode(signature[4:])
    with pytest.raises(ProofInvalid):
        RECEIVER.verify(changed(webhook_signature=other))


@pytest.mark.parametrize("signature", ["v1a,", "v1a,AAAA", "v1a,*", "v1a,ü", "v1,{}", "v1a;{}", "{}"])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    value = GENUINE.headers["webhook-signature"].removeprefix("v1a,")
    with pytest.raises(ProofInvalid):
        RECEIVER.verify(changed(webhook_signature=signature.format(value)))


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("whpk_AAAA", "3 bytes, not 32"),
        ("whsk_AAAA", "3 bytes, not 32"),
        ("whpk_*", "base64"),
        ("whpk_", "empty"),
        ("whxx_AAAA", "begins with none"),
    ],
)
def test_a_wrong_key_is_an_error_of_the_source(secret: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        source(secret)


def test_a_private_key_is_warned_of() -> None:
    assert "whpk_" in SENDER.warnings[0]
    assert RECEIVER.warnings == ()
