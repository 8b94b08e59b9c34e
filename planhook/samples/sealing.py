"""Samples that Amazon would sign: a key of one's own does it, where the source holds the certificate of that key."""

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from planhook.core.event import iso
from planhook.sources import Source
from planhook.sources.proof.sns import SnsProof, signed_text
from planhook.sources.proof.sns_certificate import GivenCertificates
from planhook.sources.source import ProvenSource

_CERTIFICATE_URL = "https://sns.{region}.amazonaws.com/SimpleNotificationService-{number:032x}.pem"
_VALID = timedelta(days=3650)


class CannotSign(Exception):
    """Nobody but the sender itself can prove such a delivery; says what to do about it."""


def open_key(path: Path) -> RSAPrivateKey:
    """The private key in a PEM file, made with its folder if there is none.

    Raises OSError, and ValueError for any other content.
    """
    try:
        found = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        key = generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        return key
    except TypeError:
        raise ValueError(f"{path} has a password") from None
    if not isinstance(found, RSAPrivateKey):
        raise ValueError(f"{path} is no RSA key")
    return found


def sealed(body: bytes, source: Source, key: RSAPrivateKey | None, now: datetime) -> bytes:
    """`body` as SNS would sign it for `source` at `now`; that of any other sender as it is. Raises CannotSign."""
    match source:
        case ProvenSource(proof=SnsProof(topic_arns=(topic, *_), certificates=certificates)):
            if key is None:
                raise CannotSign("Amazon signs it; --key FILE makes a key of yours, and says how the source knows it")
            if not isinstance(certificates, GivenCertificates) or key.public_key() not in certificates.given:
                raise CannotSign(f"the source does not know the key; write under it, as long as you try:\n{_yaml(key)}")
            return _signed(json.loads(body), topic, key, now)
    return body


def _signed(message: dict[str, str], topic: str, key: RSAPrivateKey, now: datetime) -> bytes:
    message |= {"TopicArn": topic, "Timestamp": iso(now), "SignatureVersion": "2"}
    message["SigningCertURL"] = _CERTIFICATE_URL.format(region=topic.split(":")[3], number=0)
    signature = key.sign(signed_text(message), PKCS1v15(), SHA256())
    return json.dumps(message | {"Signature": base64.b64encode(signature).decode()}).encode()


def _yaml(key: RSAPrivateKey) -> str:
    """The key's certificate as a key of the rule file."""
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "samples of planhook")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _VALID)
        .sign(key, SHA256())
    )
    lines = certificate.public_bytes(Encoding.PEM).decode().splitlines()
    return "\n".join(["    certificate: |", *(f"      {line}" for line in lines)])
