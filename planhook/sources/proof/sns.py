"""Amazon SNS: an RSA signature inside the body, by a certificate that the body names."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import JSON, Delivery
from planhook.sources import strict_json
from planhook.sources.proof.scheme import ProofWithoutId, check_age
from planhook.sources.proof.sns_certificate import Certificates

_TOLERANCE = timedelta(hours=1)  # SNS repeats a message for so long, always with its first time
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_TOPIC = re.compile(r"arn:aws(-[a-z-]+)?:sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_.-]{1,256}")


@dataclass(frozen=True, kw_only=True)
class SnsProof(ProofWithoutId):
    """Signature versions 1 and 2, of our topics only: anybody can have a topic that SNS signs for."""

    topic_arns: tuple[str, ...]
    certificates: Certificates

    def check(self, delivery: Delivery) -> None:
        """Raises CertificateUnavailable when the certificate cannot be had now."""
        message = _message(delivery)
        if message.get("TopicArn") not in self.topic_arns:
            raise ProofInvalid("the topic is not ours", "other_sender")
        check_age(_text(message, "Timestamp"), delivery, _TOLERANCE)
        url = _text(message, "SigningCertURL")
        if not re.fullmatch(_certificate_url(_text(message, "TopicArn")), url):
            raise ProofInvalid("the certificate is not that of SNS in the region of the topic", "certificate_wrong")
        signature = _signature(_text(message, "Signature"))
        algorithm = {"1": SHA1(), "2": SHA256()}.get(_text(message, "SignatureVersion"))  # noqa: S303 - version 1 is SHA-1
        if algorithm is None:
            raise ProofInvalid("the signature's version is unknown", "signature_malformed")
        signed = signed_text(message)
        for key in self.certificates.keys(url, delivery.received_at):
            try:
                key.verify(signature, signed, PKCS1v15(), algorithm)
            except InvalidSignature:
                continue
            return
        raise ProofInvalid("the signature does not match", "signature_wrong")

    def sign(self, _: Delivery) -> dict[str, str]:
        return {}  # the body carries the proof


def is_topic(arn: str) -> bool:
    """Whether `arn` names a topic of SNS."""
    return _TOPIC.fullmatch(arn) is not None


def _message(delivery: Delivery) -> Mapping[str, JSON]:
    try:
        message = strict_json.decode(delivery.body)
    except BodyInvalid:
        message = None
    kind = message.get("Type") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(kind, str) or kind not in _SIGNED:
        raise ProofInvalid("the body is no message of SNS", "proof_unreadable")
    return message


def _text(message: Mapping[str, JSON], key: str) -> str:
    value = message.get(key)
    if not isinstance(value, str):
        raise ProofInvalid(f"{key} is missing", "proof_missing")
    return value


def _signature(written: str) -> bytes:
    """Only the one spelling that SNS uses: base64 has several for the same bytes."""
    try:
        signature = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise ProofInvalid("the signature is malformed", "signature_malformed") from None
    if base64.b64encode(signature).decode() != written:
        raise ProofInvalid("the signature is malformed", "signature_malformed")
    return signature


def signed_text(message: Mapping[str, JSON]) -> bytes:
    """What SNS signs: name and value of members on lines of their own, a Subject only where there is one.

    Raises ProofInvalid when one is missing.
    """
    names = [name for name in _SIGNED[_text(message, "Type")] if name != "Subject" or message.get(name) is not None]
    return "".join(f"{name}\n{_text(message, name)}\n" for name in names).encode()


def _certificate_url(topic_arn: str) -> str:
    """The pattern of the addresses that a topic's certificates have."""
    found = _TOPIC.fullmatch(topic_arn)
    if not found:
        raise ProofInvalid("the topic is malformed", "other_sender")
    end = r"\.cn" if found[1] == "-cn" else ""
    region = re.escape(found[2])
    return rf"https://sns\.{region}\.amazonaws\.com{end}/SimpleNotificationService-[0-9a-f]{{32}}\.pem"
