"""An Outlook calendar read from time to time: notifications get lost, and some are never sent."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

from planhook.core.errors import FetchRefused, FetchResourceRefused, FetchUnavailable
from planhook.core.event import JSON, Event, iso, milliseconds
from planhook.fetch.api import Api
from planhook.fetch.microsoft_graph_events import PREFERENCES, GraphEvents, items
from planhook.store.fetches import Fetched, Lookup

PAGE = 25
MOST_PAGES = 4_000
BEHIND, AHEAD = timedelta(days=1), timedelta(days=366)
WINDOW_LIVES = timedelta(days=30)
_HEADERS = {"Prefer": f"{PREFERENCES}, odata.maxpagesize={PAGE}"}
_OUTDATED = (400, 410)  # of a delta token


@dataclass(frozen=True, slots=True)
class _State:
    """Where the next look begins. `query` is empty for a window yet to be opened; `opened` is in ms since the epoch.

    `since` is when the first of all looks was, in ms too. `is_fresh` while a new window is read for the first time;
    `unlisted` are the ids of events that should have been in it and were not.
    """

    query: dict[str, str] = field(default_factory=dict)
    opened: int = 0
    pages: int = 0
    since: int = 0
    is_fresh: bool = False
    unlisted: list[str] = field(default_factory=list)

    def begin_again(self) -> "_State":
        return _State(since=self.since)

    def with_window(self, now: datetime) -> "_State":
        """The same, with a window around `now` if it has none."""
        if self.query:
            return self
        window = {"startDateTime": iso(now - BEHIND), "endDateTime": iso(now + AHEAD)}
        opened = milliseconds(now)
        return replace(self, query=window, opened=opened, since=self.since or opened, is_fresh=True)

    def is_old(self) -> bool:
        return milliseconds(datetime.now(UTC)) - self.opened > WINDOW_LIVES.total_seconds() * 1000


@dataclass(frozen=True)
class GraphCalendar:
    """Reads calendars page by page, one page at a look, from where the last look ended.

    A window of days is followed by Graph's delta query, and after a month a new one is opened; a repeated page
    brings the same events, which are known then. Occurrences of a series that are as their series says bring none;
    nor do, without `with_existing`, meetings that have not changed since the first look. A round ends after
    `most_pages`: Graph has been seen to give the same page for ever.
    """

    api: Api
    events: GraphEvents
    poll_s: float
    with_existing: bool
    most_pages: int = MOST_PAGES

    def fetch(self, user: str, lookup: Lookup) -> Fetched:
        """The next page of the calendar of `user`."""
        kept = _State(**json.loads(lookup.state)) if lookup.state else _State()
        if kept.unlisted:
            return self._look_for(user, kept)
        state = kept.with_window(datetime.now(UTC))
        try:
            page = self.api.call(
                "GET", f"/users/{quote(user, '')}/calendarView/delta", params=state.query, headers=_HEADERS
            )
        except FetchRefused as refusal:
            if refusal.status == 404:
                raise FetchResourceRefused(str(refusal)) from None
            if refusal.status not in _OUTDATED or "startDateTime" in state.query:
                raise
            return Fetched(state=_written(state.begin_again()), again_s=0)
        found = self._news(state, (self._told(user, item) for item in items(page)))
        return self._following(user, lookup, state, page, found)

    def _news(self, state: _State, told: Iterable[Event | None]) -> tuple[Event, ...]:
        return tuple(event for event in told if event and (self.with_existing or event.order[0] >= state.since))

    def _following(
        self, user: str, lookup: Lookup, state: _State, page: Mapping[str, JSON], found: tuple[Event, ...]
    ) -> Fetched:
        more, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
        if more and state.pages < self.most_pages:
            following = replace(state, query=_query(more), pages=state.pages + 1)
            return Fetched(found=found, state=_written(following), again_s=0)
        if more:
            return Fetched(lookup.events, found, _written(state.begin_again()), self.poll_s)
        if not last:
            raise FetchUnavailable("Microsoft Graph: the page does not say how to go on")
        unlisted = self._unlisted(user, state) if state.is_fresh else []
        done = replace(state, query=_query(last), pages=0, is_fresh=False, unlisted=unlisted)
        if done.is_old():
            # All that the old window told has been read just now: nothing falls between the two.
            return Fetched(lookup.events, found, _written(done.begin_again()), 0)
        return Fetched(lookup.events, found, _written(done), 0 if unlisted else self.poll_s)

    def _unlisted(self, user: str, state: _State) -> list[str]:
        """What a new window should show and does not: it was deleted while nobody told us."""
        opened = datetime.fromtimestamp(state.opened / 1000, UTC)
        return self.events.unlisted(user, opened, (opened - BEHIND, opened + AHEAD))

    def _look_for(self, user: str, state: _State) -> Fetched:
        """What has become of some of the events that were not listed."""
        found = self._news(state, [self._look(user, {"id": number}) for number in state.unlisted[:PAGE]])
        left = replace(state, unlisted=state.unlisted[PAGE:])
        return Fetched(found=found, state=_written(left), again_s=0 if left.unlisted else self.poll_s)

    def _told(self, user: str, item: Mapping[str, JSON]) -> Event | None:
        number = item.get("id")
        if not isinstance(number, str) or not number or item.get("type") == "occurrence":
            return None
        if "@removed" in item:
            # It may have left the window only. What nobody was told of has nothing to be taken back.
            return self._look(user, item) if self.events.known(number) else None
        return self.events.tell(user, item) if "iCalUId" in item else self._look(user, item)

    def _look(self, user: str, item: Mapping[str, JSON]) -> Event:
        """What has become of one event. A refusal is about that one: it ends dead, and holds up no other."""
        try:
            return self.events.look(user, str(item["id"]))
        except (FetchRefused, FetchResourceRefused) as refusal:
            return self.events.unreadable(item, str(refusal))


def _query(link: JSON) -> dict[str, str]:
    """What a link asks for. It is asked at our own address: no answer can send our token elsewhere."""
    return dict(parse_qsl(urlsplit(str(link)).query))


def _written(state: _State) -> str:
    return json.dumps(asdict(state))
