"""HMAC signatures over a text that the sender's page spells out."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery, milliseconds
from planhook.sources.proof.scheme import check_age, header, matches_any, wire_bytes
from planhook.sources.schema import HeaderName, Keys, Secrets

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_BODY_ALONE = "{body}"
_DOUBLED = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_PARTS = ("method", "url", "timestamp", "id", "body")


@dataclass(frozen=True)
class HmacProof:
    """`prefix` + HMAC of `signed` in `header`. Header names are lower case."""

    secrets: tuple[bytes, ...]
    header: str
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    signed: str = _BODY_ALONE
    timestamp_header: str | None = None
    id_header: str | None = None
    tolerance: timedelta = timedelta(seconds=300)
    timestamp_unit: str | None = None  # "s" or "ms" where the sender's page says so

    @property
    def warnings(self) -> tuple[str, ...]:
        found = []
        if self.algorithm == "sha1":
            found.append("signs with sha1, which is weak")
        if self.timestamp_header and "{timestamp}" not in self.signed:
            found.append("the timestamp is not signed, so it keeps nobody from sending a request again")
        return tuple(found)

    def check(self, delivery: Delivery) -> None:
        received = wire_bytes(header(delivery, self.header))
        if self.timestamp_header:
            check_age(header(delivery, self.timestamp_header), delivery, self.tolerance, unit=self.timestamp_unit)
        if not matches_any(self._comparable(received), (self._signature(secret, delivery) for secret in self.secrets)):
            raise ProofInvalid("the signature does not match", "signature_wrong")

    def delivery_id(self, delivery: Delivery) -> str | None:
        return delivery.headers.get(self.id_header) if self.id_header else None

    def sign(self, delivery: Delivery) -> dict[str, str]:
        added = {}
        if self.timestamp_header:
            added[self.timestamp_header] = str(milliseconds(delivery.received_at) // 1000)
        if self.id_header and self.id_header not in delivery.headers:
            added[self.id_header] = hashlib.sha256(delivery.body).hexdigest()[:24]
        complete = Delivery(
            delivery.method, delivery.url, {**delivery.headers, **added}, delivery.body, delivery.received_at
        )
        return added | {self.header: self._signature(self.secrets[0], complete).decode()}

    def _comparable(self, received: bytes) -> bytes:
        """Hex is the same in upper and lower case; the prefix and base64 are not."""
        if self.encoding != "hex":
            return received
        cut = len(self.prefix.encode())
        return received[:cut] + received[cut:].lower()

    def _signature(self, secret: bytes, delivery: Delivery) -> bytes:
        code = hmac.digest(secret, self._message(delivery), self.algorithm)
        return self.prefix.encode() + (code.hex().encode() if self.encoding == "hex" else base64.b64encode(code))

    def _message(self, delivery: Delivery) -> bytes:
        if self.signed == _BODY_ALONE:
            return delivery.body
        pieces = _PLACEHOLDER.split(self.signed)
        return b"".join(
            self._part(piece, delivery) if is_name else piece.encode()
            for piece, is_name in zip(pieces, (False, True) * len(pieces), strict=False)
        )

    def _part(self, name: str, delivery: Delivery) -> bytes:
        match name:
            case "body":
                return delivery.body
            case "method":
                return delivery.method.upper().encode()
            case "url":
                return wire_bytes(delivery.url)
            case "timestamp":
                return wire_bytes(header(delivery, self.timestamp_header or ""))
            case _:
                return wire_bytes(header(delivery, self.id_header or ""))


class HmacSchema(Keys):
    """`verify: {scheme: hmac, …}`"""

    secret = Secrets(required=True)
    header = HeaderName(required=True)
    algorithm = fields.String(validate=validate.OneOf(("sha256", "sha512", "sha1")))
    encoding = fields.String(validate=validate.OneOf(("hex", "base64")))
    prefix = fields.String()
    signed = fields.String()
    timestamp_header = HeaderName()
    id_header = HeaderName()
    tolerance = fields.Integer(strict=True, validate=validate.Range(min=1, max=86400))

    @validates_schema
    def check_signed(self, data: dict[str, Any], **_: Any) -> None:
        """The body must be signed, and every other part must have a place to come from."""
        if doubled := _DOUBLED.search(data.get("signed", "")):
            raise ValidationError(f"{doubled[0]} has a brace too many on each side; write {{{doubled[1]}}}", "signed")
        parts = set(_PLACEHOLDER.findall(data.get("signed", "{body}")))
        if unknown := parts - set(_PARTS):
            names = ", ".join(f"{{{name}}}" for name in sorted(unknown))
            raise ValidationError(
                f"does not know {names}; known: {{method}} {{url}} {{timestamp}} {{id}} {{body}}", "signed"
            )
        if "body" not in parts:
            raise ValidationError("must contain {body}: else anybody can change it", "signed")
        for part, key in (("timestamp", "timestamp_header"), ("id", "id_header")):
            if part in parts and not data.get(key):
                raise ValidationError(f"{{{part}}} needs {key}", "signed")
        if "tolerance" in data and not data.get("timestamp_header"):
            raise ValidationError("needs timestamp_header", "tolerance")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> HmacProof:
        if "tolerance" in data:
            data["tolerance"] = timedelta(seconds=data["tolerance"])
        return HmacProof(secrets=tuple(secret.encode() for secret in data.pop("secret")), **data)
