"""The calendar of a rule set: what is a time, and how days are counted where people work."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_UTC_ZONE = ZoneInfo("UTC")
_SECONDS = (10**8, 10**11)  # epoch seconds, 1973 to 5138; above that the same years in milliseconds
_YEARS = range(1900, 9999)  # outside lie senders' markers for "never", and times that no zone can show


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people work, and where. `weekend` holds weekday numbers, Monday = 0."""

    timezone: ZoneInfo = _UTC_ZONE
    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({5, 6})
    internal_domains: frozenset[str] = frozenset()

    def moment(self, value: Any) -> datetime | None:
        """The time that a JSON value names, aware; None when it names none.

        Takes ISO 8601 text (without an offset, and plain dates: in `timezone`) and epoch seconds or
        milliseconds, as numbers or digits.
        """
        try:
            if isinstance(value, str):
                moment = _from_text(value.strip())
            elif isinstance(value, int | float) and not isinstance(value, bool):
                moment = _from_epoch(value)
            elif isinstance(value, datetime):
                moment = value
            elif isinstance(value, date):
                moment = datetime.combine(value, time())
            else:
                return None
            if moment is None or moment.year not in _YEARS:
                return None
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=self.timezone)
        except (ValueError, OverflowError):
            return None

    def add_days(self, moment: datetime, days: int) -> datetime:
        """The same wall-clock time `days` later. Raises OverflowError beyond the year 9999."""
        local = moment.astimezone(self.timezone)
        if days == 0:
            return local  # adding zero would forget which of the two hours of an autumn night it is
        return local + timedelta(days=days)

    def add_business_days(self, moment: datetime, days: int) -> datetime:
        """The same wall-clock time, `days` business days later (before, if negative).

        Zero days from a day off is the next business day. Raises OverflowError when no such day exists.
        """
        if self.weekend >= set(range(7)):
            raise OverflowError("every day is a day off")
        day = start = moment.astimezone(self.timezone).date()
        step = timedelta(days=-1 if days < 0 else 1)
        if days == 0:
            while self.is_off(day):
                day += step
        for _ in range(abs(days)):
            day += step
            while self.is_off(day):
                day += step
        return self.add_days(moment, (day - start).days)

    def at(self, moment: datetime, clock: time) -> datetime:
        """That wall-clock time on the day of `moment`."""
        return datetime.combine(moment.astimezone(self.timezone).date(), clock, tzinfo=self.timezone)

    def is_off(self, day: date) -> bool:
        return day.weekday() in self.weekend or day in self.holidays


def midnight_utc(value: Any) -> datetime | None:
    """Midnight UTC of a plain date such as "2026-03-01"; None for everything else, times included."""
    try:
        return datetime.combine(date.fromisoformat(value.strip()), time(), UTC) if isinstance(value, str) else None
    except ValueError:
        return None


def _from_text(text: str) -> datetime | None:
    if len(text) > 8 and text.isascii() and text.isdigit():
        return _from_epoch(int(text)) if len(text) < 16 else None
    return datetime.fromisoformat(text)


def _from_epoch(number: float) -> datetime | None:
    low, high = _SECONDS
    if low <= number < high:
        return datetime.fromtimestamp(number, UTC)
    if high <= number < high * 1000:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=number)
    return None
