"""Recurrence rules that a Planhat task can repeat by, exactly; all others have no counterpart there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from planhook.core.event import JSON
from planhook.sources.ical.component import Component

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LAST_DAY_OF_EVERY_MONTH = 28
_MONTHLY = {1: "monthly", 3: "quarterly", 12: "yearly"}
_DATE = re.compile(r"(?:.*:)?([0-9]{8})(?:T.*)?", re.DOTALL)
_INTERVAL = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Planhat's `repeat`, with `days` between repetitions where it is `custom`."""

    repeat: str
    days: int | None = None

    def fields(self) -> dict[str, JSON]:
        """As fields of a meeting."""
        found: dict[str, JSON] = {"repeat": self.repeat}
        return found if self.days is None else {**found, "repeat_days": self.days}


def read_repeat(vevent: Component) -> Repeat | None:
    """How the series of a VEVENT repeats; None for single meetings, for series with holes, and for inexact ones."""
    rules, start = vevent.all("RRULE"), vevent.first("DTSTART")
    if len(rules) != 1 or start is None or vevent.first("RDATE") or vevent.first("EXDATE"):
        return None
    written = _DATE.fullmatch(start.value.strip())
    try:
        return repeat_of(rules[0].value, datetime.strptime(written[1], "%Y%m%d").date()) if written else None  # noqa: DTZ007
    except ValueError:
        return None


def repeat_of(rule: str, first: date) -> Repeat | None:
    """The repetition that `rule` (RRULE's value) means for a series that begins on the local day `first`.

    None unless Planhat can say exactly the same: its repetitions have no end, so COUNT and UNTIL have none.
    """
    parts = dict(part.partition("=")[::2] for part in rule.strip().upper().strip(";").split(";"))
    parts.pop("WKST", None)  # says nothing where a week holds one meeting
    interval = parts.pop("INTERVAL", "1")
    if not _INTERVAL.fullmatch(interval) or int(interval) == 0:
        return None
    match parts.pop("FREQ", ""):
        case "DAILY":
            return None if parts else _every(int(interval), "daily", days=1)
        case "WEEKLY":
            same_day = _only(parts, BYDAY=_WEEKDAYS[first.weekday()])
            return _every(int(interval), "weekly", days=7) if same_day else None
        case "MONTHLY":
            return _monthly(parts, int(interval), first)
        case "YEARLY":
            return _yearly(parts, int(interval), first)
    return None


def _every(interval: int, name: str, *, days: int) -> Repeat:
    return Repeat(name) if interval == 1 else Repeat("custom", interval * days)


def _monthly(parts: Mapping[str, str], interval: int, first: date) -> Repeat | None:
    if first.day > _LAST_DAY_OF_EVERY_MONTH or not _only(parts, BYMONTHDAY=str(first.day)):
        return None
    return Repeat(_MONTHLY[interval]) if interval in _MONTHLY else None


def _yearly(parts: Mapping[str, str], interval: int, first: date) -> Repeat | None:
    is_leap_day = (first.month, first.day) == (2, 29)
    # A day without a month would be that day of every month.
    is_every_month = "BYMONTHDAY" in parts and "BYMONTH" not in parts
    if interval != 1 or is_leap_day or is_every_month:
        return None
    return Repeat("yearly") if _only(parts, BYMONTH=str(first.month), BYMONTHDAY=str(first.day)) else None


def _only(parts: Mapping[str, str], **allowed: str) -> bool:
    """Whether a rule says nothing but what its first day says already."""
    return all(value.lstrip("0") == allowed.get(name) for name, value in parts.items())
