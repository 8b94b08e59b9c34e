"""The incremental sync of Google calendars: one page of changes a look, and a token that stands for what is known."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from planhook.core.errors import FetchRefused, FetchResourceRefused, FetchUnavailable
from planhook.core.event import JSON, Event, from_iso, iso
from planhook.fetch.api import Api
from planhook.sources.google_fetch import GoogleFetch
from planhook.sources.google_item import GoogleItems, Memory, is_meeting
from planhook.sources.google_meeting import is_bare, is_instance
from planhook.store.fetches import Fetched, Lookup

PAGE = 50  # items, so that a page of large ones stays within the bounds of one answer
_MARGIN = timedelta(hours=1)  # for clocks that differ
_AGAIN_S = 1.0
_KEEP_S = 300.0  # a series, of which many instances may be cancelled
_REMEMBER_S = 400 * 86_400.0
_LAPSED = (400, 410)  # how Google calls a token that it does not know (any more)


@dataclass(frozen=True)
class SyncState:
    """How far a calendar is known. Times are ISO 8601, empty text stands for none.

    `token` stands for what the last complete listing brought, which began at `known_at`; `page` is where the
    present listing goes on, which began at `begun_at`. `since` is when the very first one began.
    """

    token: str = ""
    known_at: str = ""
    page: str = ""
    begun_at: str = ""
    since: str = ""

    @classmethod
    def read(cls, written: str) -> "SyncState":
        return cls(**json.loads(written)) if written else cls()

    def write(self) -> str:
        return json.dumps(asdict(self))

    def rewound(self) -> "SyncState":
        """The listing again from its start; when it is there already, without the token."""
        return replace(self, page="", begun_at="") if self.page else SyncState(known_at=self.known_at, since=self.since)


@dataclass(frozen=True)
class CalendarSync:
    """Looks at one page of what has changed in a calendar since the last look."""

    api: Api
    config: GoogleFetch
    items: GoogleItems

    def look_at(self, calendar: str, lookup: Lookup) -> Fetched:
        """What has changed, as events of their own. Those that asked for it have waited for a whole listing."""
        if calendar not in self.config.calendars:
            return Fetched(tuple(replace(event, ignored="thin") for event in lookup.events))
        last, now = SyncState.read(lookup.state), datetime.now(UTC)
        state = last if last.page else replace(last, begun_at=iso(now), since=last.since or iso(now))
        try:
            page = self._page(calendar, state)
        except FetchRefused as refusal:
            if refusal.status == 404:
                raise FetchResourceRefused(str(refusal)) from None
            if refusal.status not in _LAPSED or not (last.page or last.token):
                raise
            return Fetched(state=last.rewound().write(), again_s=_AGAIN_S)
        found = tuple(self._events(calendar, page, state, now))
        if following := page.get("nextPageToken"):
            return Fetched(found=found, state=replace(state, page=following).write(), again_s=0)
        known = SyncState(token=page["nextSyncToken"], known_at=state.begun_at, since=state.since)
        # What asked while an older listing was under way may tell of changes that it has missed.
        asking = () if last.page else lookup.events
        completed = tuple(replace(event, ignored="fetched") for event in asking)
        return Fetched(completed, found, known.write(), again_s=self.config.poll_minutes * 60)

    def _page(self, calendar: str, state: SyncState) -> Mapping[str, JSON]:
        params = {"maxResults": str(PAGE), "showDeleted": "true"}
        if state.token:
            params["syncToken"] = state.token
        elif not state.known_at:
            params["timeMin"] = state.begun_at
        if state.page:
            params["pageToken"] = state.page
        answer = self.api.get(f"/calendars/{quote(calendar, '')}/events", params)
        if not isinstance(answer, Mapping) or not isinstance(answer.get("items", []), list):
            raise FetchUnavailable("Google Calendar: the answer is no list of events")
        token = answer.get("nextPageToken") or answer.get("nextSyncToken")
        if not isinstance(token, str):
            raise FetchUnavailable("Google Calendar: the answer does not say how to go on")
        return answer

    def _events(self, calendar: str, page: Mapping[str, JSON], state: SyncState, now: datetime) -> Iterator[Event]:
        for item in page.get("items", []):
            if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
                raise FetchUnavailable("Google Calendar: the answer holds something that is no event")
            if is_meeting(item) and self._is_news(item, state):
                event = self._event(calendar, item, now)
                if not (_is_of_old(item, state) and _is_over(event, state.since)):
                    yield event

    def _is_news(self, item: Mapping[str, JSON], state: SyncState) -> bool:
        """With a token all is; without one Google lists what is known, and what ended long ago, as well."""
        if state.token:
            return True
        if not state.known_at:
            return self.config.with_existing and item.get("status") != "cancelled"
        updated = item.get("updated")
        if not isinstance(updated, str):
            return True
        is_new = updated >= iso(from_iso(state.known_at) - _MARGIN)
        return is_new and (self.config.with_existing or updated >= state.since)

    def _event(self, calendar: str, item: Mapping[str, JSON], now: datetime) -> Event:
        """An item as event, with what Google and our own memory still have of a cancelled meeting."""
        name = f"known/{calendar}/{item['id']}"
        if not is_bare(item):
            memory = Memory.of(item)
            if memory != Memory():
                self.api.cache.put(name, asdict(memory), _REMEMBER_S)
            return self.items.event(calendar, item, now)
        kept = self.api.cache.get(name)
        memory = Memory(**kept[0]) if kept else Memory()
        return self.items.event(calendar, item, now, memory, self._details(calendar, item))

    def _details(self, calendar: str, item: Mapping[str, JSON]) -> Mapping[str, JSON] | None:
        number = str(item["recurringEventId"] if is_instance(item) else item["id"])
        try:
            answer = self.api.get(f"/calendars/{quote(calendar, '')}/events/{quote(number, '')}", keep_s=_KEEP_S)
        except FetchRefused:
            return None  # what Google does not show any more must not hold up the rest of the page
        return answer if isinstance(answer, Mapping) else None


def _is_of_old(item: Mapping[str, JSON], state: SyncState) -> bool:
    """Whether an item may be as it was at the very first look."""
    updated = item.get("updated")
    is_touched = bool(state.known_at) and not (isinstance(updated, str) and updated < state.since)
    return not state.token and not is_touched


def _is_over(event: Event, moment: str) -> bool:
    """Whether a single meeting ended on a day before `moment` (ISO 8601)."""
    meeting = event.meeting or {}
    return "recurrence" not in meeting and str(meeting.get("end", moment))[:10] < moment[:10]
