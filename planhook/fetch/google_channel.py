"""The channels by which Google tells that a calendar has changed: opened, renewed in time, and closed, by us."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from planhook.core.errors import FetchAccessRefused, FetchRefused
from planhook.core.event import JSON, Event, event_id, from_iso, iso, milliseconds
from planhook.fetch.api import Api
from planhook.sources import values
from planhook.sources.google_fetch import GoogleFetch, channel_prefix
from planhook.sources.source import digest
from planhook.store.fetches import Fetched, Lookup

LIFE = timedelta(days=7)  # Google gives no more
_SHORTEST_S = 60.0  # between two looks, whatever a channel says of its end
_LONGEST_S = 6 * 3600.0
_UNKNOWN = timedelta(days=1)  # the life of a channel that does not tell


@dataclass(frozen=True)
class Channel:
    """One channel. Times are ISO 8601."""

    id: str
    resource_id: str
    address: str
    renew_at: str
    ends_at: str


@dataclass(frozen=True)
class ChannelKeeper:
    """Keeps one channel open for a calendar; while a new one takes its place, there are two."""

    api: Api
    config: GoogleFetch

    def look_after(self, calendar: str, lookup: Lookup) -> Fetched:
        """Open, renew or close what is due. The new channel is written down before the old one is closed."""
        now = datetime.now(UTC)
        channels = [Channel(**each) for each in json.loads(lookup.state or "[]")]
        open_ones = [each for each in channels if each.ends_at > iso(now)]
        is_wanted = bool(self.config.address) and calendar in self.config.calendars
        for old in open_ones[1:] if is_wanted else open_ones:
            self._close(old)
        if not is_wanted:
            return Fetched(state="[]")
        present = open_ones[0] if open_ones else None
        if present and present.address == self.config.address and iso(now) < present.renew_at:
            return Fetched(state=_written(present), again_s=_seconds_until(present.renew_at, now))
        try:
            new = self._open(calendar, now)
        except (FetchAccessRefused, FetchRefused) as refusal:
            return self._told(calendar, lookup, open_ones[:1], str(refusal), now)
        again_s = 0.0 if present else _seconds_until(new.renew_at, now)
        return Fetched(state=_written(new, *open_ones[:1]), again_s=again_s)

    def _open(self, calendar: str, now: datetime) -> Channel:
        wanted = {
            "id": f"{channel_prefix(calendar)}{uuid.uuid4().hex}",
            "type": "web_hook",
            "address": self.config.address,
            "token": self.config.channel_token,
            "params": {"ttl": str(int(LIFE.total_seconds()))},
        }
        answer = self.api.call("POST", f"/calendars/{quote(calendar, '')}/events/watch", body=wanted)
        told = answer if isinstance(answer, Mapping) else {}
        ends_at = _moment(told.get("expiration")) or now + _UNKNOWN
        # A day before the end, so that a night's outage costs nothing; a short life is renewed in its middle.
        renew_at = max(ends_at - timedelta(days=1), now + (ends_at - now) / 2)
        resource = str(told.get("resourceId") or "")
        return Channel(str(wanted["id"]), resource, self.config.address, iso(renew_at), iso(ends_at))

    def _close(self, channel: Channel) -> None:
        try:
            self.api.call("POST", "/channels/stop", body={"id": channel.id, "resourceId": channel.resource_id})
        except (FetchAccessRefused, FetchRefused):
            return  # it is gone, or belongs to credentials that we no longer have; it lapses by itself

    def _told(self, calendar: str, lookup: Lookup, present: list[Channel], refusal: str, now: datetime) -> Fetched:
        """A refused channel, once a day, as an event that ends dead: changes are found by polling meanwhile."""
        kind = f"{lookup.source}.channel_refused"
        told = Event(
            id=event_id(lookup.source, digest([lookup.key, f"{now:%Y-%m-%d}", refusal])),
            source=lookup.source,
            type=kind,
            types=(kind,),
            occurred_at=now,
            received_at=now,
            order=(milliseconds(now), 0),
            problem=f"Google opens no channel for {calendar}, so that changes are only found by polling: {refusal}",
        )
        return Fetched(found=(told,), state=_written(*present), again_s=self.config.poll_minutes * 60)


def _written(*channels: Channel) -> str:
    return json.dumps([asdict(each) for each in channels])


def _seconds_until(moment: str, now: datetime) -> float:
    return min(max(_SHORTEST_S, (from_iso(moment) - now).total_seconds()), _LONGEST_S)


def _moment(expiration: JSON) -> datetime | None:
    try:
        return values.moment(expiration)
    except ValueError:
        return None
