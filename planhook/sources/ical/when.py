"""When a VEVENT is: DTSTART, DTEND, DURATION and the stamps that order its versions."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from planhook.sources.ical.component import Component, Property
from planhook.sources.ical.zone import UTC_ZONE, Zone, Zones

_DATE = re.compile(r"[0-9]{8}")
_DATE_TIME = re.compile(r"([0-9]{8})T([0-9]{4})([0-9]{2})(Z?)", re.IGNORECASE)
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?"
)
_MIDNIGHT = (0, 0, 0)


@dataclass(frozen=True)
class _Point:
    """A naive local time and its zone; a date is midnight."""

    local: datetime
    zone: Zone
    is_date: bool

    def utc(self) -> datetime:
        try:
            found = self.zone.to_utc(self.local)
        except OverflowError:
            raise ValueError("is a time out of range") from None
        if found.year < 1900:
            raise ValueError("is a time out of range")
        return found


@dataclass(frozen=True)
class Span:
    """`start` and `end` in UTC; all-day ones are midnights UTC of the first and of the last day."""

    start: datetime
    end: datetime
    all_day: bool
    timezone: str | None


def read_span(event: Component, zones: Zones) -> Span | None:
    """When the meeting is, None without DTSTART. Raises ValueError that names the property."""
    start = _point(event, "DTSTART", zones)
    if start is None:
        return None
    end = _point(event, "DTEND", zones)
    duration = event.text("DURATION")
    if start.is_date or _is_outlook_all_day(event, start, end):
        return _days(start, end, duration)
    begin = _utc("DTSTART", start)
    if end is not None:
        # A date as the end of a timed meeting means that day where the meeting is.
        finish = _utc("DTEND", _Point(end.local, start.zone, is_date=False) if end.is_date else end)
    else:
        finish = _after(start, duration) if duration else begin
    return Span(begin, max(begin, finish), all_day=False, timezone=start.zone.name)


def read_stamp(event: Component, name: str, zones: Zones) -> datetime | None:
    """A time such as DTSTAMP in UTC, None when it is missing or unreadable: it only orders versions."""
    try:
        point = _point(event, name, zones)
        found = point.utc() if point else None
    except ValueError:
        return None
    return found if found and found.year >= 1970 else None


def instance_stamp(event: Component, name: str, zones: Zones, *, day: date | None = None) -> str | None:
    """What names one instance of a series: its original start as `20261101T080000Z`, a date as `20261101`.

    `day` is the original one, where it is known apart.
    """
    point = _point(event, name, zones)
    if point is None:
        return None
    if day:
        point = replace(point, local=datetime.combine(day, point.local.time()))
    return f"{point.local:%Y%m%d}" if point.is_date else f"{_utc(name, point):%Y%m%dT%H%M%SZ}"


def _point(event: Component, name: str, zones: Zones) -> _Point | None:
    found = event.first(name)
    if found is None:
        return None
    try:
        return _read_point(found, zones)
    except ValueError:
        raise ValueError(f"{name} is not a time of iCalendar") from None


def _read_point(found: Property, zones: Zones) -> _Point:
    # An unquoted `TZID=tzone://Microsoft/Utc` puts colons before the value.
    rest, _, value = found.value.strip().rpartition(":")
    tzid = found.params.get("TZID", "")
    tzid = f"{tzid}:{rest}" if rest else tzid
    if _DATE.fullmatch(value):
        return _Point(_naive(value, "000000"), UTC_ZONE, is_date=True)
    written = _DATE_TIME.fullmatch(value)
    if not written:
        raise ValueError(value)
    seconds = min(written[3], "59")  # 60 is a leap second
    local = _naive(written[1], written[2] + seconds)
    if written[4]:
        return _Point(local, UTC_ZONE, is_date=False)  # a TZID beside a Z is void
    return _Point(local, zones.find(tzid) if tzid else zones.default, is_date=False)


def _naive(date: str, time: str) -> datetime:
    return datetime.strptime(date + time, "%Y%m%d%H%M%S")  # noqa: DTZ007 - its zone stands beside it


def _is_outlook_all_day(event: Component, start: _Point, end: _Point | None) -> bool:
    """Outlook writes whole days as local midnights with a mark of its own."""
    midnights = all((point.local.timetuple()[3:6]) == _MIDNIGHT for point in (start, end) if point)
    return midnights and event.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"


def _days(start: _Point, end: _Point | None, duration: str) -> Span:
    first = start.local.replace(tzinfo=UTC)
    if first.year < 1900:
        raise ValueError("DTSTART is a time out of range")
    day = timedelta(days=1)
    try:
        if end is not None:
            last = end.local.replace(tzinfo=UTC, hour=0, minute=0, second=0) - day
        else:
            last = first + max(_duration(duration)[0] if duration else day, day) - day
    except OverflowError:
        raise ValueError("DTEND or DURATION is out of range") from None
    return Span(first, max(first, last), all_day=True, timezone=None)


def _after(start: _Point, duration: str) -> datetime:
    """Days go by the clock on the wall, hours by the clock that never stops."""
    days, rest = _duration(duration)
    try:
        return _Point(start.local + days, start.zone, is_date=False).utc() + rest
    except (OverflowError, ValueError):
        raise ValueError("DURATION is out of range") from None


def _duration(written: str) -> tuple[timedelta, timedelta]:
    found = _DURATION.fullmatch(written.upper())
    if not found or found[1] == "-":
        raise ValueError("DURATION is not a duration of iCalendar")
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in found.groups()[1:])
    return timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _utc(name: str, point: _Point) -> datetime:
    try:
        return point.utc()
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
