"""Recurrence of Outlook as the RRULE that its invitations carry."""

from collections.abc import Mapping
from datetime import date

from planhook.core.event import JSON
from planhook.sources import values
from planhook.sources.ical.recurrence import Repeat, repeat_of
from planhook.sources.member import list_at, object_at

_DAYS = {day: day[:2].upper() for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")}
_PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}


def recurrence_rule(recurrence: Mapping[str, JSON]) -> str | None:
    """The value of the RRULE; None for a kind of pattern that nobody knows. Raises ValueError."""
    pattern = object_at(recurrence, "pattern")
    interval = values.whole(pattern.get("interval") or 1)
    match pattern.get("type"):
        case "daily":
            parts = ["FREQ=DAILY"]
        case "weekly":
            parts = ["FREQ=WEEKLY", _days(pattern)]
        case "absoluteMonthly":
            parts = ["FREQ=MONTHLY", _number(pattern, "BYMONTHDAY", "dayOfMonth")]
        case "relativeMonthly":
            parts = ["FREQ=MONTHLY", _days(pattern), _place(pattern)]
        case "absoluteYearly":
            parts = ["FREQ=YEARLY", _number(pattern, "BYMONTH", "month"), _number(pattern, "BYMONTHDAY", "dayOfMonth")]
        case "relativeYearly":
            parts = ["FREQ=YEARLY", _number(pattern, "BYMONTH", "month"), _days(pattern), _place(pattern)]
        case _:
            return None
    every = [f"INTERVAL={interval}"] if interval != 1 else []
    return ";".join([parts[0], *every, *parts[1:], *_end(object_at(recurrence, "range"))])


def exact_repeat(recurrence: Mapping[str, JSON], rule: str) -> Repeat | None:
    """How a Planhat task repeats like this series; None unless it can exactly. `rule` is the series' RRULE."""
    try:
        first = date.fromisoformat(str(object_at(recurrence, "range").get("startDate")))
    except ValueError:
        return None
    return repeat_of(rule, first)


def _days(pattern: Mapping[str, JSON]) -> str:
    try:
        return "BYDAY=" + ",".join(_DAYS[str(day).lower()] for day in list_at(pattern, "daysOfWeek"))
    except KeyError:
        raise ValueError("recurrence names a day that no week has") from None


def _place(pattern: Mapping[str, JSON]) -> str:
    place = _PLACES.get(str(pattern.get("index") or "first").lower())
    if place is None:
        raise ValueError("recurrence names no known week of the month")
    return f"BYSETPOS={place}"


def _number(pattern: Mapping[str, JSON], part: str, name: str) -> str:
    return f"{part}={values.whole(pattern.get(name))}"


def _end(limits: Mapping[str, JSON]) -> list[str]:
    match limits.get("type"):
        case "endDate":
            return [f"UNTIL={str(limits.get('endDate')).replace('-', '')}"]
        case "numbered":
            return [f"COUNT={values.whole(limits.get('numberOfOccurrences'))}"]
    return []
