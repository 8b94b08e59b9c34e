"""Signatures that share one header with their time, `t=…,v1=…[,v1=…]`, as Stripe writes them."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery, milliseconds
from planhook.sources.proof.scheme import ProofWithoutId, check_age, header, matches_any, wire_bytes

_TOLERANCE = timedelta(seconds=300)
_MAX_SIGNATURES = 8  # while a secret is rolled there is one per secret


@dataclass(frozen=True, kw_only=True)
class TimedSignatureProof(ProofWithoutId):
    """Hex HMAC-SHA256 over `t`, a dot and the body, keyed with the whole text of the secret.

    Every scheme but `v1` is ignored: `v0` signs test events only. `header` is lower case.
    """

    secrets: tuple[str, ...]
    header: str

    def check(self, delivery: Delivery) -> None:
        elements = list(_elements(header(delivery, self.header)))
        times = [value for scheme, value in elements if scheme == "t"]
        if len(times) != 1:
            raise ProofInvalid(f"header {self.header} does not name one time", "timestamp_wrong")
        check_age(times[0], delivery, _TOLERANCE, unit="s")
        expected = [_signature(secret, times[0], delivery.body) for secret in self.secrets]
        received = [wire_bytes(value) for scheme, value in elements if scheme == "v1"][:_MAX_SIGNATURES]
        if not any(matches_any(signature, expected) for signature in received):
            raise ProofInvalid("no signature matches", "signature_wrong")

    def sign(self, delivery: Delivery) -> dict[str, str]:
        timestamp = str(milliseconds(delivery.received_at) // 1000)
        signature = _signature(self.secrets[0], timestamp, delivery.body).decode()
        return {self.header: f"t={timestamp},v1={signature}"}


def _elements(written: str) -> Iterator[tuple[str, str]]:
    for element in written.split(","):
        scheme, equals, value = element.strip().partition("=")
        if not equals:
            raise ProofInvalid("the signature header is malformed", "signature_malformed")
        yield scheme, value


def _signature(secret: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex().encode()
