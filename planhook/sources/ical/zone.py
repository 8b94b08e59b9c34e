"""Which zone a TZID means: senders write IANA names, Windows names and names of their own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from planhook.sources.ical.component import Component
from planhook.sources.ical.vtimezone import read_vtimezone

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}")
_UTC_NAMES = frozenset({"utc", "gmt", "z", "coordinated universal time", "tzone://microsoft/utc"})
# Files in many zone folders that mean "this machine" or count leap seconds.
_NOT_ZONES = ("localtime", "posixrules", "Factory", "right/", "posix/")


class Zone(Protocol):
    """Local times to UTC."""

    @property
    def name(self) -> str: ...

    def to_utc(self, local: datetime) -> datetime:
        """A naive local time as aware UTC. Raises OverflowError at the ends of the calendar."""
        ...


@dataclass(frozen=True)
class IanaZone:
    """zoneinfo takes the offset before a gap and the first time in an overlap, as RFC 5545 wants."""

    info: ZoneInfo

    @property
    def name(self) -> str:
        return self.info.key

    def to_utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.info).astimezone(UTC)


UTC_ZONE = IanaZone(ZoneInfo("UTC"))


class Zones:
    """The zones of one VCALENDAR; `default` serves floating times and names without a meaning.

    `unresolved` holds the names asked for that have none.
    """

    def __init__(self, vtimezones: Iterable[Component], default: ZoneInfo) -> None:
        self._own = {component.text("TZID"): component for component in vtimezones}
        self._resolved: dict[str, Zone] = {}
        self.unresolved: list[str] = []
        self.default: Zone = IanaZone(default)

    def find(self, tzid: str) -> Zone:
        """The zone of a TZID parameter."""
        name = tzid.strip().strip('"')
        if name not in self._resolved:
            self._resolved[name] = self._resolve(name)
        return self._resolved[name]

    def _resolve(self, name: str) -> Zone:
        if name.lower() in _UTC_NAMES:
            return UTC_ZONE
        known = iana_zone(name) or iana_zone(WINDOWS_TO_OLSON.get(name, "")) or _vendor_zone(name)
        if known:
            return IanaZone(known)
        own = self._own.get(name)
        found = read_vtimezone(own, name) if own else None
        if found is None:
            self.unresolved.append(name)
        return found or self.default


def iana_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of exactly this name. No name reaches a file outside the zone data."""
    if len(name) > 64 or not _NAME.fullmatch(name) or name.startswith(_NOT_ZONES):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _vendor_zone(name: str) -> ZoneInfo | None:
    """`/vendor/2024/Europe/Stockholm`: the longest end of the path that is an IANA name."""
    parts = name.split("/")[-4:]
    if not name.startswith("/"):
        return None
    return next((zone for cut in range(len(parts)) if (zone := iana_zone("/".join(parts[cut:])))), None)
