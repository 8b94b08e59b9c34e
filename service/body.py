"""The raw body of a request, read once, within bounds of size and time."""

import re
from typing import Any

from planhook.core.errors import BodyInvalid
from service.deadline import Overdue, time_limit

READ_WITHIN = 10.0  # seconds, from the end of the headers to the end of the body
_READ = "planhook.body_read"
_LENGTH = re.compile(r"[0-9]{1,19}")


def read_body(environ: dict[str, Any], limit: int, within: float = READ_WITHIN) -> bytes:
    """All bytes of the body of a WSGI request, at most `limit`. Raises BodyInvalid."""
    if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in ("", "identity"):
        raise BodyInvalid("send the body without a Content-Encoding", "body_coded", 415)
    length = _declared_length(environ)
    if length is None and not _is_chunked(environ):
        return b""
    if length is not None and length > limit:
        raise _too_long(limit)
    body = _read(environ["wsgi.input"], limit + 1 if length is None else length, within)
    if length is not None and len(body) != length:
        raise BodyInvalid("the body is shorter than its Content-Length", "body_short")
    if len(body) > limit:
        raise _too_long(limit)
    environ[_READ] = True
    return body


def is_left_unread(environ: dict[str, Any]) -> bool:
    """Whether the request has a body that nobody read to its end."""
    return _READ not in environ and (_is_chunked(environ) or environ.get("CONTENT_LENGTH", "0") not in ("", "0"))


def _is_chunked(environ: dict[str, Any]) -> bool:
    return "HTTP_TRANSFER_ENCODING" in environ


def _declared_length(environ: dict[str, Any]) -> int | None:
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared:
        return None
    if not _LENGTH.fullmatch(declared):
        raise BodyInvalid("Content-Length is not a number", "body_length")
    return int(declared)


def _read(stream: Any, most: int, within: float) -> bytes:
    try:
        with time_limit(within):
            body: bytes = stream.read(most)
    except Overdue:
        raise BodyInvalid(f"the body did not arrive within {within:g} seconds", "body_slow", 408) from None
    except Exception as fault:  # each server raises its own errors for a body that it cannot frame
        raise BodyInvalid("the body could not be read to its end", "body_broken") from fault
    return body


def _too_long(limit: int) -> BodyInvalid:
    return BodyInvalid(f"the body is longer than {limit} bytes", "body_long", 413)
