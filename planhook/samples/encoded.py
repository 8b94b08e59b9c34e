"""Samples whose times and ids stand inside base64 or a form: taken out, changed, put back the way they were."""

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import quote_plus, unquote_to_bytes

Change = Callable[[bytes], bytes]

_FORM = "application/x-www-form-urlencoded"
# Whole lines of a mail or one text of JSON; shorter runs are ids and words.
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{60,}={0,2}(?:\r?\n[A-Za-z0-9+/]+={0,2})*")


def rewritten(body: bytes, content_type: str, change: Change) -> bytes:
    """`body` with `change` made to its text and to all texts encoded in it; what it leaves alone stays as it is."""
    if content_type.partition(";")[0] != _FORM:
        return _within(body, change)
    return b"&".join(_field(pair, change) for pair in body.split(b"&"))


def _field(pair: bytes, change: Change) -> bytes:
    name, equals, value = pair.partition(b"=")
    before = unquote_to_bytes(value.replace(b"+", b" "))
    after = _within(before, change)
    return pair if after == before else name + equals + quote_plus(after).encode()


def _within(text: bytes, change: Change) -> bytes:
    return change(_BASE64.sub(lambda found: _block(found.group(), change), text))


def _block(encoded: bytes, change: Change) -> bytes:
    try:
        before = base64.b64decode(encoded)
    except binascii.Error:
        return encoded
    after = _within(before, change)
    if after == before:
        return encoded
    again = base64.b64encode(after)
    first, newline, _ = encoded.partition(b"\n")
    if not newline:
        return again
    width, end = len(first.rstrip(b"\r")), first[len(first.rstrip(b"\r")) :] + newline
    return end.join(again[at : at + width] for at in range(0, len(again), width))
