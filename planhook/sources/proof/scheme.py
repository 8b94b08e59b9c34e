"""What every scheme of proof offers, and the comparisons they share."""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery, milliseconds

_DIGITS = re.compile(r"[0-9]{1,14}")
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)


class Proof(Protocol):
    """A scheme with its secrets."""

    @property
    def warnings(self) -> tuple[str, ...]: ...

    def check(self, delivery: Delivery) -> None:
        """Raise ProofInvalid unless `delivery` is proven; the reason holds no value of the request."""
        ...

    def delivery_id(self, delivery: Delivery) -> str | None:
        """The sender's id of this delivery, the same on every retry; None where the scheme has none."""
        ...

    def sign(self, delivery: Delivery) -> dict[str, str]:
        """The headers (lower-case names) that prove `delivery` when it is sent at its `received_at`."""
        ...


@dataclass(frozen=True)
class ProofWithoutId:
    """The part of a scheme that names no deliveries."""

    warnings: tuple[str, ...] = ()

    def delivery_id(self, _: Delivery) -> str | None:
        return None


def header(delivery: Delivery, name: str) -> str:
    """A header that the scheme needs. Raises ProofInvalid when it is missing or empty."""
    value = delivery.headers.get(name, "")
    if not value:
        raise ProofInvalid(f"header {name} is missing", "proof_missing")
    return value


def wire_bytes(value: str) -> bytes:
    """The bytes of a header as they came: WSGI decodes them as Latin-1."""
    return value.encode("latin-1", errors="backslashreplace")


def matches_any(received: bytes, expected: Iterable[bytes]) -> bool:
    """Whether `received` is one of `expected`, in a time that does not tell how close it was."""
    found = False
    for candidate in expected:
        found |= hmac.compare_digest(received, candidate)
    return found


def check_age(
    written: str, delivery: Delivery, tolerance: timedelta, *, unit: str | None = None, ahead: timedelta | None = None
) -> None:
    """Raise ProofInvalid unless the time a sender wrote is within `tolerance` of the receipt, on both sides.

    `ahead` is another tolerance for times to come. `unit` is "s" or "ms" where the sender's page says so; None takes
    seconds, milliseconds and ISO 8601.
    """
    sent = _sent_at(written, unit)
    if sent is None:
        raise ProofInvalid("the timestamp is malformed", "timestamp_wrong")
    age = milliseconds(delivery.received_at) - sent  # a number, for odd times make no timedelta
    unit_ms = timedelta(milliseconds=1)
    if not -((tolerance if ahead is None else ahead) // unit_ms) <= age <= tolerance // unit_ms:
        raise ProofInvalid("the timestamp is stale", "timestamp_stale")


def _sent_at(written: str, unit: str | None) -> int | None:
    """Milliseconds since 1970, None for what no sender writes: int() would take blanks, signs and other digits."""
    if _DIGITS.fullmatch(written):
        count = int(written)
        in_seconds = unit == "s" or (unit is None and count < 10**11)
        return count * 1000 if in_seconds else count
    if unit is None and _ISO.fullmatch(written):
        try:
            found = datetime.fromisoformat(written.upper())
            return milliseconds(found if found.tzinfo else found.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            return None
    return None
