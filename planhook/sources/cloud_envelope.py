"""The envelope of a CloudEvent in the form of its JSON format, whichever of the three modes brought it."""

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from planhook.core.errors import BodyInvalid
from planhook.core.event import JSON, Delivery
from planhook.sources import strict_json
from planhook.sources.proof.scheme import wire_bytes

STRUCTURED = ("application/cloudevents+json", "application/cloudevents")
BATCHED = ("application/cloudevents-batch+json", "application/cloudevents-batch")

_VERSION = "1.0"
_ESCAPED = re.compile(r"\\(.)")
_REQUIRED = ("id", "source", "type")


def media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def read_envelopes(delivery: Delivery) -> list[JSON]:
    """What the request says each event is, not yet checked. Raises BodyInvalid."""
    sent_as = media_type(delivery.headers.get("content-type"))
    if sent_as in BATCHED:
        batch = strict_json.decode(delivery.body)
        if not isinstance(batch, list):
            raise BodyInvalid("a batch is not a list", "shape_wrong")
        return batch
    if sent_as in STRUCTURED:
        return [strict_json.decode(delivery.body)]
    if "ce-specversion" not in delivery.headers:
        raise BodyInvalid(
            "is no CloudEvent: neither its media type nor header ce-specversion says so", "not_a_cloudevent"
        )
    return [_binary_envelope(delivery)]


def check_envelope(envelope: JSON) -> dict[str, JSON]:
    """The envelope, with `data` beside `data_base64` where that holds JSON. Raises ValueError."""
    if not isinstance(envelope, dict):
        raise ValueError("is no CloudEvent")
    if envelope.get("specversion") != _VERSION:
        raise ValueError(f"specversion is not {_VERSION}")
    for name in _REQUIRED:
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            raise ValueError(f"{name} is missing or no text")
    encoded = envelope.get("data_base64")
    if encoded is None:
        return envelope
    if envelope.get("data") is not None:
        raise ValueError("data and data_base64 exclude each other")
    content = _decoded_data(encoded)
    if not _is_json(media_type(str(envelope.get("datacontenttype") or "application/octet-stream"))):
        return envelope
    try:
        return envelope | {"data": strict_json.decode(content)}
    except BodyInvalid as error:
        raise ValueError(f"data_base64: {error}") from None


def _decoded_data(encoded: JSON) -> bytes:
    try:
        return base64.b64decode(encoded if isinstance(encoded, str) else "*", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("data_base64 is not base64") from None


def _binary_envelope(delivery: Delivery) -> dict[str, JSON]:
    content_type = delivery.headers.get("content-type")
    envelope: dict[str, JSON] = {
        name.removeprefix("ce-"): _attribute(value)
        for name, value in delivery.headers.items()
        if name.startswith("ce-")
    }
    envelope.pop("datacontenttype", None)  # the Content-Type says it
    if content_type:
        envelope["datacontenttype"] = content_type
    envelope.update(_data(delivery.body, content_type))
    return envelope


def _attribute(value: str) -> str:
    """A header's text: quotes taken off, percent-decoded once."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(r"\1", value[1:-1])
    try:
        text = unquote_to_bytes(wire_bytes(value)).decode()
    except UnicodeDecodeError:
        raise BodyInvalid("a ce- header is not UTF-8", "encoding_wrong") from None
    if "\0" in text:
        raise BodyInvalid("a ce- header holds a NUL character", "text_unstorable")
    return text


def _data(body: bytes, content_type: str | None) -> Mapping[str, JSON]:
    if not body:
        return {}
    if _is_json(media_type(content_type)):
        return {"data": strict_json.decode(body)}
    return {"data_base64": base64.b64encode(body).decode()}


def _is_json(name: str) -> bool:
    return name in ("", "application/json", "text/json") or name.endswith("+json")
