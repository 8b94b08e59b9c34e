"""Bytes to MIME parts: a mail, or the multipart/form-data of a request."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from planhook.core.errors import BodyInvalid

MAX_PARTS = 100
MAX_DEPTH = 10
_MAX_HEAD = 65_536  # bytes of the headers of one part
_MAX_HEAD_LINES = 1000
_MAX_STRUCTURE = 2000  # characters of a header with parameters, whose reading costs their square
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STRUCTURED = ("content-type", "content-disposition", "content-transfer-encoding")
_HEADERS = BytesHeaderParser(policy=compat32)
_CHARSET = re.compile(r"iso-?8859-[0-9]{1,2}|latin-?1|(windows-|cp)125[0-9]|utf-?16(-?[lb]e)?")


@dataclass(frozen=True)
class Part:
    """One part; `body` is as written, its transfer encoding included."""

    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        """Lower case; `text/plain` where the sender's own is missing or broken."""
        return self.headers.get_content_type()

    @property
    def filename(self) -> str:
        return self.headers.get_filename("")

    def field_name(self) -> str | None:
        """Its name as a field of a form."""
        found = self.headers.get_param("name", header="content-disposition")
        return found if isinstance(found, str) else None

    def header(self, name: str) -> list[str]:
        """Every header of that name, unfolded, as written."""
        return [re.sub(r"\r?\n(?=[ \t])", "", str(value)) for value in self.headers.get_all(name, [])]

    def content(self) -> bytes:
        """The body without its transfer encoding, text of the usual charsets as UTF-8."""
        encoding = str(self.headers.get("content-transfer-encoding", "")).strip().lower()
        decoded = self.body
        if encoding == "base64":
            decoded = _base64(self.body)
        elif encoding == "quoted-printable":
            decoded = binascii.a2b_qp(self.body)
        return in_utf8(decoded, self.headers.get_content_charset(""))


def in_utf8(text: bytes, charset: str) -> bytes:
    """`text` as UTF-8, when it is in one of the usual charsets; as it is for all other names."""
    return text.decode(charset, "replace").encode() if _CHARSET.fullmatch(charset.lower()) else text


def read_part(raw: bytes) -> Part:
    """The headers and the body of a mail or of one part. Raises BodyInvalid with status 413."""
    if raw.startswith((b"\n", b"\r\n")):
        head, body = b"", raw.partition(b"\n")[2]
    else:
        end = _HEAD_END.search(raw)
        head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    if len(head) > _MAX_HEAD or head.count(b"\n") > _MAX_HEAD_LINES:
        raise BodyInvalid("a part of the mail has too many headers", "mail_headers_long", status=413)
    headers = _HEADERS.parsebytes(head + b"\n\n")
    if any(len(str(value)) > _MAX_STRUCTURE for name in _STRUCTURED for value in headers.get_all(name, [])):
        raise BodyInvalid("a header of the mail has too many parameters", "mail_headers_long", status=413)
    if not _is_readable(headers):
        for name in _STRUCTURED:
            del headers[name]
    return Part(headers, body)


def _is_readable(headers: Message) -> bool:
    """Whether the standard library can read all that a Part asks for; it trips over some forms of parameters."""
    try:
        for name in _STRUCTURED:
            headers.get_params(header=name)
        headers.get_filename()
        headers.get_boundary()
        headers.get_content_charset()
    except (TypeError, ValueError, LookupError):
        return False
    return True


def leaves(part: Part) -> list[Part]:
    """All parts that hold no others, attached mails opened. Raises BodyInvalid with status 413 above a limit."""
    found: list[Part] = []
    level = [part]
    count = 0
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Part] = []
        for each in level:
            children = _children(each, MAX_PARTS - count)
            count += len(children or ())
            if children is None:
                found.append(each)
            else:
                deeper += children
        if not deeper:
            return found
        level = deeper
    raise BodyInvalid(f"parts of the mail are nested deeper than {MAX_DEPTH}", "too_deep", status=413)


def split(part: Part, at_most: int = MAX_PARTS) -> list[Part]:
    """The parts of a multipart one; none without a boundary. Raises BodyInvalid with status 413 above a limit."""
    boundary = part.headers.get_boundary("")
    return (
        [read_part(raw) for raw in _between(part.body, boundary.encode("ascii", "replace"), at_most)]
        if boundary
        else []
    )


def _children(part: Part, at_most: int) -> list[Part] | None:
    if part.headers.get_content_maintype() == "multipart":
        return split(part, at_most)
    if part.media_type == "message/rfc822":
        return [read_part(part.content())]
    return None


def _between(body: bytes, boundary: bytes, at_most: int) -> Iterator[bytes]:
    """What stands between delimiter lines; the last one may be missing."""
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    start: int | None = None
    count = 0
    for found in delimiter.finditer(body):
        if start is not None:
            count += 1
            if count > at_most:
                raise BodyInvalid(f"more than {MAX_PARTS} parts in one mail", "too_many_parts", status=413)
            yield body[start : found.start()].removeprefix(b"\r").removeprefix(b"\n")
        if found[1]:
            return
        start = found.end()
    if start is not None:
        yield body[start:].removeprefix(b"\r").removeprefix(b"\n")


def _base64(written: bytes) -> bytes:
    """Lenient as mail is: what is no base64 is left out, missing padding is added."""
    digits = re.sub(rb"[^A-Za-z0-9+/]", b"", written)
    return binascii.a2b_base64(digits[: len(digits) - (len(digits) % 4 == 1)] + b"=" * (-len(digits) % 4))
