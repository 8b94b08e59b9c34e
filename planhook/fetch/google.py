"""Google Calendar: what has changed in the calendars of one source, and the channels that tell when to look."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from redis import Redis

from planhook.fetch.api import Api
from planhook.fetch.google_channel import ChannelKeeper
from planhook.fetch.google_sign_in import sign_in_form
from planhook.fetch.google_sync import CalendarSync
from planhook.fetch.oauth import AccessToken
from planhook.sources.google_calendar import GoogleCalendarSource
from planhook.sources.google_fetch import GoogleFetch
from planhook.sources.google_item import GoogleItems
from planhook.store.fetches import FetchCache, Fetched, Lookup, SourceBudget

_WINDOW_S = 10.0  # of the budget, so that no call waits for longer


@dataclass(frozen=True)
class GoogleFetcher:
    """Looks up `calendar/<id>` and `channel/<id>`."""

    sync: CalendarSync
    channels: ChannelKeeper

    def fetch(self, lookup: Lookup) -> Fetched:
        kind, _, calendar = lookup.key.partition("/")
        if kind == "channel":
            return self.channels.look_after(calendar, lookup)
        return self.sync.look_at(calendar, lookup)


def google_fetcher(
    source: GoogleCalendarSource, config: GoogleFetch, redis: Redis, stop: Callable[[], bool]
) -> GoogleFetcher:
    """What completes the events of `source`, whose `fetch:` is `config`. After `stop()` no call is begun."""
    calls = max(1, round(config.calls_per_minute * _WINDOW_S / 60))
    budget, cache = SourceBudget(redis, source.name, calls, _WINDOW_S), FetchCache(redis, source.name)
    endpoint = Api("Google's sign-in", config.token_url, budget, cache, stop)
    access = AccessToken(endpoint, sign_in_form(config.access))
    api = Api("Google Calendar", config.url, budget, cache, stop, access=access)
    items = GoogleItems(source.name, source.internal_domains, config.own)
    channel_api = replace(api, secrets=(config.channel_token,))
    return GoogleFetcher(CalendarSync(api, config, items), ChannelKeeper(channel_api, config))
