"""Certificates of Amazon SNS: given by the owner, or fetched from Amazon and kept.

The one place among the sources that calls anybody, and it calls only addresses that `SnsProof` has checked:
SNS itself, in the region of a topic that is ours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from planhook.core.errors import ProofInvalid, StoreUnavailable
from planhook.http.transport import NoAnswer, NotSent, Transport

_CONNECT_S, _TOTAL_S = 0.7, 1.2  # the sender gets its answer within 2 s
_MAX_BYTES = 16_384
_MOST_FETCHES = 6
_PERIOD = timedelta(minutes=1)
_MOST_KEPT = 8


class CertificateUnavailable(StoreUnavailable):
    """What is needed to judge the delivery cannot be had now: 503, send it again."""


class Certificates(Protocol):
    """Where public keys come from."""

    def keys(self, url: str, now: datetime) -> tuple[RSAPublicKey, ...]:
        """The keys that may have signed what names `url`. Raises ProofInvalid, CertificateUnavailable."""
        ...


@dataclass(frozen=True)
class GivenCertificates:
    """Certificates that the owner has put into the source; the address is not asked."""

    given: tuple[RSAPublicKey, ...]

    def keys(self, _: str, __: datetime) -> tuple[RSAPublicKey, ...]:
        return self.given


@dataclass(frozen=True)
class FetchedCertificates:
    """Certificates by address, each fetched once. `fetch` gives PEM, None when there is none at that address."""

    fetch: Callable[[str], bytes | None]
    _kept: dict[str, RSAPublicKey] = field(default_factory=dict)
    _fetched_at: list[datetime] = field(default_factory=list)

    def keys(self, url: str, now: datetime) -> tuple[RSAPublicKey, ...]:
        if url not in self._kept:
            self._count(now)
            pem = self.fetch(url)
            try:
                key = read_public_key(pem or b"")
            except ValueError:
                raise ProofInvalid("there is no certificate where the body says", "certificate_wrong") from None
            while len(self._kept) >= _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[url] = key
        return (self._kept[url],)

    def _count(self, now: datetime) -> None:
        """Forged messages may name many addresses: beyond a few a minute we ask for none."""
        self._fetched_at[:] = [each for each in self._fetched_at if now - each < _PERIOD]
        if len(self._fetched_at) >= _MOST_FETCHES:
            raise CertificateUnavailable("too many certificates were asked for within a minute")
        self._fetched_at.append(now)


def read_public_key(pem: bytes) -> RSAPublicKey:
    """The key of a certificate in PEM. Raises ValueError."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("is no certificate with an RSA key")
    return key


def fetch_over_https(url: str) -> bytes | None:
    """What is at `url`, None where SNS has nothing. Raises CertificateUnavailable."""
    transport = Transport({}, connect_s=_CONNECT_S)
    try:
        answer = transport.exchange("GET", url, body=None, params={}, total_s=_TOTAL_S, max_bytes=_MAX_BYTES)
    except (NotSent, NoAnswer) as fault:
        raise CertificateUnavailable(f"the certificate of SNS cannot be fetched: {fault}") from None
    finally:
        transport.close()
    if answer.status == 200:
        return answer.body
    if answer.status in (403, 404):
        return None
    raise CertificateUnavailable(f"the certificate of SNS cannot be fetched: {answer.status}")
