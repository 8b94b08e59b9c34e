"""Standard Webhooks 1.0, which Svix sends under names of its own."""

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from marshmallow import ValidationError, post_load

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery, milliseconds
from planhook.sources.proof.scheme import check_age, header, wire_bytes
from planhook.sources.proof.standard_webhooks_key import Key, read_key
from planhook.sources.schema import Keys, Secrets

_TOLERANCE = timedelta(seconds=300)
_MAX_SIGNATURES = 8  # a sender that changes keys sends one per key


@dataclass(frozen=True)
class StandardWebhooksProof:
    """`v1` and `v1a` signatures over id, time and body; each key checks those of its own version."""

    keys: tuple[Key, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(warning for key in self.keys for warning in key.warnings)

    def check(self, delivery: Delivery) -> None:
        family = _family(delivery)
        sender_id = header(delivery, f"{family}-id")
        timestamp = header(delivery, f"{family}-timestamp")
        entries = _entries(header(delivery, f"{family}-signature"), {key.version for key in self.keys})
        check_age(timestamp, delivery, _TOLERANCE, unit="s")
        signed = _signed(sender_id, timestamp, delivery.body)
        proven = [
            key.proves(signature, signed)
            for version, signature in islice(entries, _MAX_SIGNATURES)
            for key in self.keys
            if key.version == version
        ]
        if not any(proven):
            raise ProofInvalid("no signature matches", "signature_wrong")

    def delivery_id(self, delivery: Delivery) -> str | None:
        return delivery.headers.get(f"{_family(delivery)}-id")

    def sign(self, delivery: Delivery) -> dict[str, str]:
        sender_id = delivery.headers.get("webhook-id") or f"msg_{hashlib.sha256(delivery.body).hexdigest()[:24]}"
        timestamp = str(milliseconds(delivery.received_at) // 1000)
        key = self.keys[0]
        signature = key.sign(_signed(sender_id, timestamp, delivery.body)).decode()
        return {
            "webhook-id": sender_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"{key.version},{signature}",
        }


class StandardWebhooksSchema(Keys):
    """`verify: {scheme: standard-webhooks, secret: whsec_… or whpk_…}`"""

    secret = Secrets(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> StandardWebhooksProof:
        try:
            return StandardWebhooksProof(tuple(read_key(secret) for secret in data["secret"]))
        except ValueError as error:
            raise ValidationError(str(error), "secret") from None


def _family(delivery: Delivery) -> str:
    return "svix" if "svix-signature" in delivery.headers and "webhook-signature" not in delivery.headers else "webhook"


def _entries(signatures: str, versions: Container[str]) -> Iterator[tuple[str, bytes]]:
    """Versions and values; entries of other versions and malformed ones say nothing."""
    for entry in signatures.split(" "):
        version, comma, value = entry.partition(",")
        if version in versions and comma and value:
            yield version, wire_bytes(value)


def _signed(sender_id: str, timestamp: str, body: bytes) -> bytes:
    return b".".join((wire_bytes(sender_id), timestamp.encode(), body))
