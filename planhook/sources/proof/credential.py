"""Credentials that ride along unchanged: a bearer token, HTTP Basic, a header; and none at all."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery
from planhook.sources.proof.scheme import ProofWithoutId, header, matches_any, wire_bytes
from planhook.sources.schema import Flag, HeaderName, Keys, Secrets


@dataclass(frozen=True, kw_only=True)
class BearerProof(ProofWithoutId):
    """`Authorization: Bearer <token>`"""

    tokens: tuple[str, ...]

    def check(self, delivery: Delivery) -> None:
        token = _authorization(delivery, "bearer")
        if not matches_any(wire_bytes(token), (each.encode() for each in self.tokens)):
            raise ProofInvalid("the token does not match", "credentials_wrong")

    def sign(self, _: Delivery) -> dict[str, str]:
        return {"authorization": f"Bearer {_as_header(self.tokens[0])}"}


@dataclass(frozen=True, kw_only=True)
class BasicProof(ProofWithoutId):
    """`Authorization: Basic base64(username:password)`, in UTF-8"""

    username: str
    passwords: tuple[str, ...]

    def check(self, delivery: Delivery) -> None:
        encoded = _authorization(delivery, "basic")
        try:
            received = base64.b64decode(wire_bytes(encoded), validate=True)
        except binascii.Error:
            raise ProofInvalid("the credentials are malformed", "credentials_malformed") from None
        if not matches_any(received, self._expected()):
            raise ProofInvalid("username or password does not match", "credentials_wrong")

    def sign(self, _: Delivery) -> dict[str, str]:
        return {"authorization": f"Basic {base64.b64encode(self._expected()[0]).decode()}"}

    def _expected(self) -> list[bytes]:
        return [f"{self.username}:{password}".encode() for password in self.passwords]


@dataclass(frozen=True, kw_only=True)
class HeaderProof(ProofWithoutId):
    """A token in a header of the sender's choice, whose name is lower case here"""

    header: str
    tokens: tuple[str, ...]

    def check(self, delivery: Delivery) -> None:
        if not matches_any(wire_bytes(header(delivery, self.header)), (each.encode() for each in self.tokens)):
            raise ProofInvalid("the token does not match", "credentials_wrong")

    def sign(self, _: Delivery) -> dict[str, str]:
        return {self.header: _as_header(self.tokens[0])}


@dataclass(frozen=True, kw_only=True)
class NoProof(ProofWithoutId):
    """Anybody may send; only with `allow_unverified: true`"""

    warnings: tuple[str, ...] = ("deliveries are not verified: anybody who knows the address can send them",)

    def check(self, _: Delivery) -> None:
        return

    def sign(self, _: Delivery) -> dict[str, str]:
        return {}


class BearerSchema(Keys):
    """`verify: {scheme: bearer, token: …}`"""

    token = Secrets(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> BearerProof:
        return BearerProof(tokens=data["token"])


class BasicKeys(Keys):
    """The keys of whatever proves itself by HTTP Basic"""

    username = fields.String(
        required=True, validate=[validate.Length(min=1), validate.ContainsNoneOf(":", error="must not contain a colon")]
    )
    password = Secrets(required=True)


class BasicSchema(BasicKeys):
    """`verify: {scheme: basic, username: …, password: …}`"""

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> BasicProof:
        return BasicProof(username=data["username"], passwords=data["password"])


class HeaderSchema(Keys):
    """`verify: {scheme: header, header: …, token: …}`"""

    header = HeaderName(required=True)
    token = Secrets(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> HeaderProof:
        return HeaderProof(header=data["header"], tokens=data["token"])


class NoneSchema(Keys):
    """`verify: {scheme: none, allow_unverified: true}`"""

    allow_unverified = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> NoProof:
        if not data["allow_unverified"]:
            raise ValidationError("none takes deliveries from anybody: say allow_unverified: true beside it", "scheme")
        return NoProof()


def _authorization(delivery: Delivery, scheme: str) -> str:
    name, _, credentials = header(delivery, "authorization").partition(" ")
    if name.lower() != scheme:
        raise ProofInvalid(f"the authorization is not {scheme}", "credentials_malformed")
    return credentials.lstrip(" ")  # RFC 9110 allows several blanks


def _as_header(token: str) -> str:
    """A token as WSGI shows it, the opposite of `wire_bytes`."""
    return token.encode().decode("latin-1")
