"""Standard Webhooks 1.0, which Svix sends under names of its own."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, post_load

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery, milliseconds
from planhook.sources.proof.scheme import check_age, header, matches_any, wire_bytes
from planhook.sources.schema import Keys, Secrets

_TOLERANCE = timedelta(seconds=300)
_MAX_SIGNATURES = 8  # a sender that changes keys sends one per key


@dataclass(frozen=True)
class StandardWebhooksProof:
    """`v1` signatures over id, time and body. `keys` are decoded."""

    keys: tuple[bytes, ...]
    warnings: tuple[str, ...] = ()

    def check(self, delivery: Delivery) -> None:
        family = _family(delivery)
        sender_id = header(delivery, f"{family}-id")
        timestamp = header(delivery, f"{family}-timestamp")
        signatures = header(delivery, f"{family}-signature")
        check_age(timestamp, delivery, _TOLERANCE, unit="s")
        expected = [_signature(key, sender_id, timestamp, delivery.body) for key in self.keys]
        received = list(_v1(signatures))[:_MAX_SIGNATURES]
        if not any(matches_any(signature, expected) for signature in received):
            raise ProofInvalid("no signature matches")

    def delivery_id(self, delivery: Delivery) -> str | None:
        return delivery.headers.get(f"{_family(delivery)}-id")

    def sign(self, delivery: Delivery) -> dict[str, str]:
        sender_id = delivery.headers.get("webhook-id") or f"msg_{hashlib.sha256(delivery.body).hexdigest()[:24]}"
        timestamp = str(milliseconds(delivery.received_at) // 1000)
        signature = _signature(self.keys[0], sender_id, timestamp, delivery.body).decode()
        return {"webhook-id": sender_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}


class StandardWebhooksSchema(Keys):
    """`verify: {scheme: standard-webhooks, secret: whsec_…}`"""

    secret = Secrets(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> StandardWebhooksProof:
        return StandardWebhooksProof(tuple(_key(secret) for secret in data["secret"]))


def _key(secret: str) -> bytes:
    encoded = secret.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValidationError("is not base64: copy it whole, with whsec_", "secret") from None
    if not key:
        raise ValidationError("must not be empty", "secret")
    return key


def _family(delivery: Delivery) -> str:
    return "svix" if "svix-signature" in delivery.headers and "webhook-signature" not in delivery.headers else "webhook"


def _v1(signatures: str) -> Iterator[bytes]:
    """The values of version 1; entries of other versions and malformed ones say nothing."""
    for entry in signatures.split(" "):
        version, comma, value = entry.partition(",")
        if version == "v1" and comma and value:
            yield wire_bytes(value)


def _signature(key: bytes, sender_id: str, timestamp: str, body: bytes) -> bytes:
    message = b".".join((wire_bytes(sender_id), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(key, message, "sha256"))
