"""HubSpot's own signatures: v3 for app subscriptions, v2 for the webhook action of workflows."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery, milliseconds
from planhook.sources.proof.scheme import ProofWithoutId, check_age, header, matches_any, wire_bytes

_TOLERANCE = timedelta(seconds=300)
# HubSpot decodes exactly these escapes of the URL before it signs, and leaves all others.
_DECODED_ESCAPE = re.compile(rb"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class HubSpotV3Proof(ProofWithoutId):
    """HMAC over method, URL, body and time. The v1 header that rides along is never looked at."""

    secrets: tuple[str, ...]

    def check(self, delivery: Delivery) -> None:
        received = wire_bytes(header(delivery, "x-hubspot-signature-v3"))
        timestamp = header(delivery, "x-hubspot-request-timestamp")
        check_age(timestamp, delivery, _TOLERANCE, unit="ms")
        if not matches_any(received, (self._signature(secret, delivery, timestamp) for secret in self.secrets)):
            raise ProofInvalid("the signature does not match", "signature_wrong")

    def sign(self, delivery: Delivery) -> dict[str, str]:
        timestamp = str(milliseconds(delivery.received_at))
        signature = self._signature(self.secrets[0], delivery, timestamp).decode()
        return {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": timestamp}

    def _signature(self, secret: str, delivery: Delivery, timestamp: str) -> bytes:
        url = _DECODED_ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()), wire_bytes(delivery.url))
        message = delivery.method.upper().encode() + url + delivery.body + timestamp.encode()
        return base64.b64encode(hmac.digest(secret.encode(), message, "sha256"))


@dataclass(frozen=True, kw_only=True)
class HubSpotV2Proof(ProofWithoutId):
    """SHA-256 over secret, method, URL and body; HubSpot's workflows sign no time."""

    secrets: tuple[str, ...]
    warnings: tuple[str, ...] = ("signature v2 holds no time, so a captured request can be sent again",)

    def check(self, delivery: Delivery) -> None:
        received = wire_bytes(header(delivery, "x-hubspot-signature")).lower()
        if not matches_any(received, (self._signature(secret, delivery) for secret in self.secrets)):
            raise ProofInvalid("the signature does not match", "signature_wrong")

    def sign(self, delivery: Delivery) -> dict[str, str]:
        return {
            "x-hubspot-signature": self._signature(self.secrets[0], delivery).decode(),
            "x-hubspot-signature-version": "v2",
        }

    def _signature(self, secret: str, delivery: Delivery) -> bytes:
        message = secret.encode() + delivery.method.upper().encode() + wire_bytes(delivery.url) + delivery.body
        return hashlib.sha256(message).hexdigest().encode()
