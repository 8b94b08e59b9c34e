"""Which kinds of sources have a fetcher, and how one is made."""

from collections.abc import Callable
from typing import Protocol

from redis import Redis

from planhook.fetch.api import Api
from planhook.fetch.google import google_fetcher
from planhook.fetch.hubspot import WINDOW_S, HubSpotFetcher
from planhook.fetch.microsoft_graph import graph_fetcher
from planhook.sources.google_calendar import GoogleCalendarSource
from planhook.sources.hubspot import HubSpotSource
from planhook.sources.microsoft_graph import MicrosoftGraphSource
from planhook.sources.source import Source
from planhook.store.fetches import FetchCache, Fetched, Lookup, SourceBudget


class Fetcher(Protocol):
    """Completes the thin events of one source. Safe to share between threads."""

    def fetch(self, lookup: Lookup) -> Fetched:
        """Look up one thing for all events that wait for it.

        Raises FetchUnavailable (the lookup is made again), FetchAccessRefused (likewise, and a person is told),
        FetchResourceRefused (likewise, and lookups of other things go on), FetchRefused (its events end dead), Stopped
        and StoreUnavailable.
        """
        ...


def fetcher_for(source: Source, redis: Redis, stop: Callable[[], bool]) -> Fetcher | None:
    """What completes the events of `source`, None when it has no `fetch:`. After `stop()` no call is begun."""
    if isinstance(source, HubSpotSource) and source.fetch:
        budget = SourceBudget(redis, source.name, source.fetch.calls_per_10_seconds, WINDOW_S)
        cache = FetchCache(redis, source.name)
        api = Api("HubSpot", source.fetch.url, budget, cache, stop, token=source.fetch.token)
        return HubSpotFetcher(api, source.fetch, source.completion())
    if isinstance(source, GoogleCalendarSource) and source.fetch:
        return google_fetcher(source, source.fetch, redis, stop)
    if isinstance(source, MicrosoftGraphSource) and source.fetch:
        return graph_fetcher(source, source.fetch, redis, stop)
    return None
