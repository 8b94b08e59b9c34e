"""Bytes to components: unfolding, nesting and the limits."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from planhook.core.errors import BodyInvalid

MAX_BYTES = 1_048_576
MAX_LINES = 20_000
MAX_EVENTS = 200
MAX_DEPTH = 20

_FOLD = re.compile(rb"\n[ \t]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# Possessive, so that no line costs more than its length.
_VALUE = r'(?:"[^"]*+"|[^";:])*+'
_PARAM = re.compile(rf';([^=;:"]++)=({_VALUE})')
_CONTENT_LINE = re.compile(rf'([A-Za-z0-9-]++)((?:;[^=;:"]++={_VALUE})*+):(.*)', re.DOTALL)
_CARET = {"^n": "\n", "^^": "^", "^'": '"'}  # RFC 6868
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Property:
    """One content line. Names are upper case, `value` is as written, escapes included."""

    name: str
    params: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as TEXT: escapes replaced, blanks around it gone."""
        return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value).strip()


@dataclass
class Component:
    """What stands between BEGIN and END; `lines` are its own, unfolded."""

    name: str
    lines: list[str] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)

    @cached_property
    def properties(self) -> list[Property]:
        """The readable lines; others are left out."""
        return [found for line in self.lines if (found := _property(line))]

    def all(self, name: str) -> list[Property]:
        return [each for each in self.properties if each.name == name]

    def first(self, name: str) -> Property | None:
        return next((each for each in self.properties if each.name == name), None)

    def text(self, name: str) -> str:
        """The text of a property, "" when there is none."""
        found = self.first(name)
        return found.text if found else ""


def read_calendars(raw: bytes) -> list[Component]:
    """Every VCALENDAR in `raw`. Raises BodyInvalid: 413 above a limit, 400 when there is none."""
    root = Component("")
    open_components = [root]
    for line in _lines(raw):
        keyword, _, name = line.partition(":")
        match keyword.upper():
            case "BEGIN":
                _begin(name.strip().upper(), open_components)
            case "END":
                _end(name.strip().upper(), open_components)
            case _:
                open_components[-1].lines.append(line)
    if len(open_components) > 1:
        raise BodyInvalid(f"END:{open_components[1].name} is missing", "calendar_unreadable")
    calendars = [child for child in root.children if child.name == "VCALENDAR"]
    if not calendars:
        raise BodyInvalid("there is no VCALENDAR", "calendar_missing")
    if sum(child.name == "VEVENT" for calendar in calendars for child in calendar.children) > MAX_EVENTS:
        raise BodyInvalid(f"more than {MAX_EVENTS} events in one file", "too_many_events", status=413)
    return calendars


def _lines(raw: bytes) -> list[str]:
    """Unfolded as bytes, because a fold may fall inside a character."""
    if len(raw) > MAX_BYTES:
        raise BodyInvalid(f"more than {MAX_BYTES} bytes of iCalendar", "calendar_long", status=413)
    ended = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if ended.count(b"\n") > MAX_LINES:
        raise BodyInvalid(f"more than {MAX_LINES} lines of iCalendar", "calendar_long", status=413)
    lines = _FOLD.sub(b"", ended).decode("utf-8", errors="replace").split("\n")
    return [_CONTROL.sub("", line) for line in lines if line.strip()]


def _begin(name: str, open_components: list[Component]) -> None:
    if len(open_components) > MAX_DEPTH:
        raise BodyInvalid(f"components are nested deeper than {MAX_DEPTH}", "too_deep")
    component = Component(name)
    open_components[-1].children.append(component)
    open_components.append(component)


def _end(name: str, open_components: list[Component]) -> None:
    """Close `name` and what was left open inside it; an END without BEGIN says nothing."""
    if name in [component.name for component in open_components[1:]]:
        while open_components.pop().name != name:
            pass


def _property(line: str) -> Property | None:
    found = _CONTENT_LINE.fullmatch(line)
    if found:
        params = {key.strip().upper(): _param(value) for key, value in _PARAM.findall(found[2])}
        return Property(found[1].upper(), params, found[3])
    # A line whose parameters nobody can read still has a name and a value.
    head, colon, value = line.partition(":")
    name = head.partition(";")[0].strip().upper()
    return Property(name, {}, value) if colon and name else None


def _param(value: str) -> str:
    return re.sub(r"\^[n^']", lambda found: _CARET[found[0]], value.replace('"', ""))
