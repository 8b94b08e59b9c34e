"""An Outlook calendar read from time to time: notifications get lost, and some are never sent."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

from planhook.core.errors import FetchRefused, FetchUnavailable
from planhook.core.event import JSON, Event, iso, milliseconds
from planhook.fetch.api import Api
from planhook.fetch.microsoft_graph_events import PREFERENCES, GraphEvents, items
from planhook.store.fetches import Fetched, Lookup

PAGE = 25
MOST_PAGES = 4_000  # of one round; Graph has been seen to give the same page for ever
BEHIND, AHEAD = timedelta(days=1), timedelta(days=366)
WINDOW_LIVES = timedelta(days=30)
_HEADERS = {"Prefer": f"{PREFERENCES}, odata.maxpagesize={PAGE}"}
_OUTDATED = (400, 410)  # of a delta token


@dataclass(frozen=True, slots=True)
class _State:
    """Where the next look begins. `query` is empty for a window yet to be opened; `opened` is in ms since the epoch.

    `since` is when the first of all looks was, in ms too.
    """

    query: dict[str, str] = field(default_factory=dict)
    opened: int = 0
    pages: int = 0
    since: int = 0

    def begin_again(self) -> "_State":
        return _State(since=self.since)

    def with_window(self, now: datetime) -> "_State":
        """The same, with a window around `now` if it has none."""
        if self.query:
            return self
        window = {"startDateTime": iso(now - BEHIND), "endDateTime": iso(now + AHEAD)}
        return replace(self, query=window, opened=milliseconds(now), since=self.since or milliseconds(now))

    def is_old(self) -> bool:
        return milliseconds(datetime.now(UTC)) - self.opened > WINDOW_LIVES.total_seconds() * 1000


@dataclass(frozen=True)
class GraphCalendar:
    """Reads calendars page by page, one page at a look, from where the last look ended.

    A window of days is followed by Graph's delta query, and after a month a new one is opened; a repeated page
    brings the same events, which are known then. Occurrences of a series that are as their series says bring none;
    nor do, without `with_existing`, meetings that have not changed since the first look.
    """

    api: Api
    events: GraphEvents
    poll_s: float
    with_existing: bool

    def fetch(self, user: str, lookup: Lookup) -> Fetched:
        """The next page of the calendar of `user`."""
        kept = _State(**json.loads(lookup.state)) if lookup.state else _State()
        state = kept.with_window(datetime.now(UTC))
        try:
            page = self.api.call(
                "GET", f"/users/{quote(user, '')}/calendarView/delta", params=state.query, headers=_HEADERS
            )
        except FetchRefused as refusal:
            if refusal.status not in _OUTDATED or "startDateTime" in state.query:
                raise
            return Fetched(state=_written(state.begin_again()), again_s=0)
        told = (event for item in items(page) if (event := self._told(user, item)))
        found = tuple(event for event in told if self.with_existing or event.order[0] >= state.since)
        return self._following(lookup, state, page, found)

    def _following(self, lookup: Lookup, state: _State, page: Mapping[str, JSON], found: tuple[Event, ...]) -> Fetched:
        more, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
        if more and state.pages < MOST_PAGES:
            following = replace(state, query=_query(more), pages=state.pages + 1)
            return Fetched(found=found, state=_written(following), again_s=0)
        if more:
            return Fetched(lookup.events, found, _written(state.begin_again()), self.poll_s)
        if not last:
            raise FetchUnavailable("Microsoft Graph: the page does not say how to go on")
        done = replace(state, query=_query(last), pages=0)
        if done.is_old():
            # All that the old window told has been read just now: nothing falls between the two.
            return Fetched(lookup.events, found, _written(done.begin_again()), 0)
        return Fetched(lookup.events, found, _written(done), self.poll_s)

    def _told(self, user: str, item: Mapping[str, JSON]) -> Event | None:
        number = item.get("id")
        if not isinstance(number, str) or not number or item.get("type") == "occurrence":
            return None
        if "@removed" in item:
            # It may have left the window only. What nobody was told of has nothing to be taken back.
            return self.events.look(user, number) if self.events.known(number) else None
        return self.events.tell(item) if "iCalUId" in item else self.events.look(user, number)


def _query(link: JSON) -> dict[str, str]:
    """What a link asks for. It is asked at our own address: no answer can send our token elsewhere."""
    return dict(parse_qsl(urlsplit(str(link)).query))


def _written(state: _State) -> str:
    return json.dumps(asdict(state))
