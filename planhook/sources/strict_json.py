"""JSON as planhook takes it from senders: strict, so that every reader of an event sees the same value."""

import json
import math
import re
from itertools import accumulate
from typing import NoReturn

from planhook.core.errors import BodyInvalid
from planhook.core.event import JSON

MAX_DEPTH = 32
MAX_ELEMENTS = 50_000  # objects and lists; XML has the same bound

# Only these escapes can put a NUL or half a surrogate pair into a text: raw ones are no UTF-8 or no JSON.
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())


def decode(body: bytes) -> JSON:
    """The value that `body` holds. Raises BodyInvalid, whose message never repeats the body."""
    text = _text(body)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_brackets(text)
    try:
        value: JSON = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BodyInvalid(f"no JSON at line {error.lineno}, column {error.colno}", "json_unreadable") from None
    except ValueError:  # int() refuses more than 4300 digits
        raise BodyInvalid("a number has too many digits", "number_too_large") from None
    if _SUSPICIOUS_ESCAPE.search(text):
        _check_texts(value)
    return value


def _text(body: bytes) -> str:
    if not body:
        raise BodyInvalid("the body is empty", "body_empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BodyInvalid("the body is not UTF-8", "encoding_wrong") from None
    if text.startswith("\ufeff"):
        raise BodyInvalid("the body begins with a byte order mark", "encoding_wrong")
    return text


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyInvalid("an object has the same key twice", "key_twice")
    return found


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BodyInvalid("a number is too large", "number_too_large")
    return number


def _no_constant(_: str) -> NoReturn:
    raise BodyInvalid("NaN and Infinity are no JSON", "json_unreadable")


def _check_brackets(text: str) -> None:
    """Counted in the text, before anything is built of it: that costs a tenth of the time and of the memory."""
    brackets = _STRING.sub("", text).encode().translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise BodyInvalid(f"nested deeper than {MAX_DEPTH} levels", "too_deep")
    if brackets.count(b"[") + brackets.count(b"{") > MAX_ELEMENTS:
        raise BodyInvalid(f"more than {MAX_ELEMENTS} objects and lists", "too_many_elements", status=413)


def _check_texts(value: JSON) -> None:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            _check_text(part)
        elif isinstance(part, dict):
            waiting += part.keys()
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _check_text(text: str) -> None:
    if "\0" in text:
        raise BodyInvalid("a text holds a NUL character", "text_unstorable")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BodyInvalid("a text holds half a surrogate pair", "text_unstorable")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_no_constant)
