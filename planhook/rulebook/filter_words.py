"""What people write instead of a filter, and what they mean by it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from planhook.core.filters import FILTERS
from planhook.rulebook.suggestion import suggestion

_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("workdays", "workday", "working_days", "weekdays", "business_day"), "business_days"),
    **dict.fromkeys(("add_business_days", "add_workdays", "add_working_days"), "business_days"),
    **dict.fromkeys(("add_days", "add_day", "days", "plus_days", "add"), "plus(days=…)"),
    **dict.fromkeys(("add_hours", "hours", "plus_hours"), "plus(hours=…)"),
    **dict.fromkeys(("add_minutes", "minutes", "plus_minutes"), "plus(minutes=…)"),
    **dict.fromkeys(("add_weeks", "weeks", "plus_weeks"), "plus(weeks=…)"),
    **dict.fromkeys(("subtract", "sub", "subtract_days", "minus_days", "remove_days"), "minus(days=…)"),
    **dict.fromkeys(("uppercase", "upcase", "to_upper", "toupper"), "upper"),
    **dict.fromkeys(("lowercase", "downcase", "to_lower", "tolower"), "lower"),
    **dict.fromkeys(("capitalize", "capitalise", "titlecase", "proper"), "title"),
    **dict.fromkeys(("strip", "clean"), "trim"),
    **dict.fromkeys(("format", "strftime", "format_date", "date_format", "dateformat", "to_date"), "date('%d %b %Y')"),
    **dict.fromkeys(("time", "set_time", "at_time", "hour"), "at('09:00')"),
    **dict.fromkeys(("table", "map", "get", "vlookup", "translate", "find"), "lookup('table')"),
    **dict.fromkeys(("fallback", "else", "or", "otherwise", "if_empty", "coalesce"), "default"),
    **dict.fromkeys(("size", "len", "count"), "length"),
    **dict.fromkeys(("shorten", "cut", "limit", "left", "substring"), "truncate"),
    **dict.fromkeys(("slugify", "parameterize"), "slug"),
    **dict.fromkeys(("substitute", "swap"), "replace"),
    **dict.fromkeys(("concat", "implode"), "join"),
}

_DECIMALS = re.compile(r"%?\{?:?,?\.?(\d*)f\}?")  # as in format('%.2f')

_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")

WITH_ARGUMENTS: Mapping[str, str] = {
    "default": "default('…')",
    "lookup": "lookup('owners')",
    "plus": "plus(days=3)",
    "minus": "minus(days=3)",
    "business_days": "business_days(3)",
    "at": "at('09:00')",
    "date": "date('%d %b %Y')",
    "replace": "replace('a', 'b')",
    "truncate": "truncate(80)",
}


def meant_filter(name: str, arguments: Sequence[Any] = ()) -> str:
    """`did you mean …?` for a filter that does not exist, else the list of all; to be put in brackets."""
    if decimals := next((found for each in arguments if (found := _DECIMALS.fullmatch(str(each)))), None):
        return f"did you mean round({decimals[1] or 0})?"
    meant = _SYNONYMS.get(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold())
    return f"did you mean {meant}?" if meant else suggestion(name, sorted(FILTERS))


def meant_clock(written: object) -> str | None:
    """`09:30` for `9:30`, `9.30` and the like; None for what is no time of day."""
    clock = _CLOCK.fullmatch(str(written).strip().casefold())
    if clock is None:
        return None
    hour, minute, half = int(clock[1]), int(clock[2] or 0), clock[3]
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None
