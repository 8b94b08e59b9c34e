"""Proofs that stand inside a body: `${token}` in a sample becomes the token of the source that it is sent as.

`${channel_id:1000000068001}` has a value for sources that take any.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from planhook.sources import Source
from planhook.sources.mailgun import MailgunProof
from planhook.sources.microsoft_graph import ClientStateProof
from planhook.sources.proof.body_token import BodyTokenProof
from planhook.sources.salesforce import SalesforceSource
from planhook.sources.source import ProvenSource

_PLACEHOLDER = re.compile(rb"\$\{([a-z_]+)(?::([^}]*))?\}")
_ESCAPES: Mapping[str, Callable[[str], str]] = {
    "application/json": lambda text: json.dumps(text)[1:-1],
    "application/x-www-form-urlencoded": quote_plus,
    "text/xml": escape,
}


def filled(body: bytes, content_type: str, source: Source, now: datetime) -> bytes:
    """`body` as `source` wants it when it is sent at `now`.

    Raises LookupError when the secret is not configured.
    """
    values = _values(source, body, now)
    quoted = _ESCAPES.get(content_type.partition(";")[0], str)

    def fill(found: re.Match[bytes]) -> bytes:
        value = values.get(found[1].decode())
        if value:
            return quoted(value).encode()
        if found[2] is None:
            raise LookupError(found[1].decode())
        return found[2]

    return _PLACEHOLDER.sub(fill, body)


def _values(source: Source, body: bytes, now: datetime) -> Mapping[str, str]:
    match source:
        case SalesforceSource(organizations=organizations) if organizations:
            return {"organization_id": min(organizations)}
        case ProvenSource(proof=BodyTokenProof(tokens=(token, *_), channel_ids=channels)):
            return {"token": token, "channel_id": min(channels or [""])}
        case ProvenSource(proof=ClientStateProof(client_states=(state, *_), subscription_id=subscription)):
            return {"client_state": state, "subscription_id": subscription}
        case ProvenSource(proof=MailgunProof() as proof):
            return proof.signed_fields(hashlib.sha256(body).hexdigest()[:50], now)
    return {}
