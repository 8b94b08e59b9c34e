"""ORGANIZER and ATTENDEE as people with an address."""

import re

from planhook.core.event import JSON
from planhook.sources.ical.component import Component, Property
from planhook.sources.mail_domain import is_calendar_service, organisation_of

_MAILTO = re.compile(r".*mailto:", re.IGNORECASE | re.DOTALL)
_ROOMS = frozenset({"ROOM", "RESOURCE"})
_ADDRESS = re.compile(r'[<"]?((?:"[^"]{1,64}"|[^\s"<>@:]{1,64})@[^\s"<>@:/]{1,255})[>"]?')


def read_organizer(event: Component) -> dict[str, JSON] | None:
    """`{email, name}`; None when nobody is named."""
    found = event.first("ORGANIZER")
    return _person(found) or None if found else None


def read_hosts(event: Component) -> frozenset[str]:
    """The addresses that may speak for a meeting: the organiser's, and that of a colleague who sent it for them.

    SENT-BY is whatever the sender wrote, so it counts for a colleague only: the same domain.
    """
    found = event.first("ORGANIZER")
    organizer = _address(found) if found else ""
    if not found or not organizer:
        return frozenset()
    delegate = _MAILTO.sub("", found.params.get("SENT-BY", "")).strip().lower()
    is_colleague = organisation_of(delegate) == organisation_of(organizer)
    return frozenset({organizer, delegate} if is_colleague else {organizer})


def read_attendees(event: Component) -> list[dict[str, JSON]]:
    """`[{email, name, response}]`, without rooms and calendars."""
    people = []
    for found in event.all("ATTENDEE"):
        person = _person(found)
        is_room = found.params.get("CUTYPE", "").upper() in _ROOMS
        if not person or is_room or is_calendar_service(str(person.get("email", ""))):
            continue
        people.append({**person, "response": found.params.get("PARTSTAT", "NEEDS-ACTION").lower()})
    return people


def _person(found: Property) -> dict[str, JSON]:
    person: dict[str, JSON] = {}
    if address := _address(found):
        person["email"] = address
    if name := found.params.get("CN", "").strip():
        person["name"] = name
    return person


def _address(found: Property) -> str:
    """What follows the last `mailto:`, else Apple's EMAIL or the value; "" when that is no address.

    A name with an unquoted colon shifts the value, and a `mailto:` may bring more than an address (`?subject=…`).
    """
    mailto = _MAILTO.match(found.value)
    written = found.value[mailto.end() :] if mailto else found.params.get("EMAIL") or found.value
    address = _ADDRESS.fullmatch(written.partition("?")[0].strip())
    return address[1].lower() if address else ""
