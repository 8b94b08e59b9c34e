"""Whose meetings are, as far as one event tells. Sources share meetings, and so they share whose they are."""

import re
from collections.abc import Mapping

from planhook.core.event import JSON, Binding
from planhook.sources.ical.exchange_uid import series_uid
from planhook.sources.mail_domain import organisation_of

STRANGER = "not the organiser"
_INSTANCE = re.compile(r"_[0-9]{8}(?:T[0-9]{6}Z)?$")  # anybody can write a UID that looks like one of a series
_NOBODY = frozenset({"unknownorganizer@calendar.google.com"})  # Google's, of meetings that were imported


def organiser_bindings(meeting: Mapping[str, JSON], *, is_certain: bool) -> tuple[Binding, ...]:
    """What a meeting, which names its `id` as its invitation does, tells of its organiser; nothing without one.

    `is_certain` where the calendar itself tells, and not a mail, which anybody can send.
    """
    organizer = meeting.get("organizer")
    address = organizer.get("email") if isinstance(organizer, Mapping) else None
    if not address or address in _NOBODY:
        return ()
    series = series_uid(_INSTANCE.sub("", str(meeting["id"]).strip()))
    return (Binding(f"meeting {series}", organisation_of(str(address)), STRANGER, is_certain),)
