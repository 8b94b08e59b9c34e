"""The canonical meeting that an item of a Google calendar tells of."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from planhook.core.event import JSON, iso
from planhook.sources import values
from planhook.sources.description import own_words
from planhook.sources.ical.exchange_uid import series_uid
from planhook.sources.ical.recurrence import Repeat, repeat_of
from planhook.sources.ical.zone import iana_zone
from planhook.sources.meeting import read_meeting
from planhook.sources.member import list_at, object_at, objects_at

_MAX_TITLE = 500
_MAX_TEXT = 20_000
_RESPONSES = ("accepted", "declined", "tentative")
_HIDDEN = ("private", "confidential")
_PRIVATE_TITLE = "Private appointment"
_TELLING = frozenset({"summary", "description", "location", "hangoutLink", "conferenceData", "attachments"})
_OF_SERIES = (*_TELLING, "iCalUID", "organizer", "attendees", "visibility")  # what its instances share with it
_LINE_END = re.compile(r"<(?:br\s*/?|/p|/div|/li|/ul|/ol)>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:a|b|i|u|p|ul|ol|li|div|span|strong|em|html-blob)(?:\s[^<>]*)?>", re.IGNORECASE)


def read_google_meeting(item: Mapping[str, JSON], uid: str, internal_domains: frozenset[str]) -> dict[str, JSON]:
    """The meeting of an item whose iCalendar UID is `uid`. Raises ValueError that names what cannot be read."""
    given: dict[str, JSON] = {
        "id": f"{series_uid(uid)}_{instance_stamp(item)}" if is_instance(item) else series_uid(uid),
        "status": item.get("status"),
        "organizer": _person(object_at(item, "organizer")) or None,
        "attendees": _attendees(item) if "attendees" in item else None,
        **_span(item),
        **({"title": _PRIVATE_TITLE} if _is_hidden(item) else _texts(item)),
        **_recurrence(item),
    }
    return read_meeting(given, internal_domains)


def is_instance(item: Mapping[str, JSON]) -> bool:
    """Whether an item is one of a series."""
    return bool(item.get("recurringEventId"))


def is_bare(item: Mapping[str, JSON]) -> bool:
    """Whether an item is what is left of a cancelled meeting: hardly more than an id."""
    return item.get("status") == "cancelled" and ("iCalUID" not in item or "start" not in item)


def instance_stamp(item: Mapping[str, JSON]) -> str:
    """What names one of a series: its original start as `20261101T080000Z`, a date as `20261101`."""
    moment, is_date, _ = _point(item, "originalStartTime")
    return f"{moment:%Y%m%d}" if is_date else f"{moment:%Y%m%dT%H%M%SZ}"


def with_details(item: Mapping[str, JSON], details: Mapping[str, JSON]) -> dict[str, JSON]:
    """A bare item and what Google still shows: of the meeting itself, or of the series that it is one of.

    Raises ValueError.
    """
    if not is_instance(item):
        return {**details, **item}
    found = {name: details[name] for name in _OF_SERIES if name in details}
    begin, is_date, zone = _point(item, "originalStartTime")
    length = _point(details, "end")[0] - _point(details, "start")[0] if "end" in details else timedelta(0)
    end = begin + length
    found["start"] = item["originalStartTime"]
    found["end"] = {"date": f"{end:%Y-%m-%d}"} if is_date else {"dateTime": iso(end), "timeZone": zone}
    return {**found, **item}


def shown_payload(item: Mapping[str, JSON]) -> dict[str, JSON]:
    """What rules and operators see of an item: of a private one nothing that tells what it is about."""
    return {name: value for name, value in item.items() if not (_is_hidden(item) and name in _TELLING)}


def _is_hidden(item: Mapping[str, JSON]) -> bool:
    return item.get("visibility") in _HIDDEN


def _texts(item: Mapping[str, JSON]) -> dict[str, JSON]:
    place = values.text(item.get("location") or "")[:_MAX_TEXT]
    description = _plain(values.text(item.get("description") or "")[:_MAX_TEXT])
    return {
        "title": values.text(item.get("summary") or "")[:_MAX_TITLE],
        "description": own_words(description),
        "location": place,
        "url": _url(item, place),
    }


def _plain(text: str) -> str:
    """Google's descriptions are text or HTML, and nothing says which."""
    if not (_LINE_END.search(text) or _TAG.search(text)):
        return text.strip()
    return html.unescape(_TAG.sub("", _LINE_END.sub("\n", text))).strip()


def _url(item: Mapping[str, JSON], place: str) -> JSON:
    """The address where one joins, else the meeting's own page."""
    entries = objects_at(object_at(item, "conferenceData"), "entryPoints")
    video = [each.get("uri") for each in entries if each.get("entryPointType") == "video"]
    at_place = place if place.startswith("https://") and " " not in place else None
    return next(filter(None, [*video, item.get("hangoutLink"), at_place, item.get("htmlLink")]), None)


def _span(item: Mapping[str, JSON]) -> dict[str, JSON]:
    """Whole days are midnights UTC of the first and of the last day: dates must not be moved by a zone."""
    if "start" not in item:
        if item.get("status") == "cancelled":
            return {}
        raise ValueError("start is missing")
    start, is_date, zone = _point(item, "start")
    end = _point(item, "end")[0] if "end" in item else start
    if is_date:
        last = max(start, end - timedelta(days=1))
        return {"start": iso(start), "end": iso(last), "all_day": True}
    return {"start": iso(start), "end": iso(end), "all_day": False, "timezone": zone}


def _point(item: Mapping[str, JSON], name: str) -> tuple[datetime, bool, JSON]:
    """A moment in UTC, whether it is a date (then midnight), and the name of its zone. Raises ValueError."""
    point = object_at(item, name)
    try:
        if "date" in point:
            return (
                datetime.combine(date.fromisoformat(values.text(point["date"])), datetime.min.time(), UTC),
                True,
                None,
            )
        written = datetime.fromisoformat(values.text(point.get("dateTime")))
        zone = iana_zone(values.text(point.get("timeZone") or ""))
        local = written if written.tzinfo else written.replace(tzinfo=zone or UTC)
        return local.astimezone(UTC), False, zone.key if zone else None
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is not a time of Google's") from None


def _recurrence(item: Mapping[str, JSON]) -> dict[str, JSON]:
    lines = [values.text(line).strip() for line in list_at(item, "recurrence")]
    rules = [line[len("RRULE:") :] for line in lines if line.upper().startswith("RRULE:")]
    if not rules:
        return {}
    repeat = _repeat(item, rules[0]) if len(lines) == 1 else None  # others add meetings or leave some out
    return {"recurrence": rules[0], **(repeat.fields() if repeat else {})}


def _repeat(item: Mapping[str, JSON], rule: str) -> Repeat | None:
    start, _, zone = _point(item, "start")
    local = start.astimezone(iana_zone(str(zone))) if zone else start
    return repeat_of(rule, local.date())


def _attendees(item: Mapping[str, JSON]) -> list[JSON]:
    """People: rooms and equipment take part as resources."""
    people = []
    for each in objects_at(item, "attendees"):
        said = each.get("responseStatus")
        if each.get("resource") is not True:
            people.append({**_person(each), "response": said if said in _RESPONSES else "needs-action"})
    return people


def _person(given: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: given[key] for name, key in (("email", "email"), ("name", "displayName")) if given.get(key)}
