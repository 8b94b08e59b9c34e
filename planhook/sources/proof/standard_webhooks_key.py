"""The keys of Standard Webhooks: shared secrets (`whsec_`, version v1) and Ed25519 (`whpk_`, version v1a)."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_KEY_LENGTH = 32


class Key(Protocol):
    """What proves, and where it can what signs, the messages of one version. Signatures are base64."""

    @property
    def version(self) -> str: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    def proves(self, signature: bytes, message: bytes) -> bool: ...

    def sign(self, message: bytes) -> bytes:
        """Raises LookupError where only the public half is known."""
        ...


@dataclass(frozen=True)
class SharedKey:
    """An HMAC-SHA256 key that sender and receiver know."""

    secret: bytes

    version: ClassVar[str] = "v1"
    warnings: ClassVar[tuple[str, ...]] = ()

    def proves(self, signature: bytes, message: bytes) -> bool:
        return hmac.compare_digest(signature, self.sign(message))

    def sign(self, message: bytes) -> bytes:
        return base64.b64encode(hmac.digest(self.secret, message, "sha256"))


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 key of which the sender keeps the private half."""

    public: Ed25519PublicKey

    version: ClassVar[str] = "v1a"
    warnings: ClassVar[tuple[str, ...]] = ()

    def proves(self, signature: bytes, message: bytes) -> bool:
        try:
            decoded = base64.b64decode(signature, validate=True)
            self.public.verify(decoded, message)
        except (binascii.Error, InvalidSignature):
            return False
        return base64.b64encode(decoded) == signature  # base64 writes some bytes in more than one way

    def sign(self, _: bytes) -> bytes:
        raise LookupError("a public key (whpk_) cannot sign")


@dataclass(frozen=True)
class PrivateKey(PublicKey):
    """Both halves, for those who send to themselves."""

    private: Ed25519PrivateKey

    warnings: ClassVar[tuple[str, ...]] = (
        "a private key (whsk_) can forge deliveries: the public one (whpk_) is enough",
    )

    def sign(self, message: bytes) -> bytes:
        return base64.b64encode(self.private.sign(message))


def read_key(written: str) -> Key:
    """The key of a text that begins with `whsec_`, `whpk_` or `whsk_`; without any of them it is a shared secret.

    Raises ValueError that says what is wrong.
    """
    prefix, underscore, encoded = written.rpartition("_")
    key = _decoded(encoded)
    match prefix + underscore:
        case "" | "whsec_":
            return SharedKey(key)
        case "whpk_":
            return PublicKey(Ed25519PublicKey.from_public_bytes(_sized(key)))
        case "whsk_":
            private = Ed25519PrivateKey.from_private_bytes(_sized(key[:_KEY_LENGTH]))  # the public half may follow
            return PrivateKey(private.public_key(), private)
    raise ValueError("begins with none of whsec_, whpk_ and whsk_")


def _decoded(encoded: str) -> bytes:
    encoded = encoded.rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64: copy it whole, with whsec_ or whpk_") from None
    if not key:
        raise ValueError("must not be empty")
    return key


def _sized(key: bytes) -> bytes:
    if len(key) != _KEY_LENGTH:
        raise ValueError(f"is no Ed25519 key: it has {len(key)} bytes, not {_KEY_LENGTH}")
    return key
