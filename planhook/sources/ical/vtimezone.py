"""A sender's own VTIMEZONE, evaluated for one local time at a time and never kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from planhook.sources.ical.component import Component

_MAX_OBSERVANCES = 20
_MAX_EXTRA_ONSETS = 200
_OFFSET = re.compile(r"([+-])([0-9]{2})([0-5][0-9])([0-5][0-9])?")
_LOCAL = re.compile(r"[0-9]{8}T[0-9]{6}")
_NTH_DAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class _Yearly:
    """The nth weekday of a month, every year until `last_year`; negative n counts from the end."""

    month: int
    nth: int
    weekday: int
    last_year: int

    def day(self, year: int, clock: datetime) -> datetime | None:
        """The onset in `year` at the time of `clock`; None where the month has no fifth such day."""
        first = clock.replace(year=year, month=self.month, day=1)
        days = [first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * week) for week in range(5)]
        days = [day for day in days if day.month == self.month]
        position = self.nth - 1 if self.nth > 0 else len(days) + self.nth
        return days[position] if 0 <= position < len(days) else None


@dataclass(frozen=True)
class _Observance:
    """From each onset (local time of before) on, `after` is the offset."""

    onsets: tuple[datetime, ...]
    rule: _Yearly | None
    before: timedelta
    after: timedelta

    def starts(self, year: int) -> Iterator[datetime]:
        """The onsets that may matter in `year`: the fixed ones and the last two of the rule."""
        yield from self.onsets
        if self.rule:
            last = min(year, self.rule.last_year)
            for each in (last - 1, last):
                day = self.rule.day(each, self.onsets[0]) if each > self.onsets[0].year else None
                if day:
                    yield day


@dataclass(frozen=True)
class VTimezone:
    """A zone whose rules came with the request."""

    name: str
    observances: tuple[_Observance, ...]

    def to_utc(self, local: datetime) -> datetime:
        """A naive local time in UTC: in a gap with the offset before it, in an overlap the first of the two."""
        begun = [
            (onset, each.after)
            for each in self.observances
            for onset in each.starts(local.year)
            if onset + max(timedelta(0), each.after - each.before) <= local
        ]
        offset = max(begun)[1] if begun else min(self.observances, key=lambda each: each.onsets[0]).before
        return (local - offset).replace(tzinfo=UTC)


def read_vtimezone(component: Component, name: str) -> VTimezone | None:
    """The zone of a VTIMEZONE; None when it is broken or has rules that no real zone has."""
    parts = [child for child in component.children if child.name in ("STANDARD", "DAYLIGHT")]
    if not 0 < len(parts) <= _MAX_OBSERVANCES:
        return None
    try:
        return VTimezone(name, tuple(_observance(part) for part in parts))
    except ValueError:
        return None


def _observance(part: Component) -> _Observance:
    first = _local(part.text("DTSTART"))
    extra = [_local(each) for rdate in part.all("RDATE") for each in rdate.value.split(",")]
    if len(extra) > _MAX_EXTRA_ONSETS:
        raise ValueError("too many RDATEs")
    rules = part.all("RRULE")
    if len(rules) > 1:
        raise ValueError("two RRULEs")
    return _Observance(
        onsets=(first, *extra),
        rule=_yearly(rules[0].value, first) if rules else None,
        before=_offset(part.text("TZOFFSETFROM")),
        after=_offset(part.text("TZOFFSETTO")),
    )


def _yearly(value: str, first: datetime) -> _Yearly:
    rule = dict(piece.split("=", 1) for piece in value.upper().strip(";").split(";"))
    rule.pop("WKST", None)
    until = rule.pop("UNTIL", "9998")
    day = _NTH_DAY.fullmatch(rule.pop("BYDAY", ""))
    month = int(rule.pop("BYMONTH", str(first.month)))
    if rule.pop("INTERVAL", "1") != "1" or rule != {"FREQ": "YEARLY"} or not day or not 1 <= month <= 12:
        raise ValueError("no yearly rule")
    return _Yearly(month, int(day[1]), _WEEKDAYS.index(day[2]), int(until[:4]))


def _local(value: str) -> datetime:
    if not _LOCAL.fullmatch(value):
        raise ValueError("no local time")
    found = datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the offsets beside it are its zone
    if not 1600 <= found.year <= 9000:
        raise ValueError("no year of any zone")
    return found


def _offset(value: str) -> timedelta:
    found = _OFFSET.fullmatch(value)
    if not found or int(found[2]) > 23:
        raise ValueError("no offset")
    size = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -size if found[1] == "-" else size
