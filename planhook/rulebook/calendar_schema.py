"""The `calendar:` of a rule set: time zone, days off, and which mail domains are the company's own."""

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from marshmallow import ValidationError, fields, post_load

from planhook.core.calendar import Calendar
from planhook.rulebook.gather import read_each
from planhook.rulebook.strict import StrictSchema, Text, Texts
from planhook.rulebook.suggestion import closest, suggestion

_SHORTEST_PLACE = 5
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class TimeZone(Text):
    """A name of the IANA database."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        name = super()._deserialize(value)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, or a folder of zones
            near = _meant_zone(name)
            hint = f"did you mean {near}?" if near else "write a place, as in Europe/Stockholm"
            raise ValidationError(f"{name} is no time zone ({hint})") from None


def _meant_zone(name: str) -> str | None:
    """The zone of the place that `name` ends with; None for abbreviations and offsets, which stand for many places."""
    if name.casefold() == "utc":
        return "UTC"
    by_place = {zone.rpartition("/")[2]: zone for zone in sorted(available_timezones()) if "/" in zone}
    written = name.replace(" ", "_")
    if len(name) < _SHORTEST_PLACE or not written.replace("/", "").replace("_", "").isalpha():
        return None
    near = closest(written.rpartition("/")[2], by_place, cutoff=0.8)
    return by_place[near] if near else None


class Days(fields.Field[frozenset[date]]):
    """A list of days."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> frozenset[date]:
        if not isinstance(value, list):
            raise ValidationError("this takes a list of days, as in [2026-12-25]")
        return frozenset(read_each(enumerate(value), lambda _, item: _day(item)))


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValidationError(f"{value} is no day; write it as in 2026-12-25") from None


class Weekdays(Texts):
    """Names of days of the week, in any case; loads to their numbers."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if value == []:
            return frozenset()
        names = [name.casefold() for name in super()._deserialize(value)]
        for name in names:
            if name not in WEEKDAYS:
                raise ValidationError(f"{name} is no weekday ({suggestion(name, WEEKDAYS)})")
        if len(set(names)) == len(WEEKDAYS):
            raise ValidationError("every day is a day off, so there would be no business day at all")
        return frozenset(WEEKDAYS.index(name) for name in names)


class Domains(Texts):
    """Mail domains, with or without an @ before them; loads them in lower case without it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        given = super()._deserialize(value)
        return frozenset(
            read_each(enumerate(given), lambda _, each: _domain(each))
            if isinstance(value, list)
            else [_domain(given[0])]
        )


def _domain(text: str) -> str:
    domain = text.casefold().lstrip("@")
    meant = re.sub(r"^\w+://|^[^@]*@|^[*.]+|/.*$", "", domain)
    if meant != domain:
        raise ValidationError(f"{text} is no mail domain (did you mean {meant}?)")
    return domain


class CalendarSchema(StrictSchema):
    """Loads a `Calendar`."""

    timezone = TimeZone()
    holidays = Days()
    weekend = Weekdays()
    internal_domains = Domains()

    @post_load
    def build(self, loaded: dict[str, Any], **_: Any) -> Calendar:
        return Calendar(**loaded)
