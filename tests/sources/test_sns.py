"""SNS: whose topic, whose certificate, and what becomes of subscriptions."""

import base64
import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from planhook.core.errors import BodyInvalid, ProofInvalid, StoreUnavailable
from planhook.core.event import Delivery, iso
from planhook.sources import build
from planhook.sources.proof.sns import SnsProof
from planhook.sources.proof.sns_certificate import CertificateUnavailable, FetchedCertificates
from tests.sources.delivery import NOW, deliver

SAMPLES = Path(__file__).parent / "samples" / "ses"
TOPIC = "arn:aws:sns:eu-north-1:123456789012:calendar-invites"
URL = "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


@cache
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key().public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(1)).not_valid_after(NOW + timedelta(1))
    return builder.sign(key(), SHA256()).public_bytes(Encoding.PEM)


def message(name: str = "sns-notification", **changed: Any) -> dict[str, Any]:
    """A sample, as SNS would sign it now."""
    body = {**json.loads((SAMPLES / f"{name}.json").read_bytes()), "Timestamp": iso(NOW), "SigningCertURL": URL}
    body |= {"SignatureVersion": "2", **changed}
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{each}\n{body[each]}\n" for each in names if each in body)
    return {**body, "Signature": base64.b64encode(key().sign(text.encode(), PKCS1v15(), SHA256())).decode()}


def delivery(body: object, now: datetime = NOW) -> Delivery:
    return deliver(json.dumps(body).encode(), {"content-type": "text/plain; charset=UTF-8"}, now=now)


class Amazon:
    """What would be fetched from SNS, and how often it was."""

    def __init__(self, answer: bytes | None = None) -> None:
        self.answer = certificate() if answer is None else answer
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes | None:
        self.asked.append(url)
        return self.answer or None

    def proof(self) -> SnsProof:
        return SnsProof(topic_arns=(TOPIC,), certificates=FetchedCertificates(self))


def test_a_message_is_proven_by_the_certificate_that_it_names() -> None:
    amazon = Amazon()
    proof = amazon.proof()
    for _ in range(3):
        proof.check(delivery(message()))
    assert amazon.asked == [URL]


def test_given_certificates_need_no_call() -> None:
    source = build("ses", {"kind": "ses", "topic_arn": [TOPIC], "certificate": certificate().decode()})
    source.verify(delivery(message()))
    assert source.parse(delivery(message()))[0].type == "meeting.scheduled"


@pytest.mark.parametrize(
    "changed",
    [
        {"TopicArn": TOPIC.replace("123456789012", "999999999999")},
        {"SigningCertURL": URL.replace("eu-north-1", "us-east-1")},
        {"SigningCertURL": URL.replace("https", "http")},
        {"SigningCertURL": URL.replace(".com/", ".com.evil.example/")},
        {"SigningCertURL": URL.replace("sns.", "evil.example#sns.")},
        {"SigningCertURL": URL.replace("/Simple", "/../Simple")},
        {"SigningCertURL": URL + "\n"},
        {"SigningCertURL": 5},
        {"SignatureVersion": "3"},
        {"Timestamp": "yesterday"},
        {"Timestamp": iso(NOW - timedelta(hours=2))},
        {"Type": "Other"},
        {"Type": []},
        {"Type": {}},
    ],
)
def test_a_message_that_cannot_be_ours_calls_nobody(changed: dict[str, Any]) -> None:
    amazon = Amazon()
    with pytest.raises(ProofInvalid):
        amazon.proof().check(delivery(message(**changed)))
    assert amazon.asked == []


@pytest.mark.parametrize("signature", ["", "x", "é", "AAAA", base64.b64encode(b"\0" * 256).decode(), None])
def test_a_wrong_signature_is_refused(signature: object) -> None:
    with pytest.raises(ProofInvalid):
        Amazon().proof().check(delivery({**message(), "Signature": signature}))


