"""The canonical meeting: its fields, and the domains of those outside who take part."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from planhook.core.event import JSON
from planhook.sources import values
from planhook.sources.ical.zone import iana_zone
from planhook.sources.mail_domain import is_person_at, is_within

Person = dict[str, JSON]

_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")


def _lower(value: JSON) -> str:
    return values.text(value).strip().lower()


def _person(value: JSON) -> Person:
    """An organiser or attendee; a text alone is the address."""
    given = {"email": value} if isinstance(value, str) else values.mapping(value)
    person: Person = {name: values.text(each) for name, each in given.items() if each and name in _PERSON}
    if "email" in person:
        person["email"] = str(person["email"]).strip().lower()
        if not person["email"]:
            del person["email"]
    return person


def _people(value: JSON) -> list[Person]:
    return [_person(each) for each in (value if isinstance(value, list) else [value])]


_PERSON = ("email", "name", "response")

MEETING_FIELDS: Mapping[str, Callable[[JSON], JSON]] = {
    "id": values.identifier,
    "title": values.text,
    "description": values.text,
    "start": values.iso_moment,
    "end": values.iso_moment,
    "all_day": values.flag,
    "timezone": values.text,
    "status": _lower,
    "location": values.text,
    "url": values.text,
    "organizer": _person,
    "attendees": _people,
    "domains": lambda value: [domain.lower() for domain in values.texts(value)],
    "recurrence": values.text,
    "repeat": values.text,
    "repeat_days": values.whole,
    "range": values.text,
    "timezone_problem": values.text,
    "relayed": values.flag,
    "replaces": values.identifier,
    "replaced_by": values.identifier,
}


def read_meeting(given: Mapping[str, JSON], internal: frozenset[str]) -> dict[str, JSON]:
    """The fields that were given, in canonical form, with `end` and `domains` where they follow from others.

    A time without an offset is one in `timezone` where that is an IANA name, else UTC. Raises FieldInvalid. What was
    read stays as it is when it is read again.
    """
    meeting: dict[str, JSON] = {}
    for name, convert in MEETING_FIELDS.items():
        value = given.get(name)
        if value is None or value == "":
            continue
        if name in ("start", "end"):
            value = in_zone(value, given.get("timezone"))
        try:
            found = convert(value)
        except ValueError as error:
            raise values.FieldInvalid(f"meeting.{name}", str(error)) from None
        if found != "":
            meeting[name] = found
    if "start" in meeting:
        meeting["end"] = max(str(meeting.get("end", "")), str(meeting["start"]))
    if "domains" not in meeting and ("organizer" in meeting or "attendees" in meeting):
        meeting["domains"] = outside_domains(meeting.get("organizer"), meeting.get("attendees", []), internal)
    return meeting


def in_zone(value: JSON, timezone: JSON) -> JSON:
    """A local time with the offset that `timezone` (an IANA name) has then; anything else as it is."""
    zone = iana_zone(timezone) if isinstance(timezone, str) else None
    if zone is None or not isinstance(value, str) or not _LOCAL.fullmatch(value.strip()):
        return value
    try:
        return datetime.fromisoformat(value.strip()).replace(tzinfo=zone).isoformat()
    except (ValueError, OverflowError):
        return value


def outside_domains(organizer: Person | None, attendees: list[Person], internal: frozenset[str]) -> list[str]:
    """Domains of those who take part, without `internal` ones (if none are known: without the organiser's)."""
    host = _domain(organizer or {})
    inside = internal or (frozenset({host}) if host else frozenset())
    found = [_domain(person) for person in (organizer or {}, *attendees)]
    return list(dict.fromkeys(domain for domain in found if is_person_at(domain) and not is_within(domain, inside)))


def _domain(person: Person) -> str:
    _, at, domain = str(person.get("email", "")).rpartition("@")
    return domain.strip().rstrip(".").lower() if at else ""
