"""The canonical meeting that an event of an Outlook calendar tells of."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from planhook.core.event import JSON, iso
from planhook.sources import values
from planhook.sources.description import own_words
from planhook.sources.ical.exchange_uid import series_uid
from planhook.sources.ical.zone import Zones
from planhook.sources.meeting import read_meeting
from planhook.sources.member import id_at, moment_at, object_at, objects_at
from planhook.sources.microsoft_graph_recurrence import exact_repeat, recurrence_rule

_MAX_TITLE = 500
_MAX_TEXT = 20_000
_RESPONSES = {
    "accepted": "accepted",
    "organizer": "accepted",
    "tentativelyaccepted": "tentative",
    "declined": "declined",
}
_HIDDEN = ("private", "personal")
_TELLING = frozenset({"subject", "bodyPreview", "location", "onlineMeeting", "onlineMeetingUrl"})
_PRIVATE_TITLE = "Private appointment"  # what Outlook shows to others
_PAST_SECONDS = re.compile(r"\.[0-9]+")

FIELDS = (
    *("id", "changeKey", "createdDateTime", "lastModifiedDateTime", "iCalUId", "type", "seriesMasterId"),
    *("originalStart", "originalStartTimeZone", "subject", "body", "bodyPreview", "sensitivity", "start", "end"),
    *("isAllDay", "isCancelled", "isOrganizer", "location", "onlineMeeting", "onlineMeetingUrl", "organizer"),
    *("attendees", "recurrence", "webLink"),
)


def read_graph_meeting(
    record: Mapping[str, JSON], timezone: ZoneInfo, internal_domains: frozenset[str]
) -> dict[str, JSON]:
    """The meeting of an event with `FIELDS`. `timezone` serves zones that nobody knows.

    Raises ValueError that names what cannot be read.
    """
    zones = Zones((), timezone)
    is_all_day = record.get("isAllDay") is True
    given: dict[str, JSON] = {
        "id": _id(record, is_all_day=is_all_day),
        "status": "cancelled" if record.get("isCancelled") is True else "confirmed",
        "all_day": is_all_day,
        "timezone": None if is_all_day else _zone_name(record),
        "organizer": _person(object_at(record, "organizer")) or None,
        "attendees": _attendees(record),
        **(_days(record) if is_all_day else _times(record, zones)),
        **({"title": _PRIVATE_TITLE} if _is_hidden(record) else _texts(record)),
        **_recurrence(record),
    }
    if zones.unresolved:
        given["timezone_problem"] = f"{zones.unresolved[0][:100]} is no known time zone, read as {zones.default.name}"
    return read_meeting(given, internal_domains)


def is_instance(record: Mapping[str, JSON]) -> bool:
    """Whether an event is one of a series."""
    return record.get("type") in ("occurrence", "exception")


def shown_payload(record: Mapping[str, JSON]) -> dict[str, JSON]:
    """What rules and operators see of an event: its text is in the meeting, and that of a private one nowhere."""
    left_out = {"body", *(_TELLING if _is_hidden(record) else ())}
    return {name: record[name] for name in FIELDS if name in record and name not in left_out}


def _is_hidden(record: Mapping[str, JSON]) -> bool:
    return record.get("sensitivity") in _HIDDEN


def _id(record: Mapping[str, JSON], *, is_all_day: bool) -> str:
    """As its invitation by mail calls it: the UID, for one instance of a series with its original start."""
    uid = id_at(record, "iCalUId")
    if not is_instance(record) or not record.get("originalStart"):
        return uid
    original = moment_at(record, "originalStart")
    if not is_all_day:
        return f"{series_uid(uid)}_{original:%Y%m%dT%H%M%SZ}"
    midnight = original.astimezone(ZoneInfo(_zone_name(record) or "UTC"))
    return f"{series_uid(uid)}_{midnight:%Y%m%d}"


def _zone_name(record: Mapping[str, JSON]) -> str | None:
    """The zone in which the organiser planned the meeting; None for one of no known name."""
    zones = Zones((), ZoneInfo("UTC"))
    found = zones.find(str(record.get("originalStartTimeZone") or ""))
    return None if zones.unresolved else found.name


def _times(record: Mapping[str, JSON], zones: Zones) -> dict[str, JSON]:
    return {name: iso(zones.find(zone).to_utc(local)) for name, (local, zone) in _points(record).items()}


def _days(record: Mapping[str, JSON]) -> dict[str, JSON]:
    """Midnights UTC of the first and of the last day: dates must not be moved by a zone."""
    days = {name: datetime.combine(local, datetime.min.time(), UTC) for name, (local, _) in _points(record).items()}
    return {"start": iso(days["start"]), "end": iso(max(days["start"], days["end"] - timedelta(days=1)))}


def _points(record: Mapping[str, JSON]) -> dict[str, tuple[datetime, str]]:
    """`start` and `end` as naive local times and the names of their zones."""
    found = {}
    for name in ("start", "end"):
        point = object_at(record, name)
        written = _PAST_SECONDS.sub("", str(point.get("dateTime"))).removesuffix("Z")
        try:
            local = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(f"{name} is not a time") from None
        if local.tzinfo or not 1970 <= local.year <= 9000:
            raise ValueError(f"{name} is a time out of range")
        found[name] = (local, str(point.get("timeZone") or "UTC"))
    return found


def _texts(record: Mapping[str, JSON]) -> dict[str, JSON]:
    body, place = object_at(record, "body"), values.text(object_at(record, "location").get("displayName") or "")
    is_text = str(body.get("contentType")).lower() == "text"
    text = values.text((body.get("content") if is_text else record.get("bodyPreview")) or "")
    joining = object_at(record, "onlineMeeting").get("joinUrl") or record.get("onlineMeetingUrl")
    return {
        "title": values.text(record.get("subject") or "")[:_MAX_TITLE],
        "description": own_words(text.replace("\r\n", "\n")[:_MAX_TEXT]),
        "location": place[:_MAX_TEXT],
        "url": joining or (place if place.startswith("https://") and " " not in place else None),
    }


def _recurrence(record: Mapping[str, JSON]) -> dict[str, JSON]:
    recurrence = object_at(record, "recurrence")
    rule = recurrence_rule(recurrence) if recurrence else None
    if rule is None:
        return {}
    repeat = exact_repeat(recurrence, rule)
    return {"recurrence": rule, **(repeat.fields() if repeat else {})}


def _attendees(record: Mapping[str, JSON]) -> list[JSON]:
    """People: rooms and projectors take part as resources."""
    people = []
    for each in objects_at(record, "attendees"):
        person = _person(each)
        if person and each.get("type") != "resource":
            said = str(object_at(each, "status").get("response")).lower()
            people.append({**person, "response": _RESPONSES.get(said, "needs-action")})
    return people


def _person(given: Mapping[str, JSON]) -> dict[str, JSON]:
    """Exchange has addresses of its own, which nobody can write to."""
    told = object_at(given, "emailAddress")
    address = values.text(told.get("address") or "")
    name = values.text(told.get("name") or "")
    return {key: text for key, text in (("email", address if "@" in address else ""), ("name", name)) if text}
