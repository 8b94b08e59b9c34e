"""The form of a request, as mail services post it."""

import binascii
import re
from collections.abc import Mapping

from planhook.core.errors import BodyInvalid
from planhook.core.event import Delivery
from planhook.sources.mail.mime import Part, read_part, split

MEDIA_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_MAX_FIELDS = 1000
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_CONTENT_TYPE = re.compile(r"[\x20-\x7e]{1,500}")


def read_form(delivery: Delivery) -> dict[str, Part]:
    """The fields by name; of two with one name the first counts. Raises BodyInvalid."""
    content_type = delivery.headers.get("content-type", "")
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise BodyInvalid("Content-Type is missing or malformed", "media_type_malformed")
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        form = read_part(f"Content-Type: {content_type}\r\n\r\n".encode() + delivery.body)
        named = [(part.field_name(), part) for part in split(form)]
    else:
        named = _urlencoded(delivery.body)
    fields: dict[str, Part] = {}
    for name, part in named:
        if name:
            fields.setdefault(name, part)
    return fields


def text_of(fields: Mapping[str, Part], name: str) -> str:
    """A field as text, "" when there is none."""
    return fields[name].body.decode("utf-8", "replace") if name in fields else ""


def _urlencoded(body: bytes) -> list[tuple[str | None, Part]]:
    if body.count(b"&") >= _MAX_FIELDS:
        raise BodyInvalid(f"more than {_MAX_FIELDS} fields in one form", "too_many_fields", status=413)
    pairs = (field.replace(b"+", b" ").partition(b"=")[::2] for field in body.split(b"&"))
    return [
        (_unescaped(name).decode("utf-8", "replace"), read_part(b"\n" + _unescaped(value))) for name, value in pairs
    ]


def _unescaped(written: bytes) -> bytes:
    """As `urllib.parse.unquote_to_bytes`, which takes 200 bytes of memory for each per cent sign."""
    return _ESCAPE.sub(lambda found: binascii.unhexlify(found[1]), written)