@pytest.mark.parametrize("answer", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_address_without_a_certificate_proves_nothing(answer: bytes) -> None:
    with pytest.raises(ProofInvalid):
        Amazon(answer).proof().check(delivery(message()))


def test_forgers_cannot_make_us_call_without_end() -> None:
    amazon = Amazon(b"")
    proof = amazon.proof()
    for number in range(6):
        with pytest.raises(ProofInvalid):
            proof.check(delivery(message(SigningCertURL=URL.replace("0123", f"{number:04}"))))
    with pytest.raises(CertificateUnavailable):
        proof.check(delivery(message()))
    assert len(amazon.asked) == 6
    with pytest.raises(ProofInvalid):
        proof.check(delivery(message(), now=NOW + timedelta(minutes=2)))
    assert issubclass(CertificateUnavailable, StoreUnavailable)


@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    body = bytearray(json.dumps(message("sns-subscription-confirmation")).encode())
    position = data.draw(st.integers(0, len(body) - 1))
    body[position] ^= data.draw(st.integers(1, 255))
    changed = deliver(bytes(body))
    try:
        Amazon().proof().check(changed)
    except (ProofInvalid, BodyInvalid):
        return
    # Blanks between members are not signed; nor is the certificate's address, where the stand-in has one for all.
    assert json.loads(body) | {"SigningCertURL": URL} == message("sns-subscription-confirmation")


def test_a_subscription_is_left_to_a_person() -> None:
    source = build("ses", {"kind": "ses", "topic_arn": TOPIC, "certificate": certificate().decode()})
    asked = delivery(message("sns-subscription-confirmation"))
    assert source.handshake(asked) is None
    source.verify(asked)
    (event,) = source.parse(asked)
    assert (event.type, event.ignored) == ("ses.subscription_confirmation", "open SubscribeURL to confirm")
    assert event.payload["SubscribeURL"].startswith("https://sns.eu-north-1.amazonaws.com/")
    assert "Token" not in event.payload


@pytest.mark.parametrize(
    ("changed", "ignored"),
    [
        ({"Type": "UnsubscribeConfirmation"}, "unsubscribed"),
        ({"Message": "a test by hand"}, "no mail"),
        ({"Message": '{"notificationType": "AmazonSnsSubscriptionSucceeded"}'}, "no mail"),
        ({"Message": '{"notificationType": "Received", "mail": {"source": "a@b.example"}}'}, "no calendar part"),
    ],
)
def test_other_messages_end_ignored(changed: dict[str, Any], ignored: str) -> None:
    source = build("ses", {"kind": "ses", "topic_arn": TOPIC})
    (event,) = source.parse(delivery(message(**changed)))
    assert (event.ignored, event.problem) == (ignored, None)


def test_content_that_is_no_base64_is_a_dead_event() -> None:
    notice = {"notificationType": "Received", "content": "é", "receipt": {"action": {"encoding": "BASE64"}}}
    (event,) = build("ses", {"kind": "ses", "topic_arn": TOPIC}).parse(delivery(message(Message=json.dumps(notice))))
    assert event.problem == "content is not base64"


@pytest.mark.parametrize(
    ("keys", "key_"),
    [
        ({"topic_arn": "invites"}, "topic_arn"),
        ({"topic_arn": []}, "topic_arn"),
        ({"topic_arn": TOPIC, "certificate": "PEM"}, "certificate"),
    ],
)
def test_a_wrong_key_is_said_where_it_stands(keys: dict[str, Any], key_: str) -> None:
    with pytest.raises(ValidationError) as caught:
        build("ses", {"kind": "ses", **keys})
    assert list(caught.value.messages) == [key_]


def test_topics_of_china_have_their_own_addresses() -> None:
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:invites"
    amazon = Amazon()
    proof = SnsProof(topic_arns=(topic,), certificates=FetchedCertificates(amazon))
    url = URL.replace("eu-north-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")
    proof.check(delivery(message(TopicArn=topic, SigningCertURL=url)))
    assert amazon.asked == [url]
