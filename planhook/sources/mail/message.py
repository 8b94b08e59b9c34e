"""What a mail says of itself, and the calendars in it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from planhook.core.errors import BodyInvalid
from planhook.core.event import JSON
from planhook.sources.mail.mime import Part, leaves, read_part
from planhook.sources.mail_domain import organisation_of

MAX_CALENDARS = 20
_CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
_CALENDAR_START = re.compile(rb"\s*(\xef\xbb\xbf)?BEGIN:VCALENDAR", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST = 1000  # characters of a header that are looked at
_QUOTED_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
_ANGLE = re.compile(r"<([^<>\s]*)>")
_BARE = re.compile(r"[^\s<>,;:]+@[^\s<>,;:]+")


@dataclass(frozen=True)
class Mail:
    """`authors` are the addresses that it comes from (lower case), `calendars` its iCalendar parts."""

    authors: frozenset[str]
    calendars: tuple[bytes, ...]
    about: Mapping[str, JSON] = field(default_factory=dict)

    def known_as(self, message_id: JSON) -> "Mail":
        """The same mail; where its sender gave it no id, that of the service tells it apart from others."""
        return self if self.about.get("message_id") else replace(self, about={**self.about, "message_id": message_id})


def read_mail(raw: bytes) -> Mail:
    """A whole mail in MIME. Raises BodyInvalid with status 413 above a limit."""
    mail = read_part(raw)
    about = {name: _first(mail.header(name)) for name in ("from", "subject", "date", "message-id")}
    return Mail(
        authors=authors_of(mail.header("from"), mail.header("sender")),
        calendars=calendars_in(part.content() for part in leaves(mail) if may_be_calendar(part)),
        about={name.replace("-", "_"): value for name, value in about.items() if value},
    )


def may_be_calendar(part: Part) -> bool:
    """Whether type or name of a part say that it is one."""
    return is_calendar(part.media_type, part.filename)


def is_calendar(media_type: str, filename: str) -> bool:
    """Whether type or name of an attachment say that it is a calendar."""
    return media_type.partition(";")[0].strip().lower() in _CALENDAR_TYPES or filename.lower().endswith(".ics")


def calendars_in(contents: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those that begin as a calendar does, each once. Raises BodyInvalid with status 413 when there are too many."""
    found = tuple(dict.fromkeys(content for content in contents if _CALENDAR_START.match(content)))
    if len(found) > MAX_CALENDARS:
        raise BodyInvalid(f"more than {MAX_CALENDARS} calendars in one mail", "too_many_calendars", status=413)
    return found


def authors_of(from_headers: list[str], sender_headers: list[str]) -> frozenset[str]:
    """Whom a mail comes from: From, and Sender where that is a colleague at the same domain.

    Anybody can write somebody else into Sender while From stays their own and passes every check of the mail
    service. A From that names nobody or several people is nobody's.
    """
    author, sender = _address(from_headers), _address(sender_headers)
    if not author:
        return frozenset()
    is_colleague = organisation_of(sender) == organisation_of(author)
    return frozenset({author, sender} if is_colleague else {author})


def _address(headers: list[str]) -> str:
    """The one address of the one header, lower case; "" otherwise. Names in front of it may look like addresses."""
    if len(headers) != 1 or len(headers[0]) > _LONGEST:
        return ""
    bare = _QUOTED_OR_COMMENT.sub(" ", headers[0])
    found = _ANGLE.findall(bare) if "<" in bare else _BARE.findall(bare)
    return found[0].lower() if len(found) == 1 and "@" in found[0] else ""


def _first(headers: list[str]) -> str:
    return _CONTROL.sub("", headers[0][:_LONGEST]) if headers else ""
