"""A key that the administrator lets ride in a header or in the URL's query, as Dataverse allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery
from planhook.sources.proof.scheme import ProofWithoutId, matches_any, wire_bytes


@dataclass(frozen=True, kw_only=True)
class KeyAnywhereProof(ProofWithoutId):
    """One of `tokens` as the value of any header, with or without `Bearer`, or of any member of the query."""

    tokens: tuple[str, ...]

    def check(self, delivery: Delivery) -> None:
        expected = [token.encode() for token in self.tokens]
        if not any([matches_any(value, expected) for value in _values(delivery)]):  # noqa: C419 - looks at all of them
            raise ProofInvalid("the token is in no header and not in the query", "credentials_wrong")

    def sign(self, _: Delivery) -> dict[str, str]:
        return {"authorization": "Bearer " + self.tokens[0].encode().decode("latin-1")}


def query_values(url: str) -> Iterator[tuple[bytes, bytes]]:
    """Names and values of the query of `url`, percent-decoded."""
    for member in url.partition("?")[2].split("&"):
        name, _, value = member.partition("=")
        yield unquote_to_bytes(wire_bytes(name)), unquote_to_bytes(wire_bytes(value))


def _values(delivery: Delivery) -> Iterator[bytes]:
    for name, value in delivery.headers.items():
        scheme, blank, token = value.partition(" ")
        is_bearer = name == "authorization" and blank and scheme.lower() == "bearer"
        yield wire_bytes(token if is_bearer else value)
    for _, decoded in query_values(delivery.url):
        yield decoded
