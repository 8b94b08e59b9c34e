"""Microsoft Graph: Outlook calendars of an organisation, read with the secret of an app registration."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from redis import Redis

from planhook.core.errors import FetchRefused
from planhook.fetch.api import Api
from planhook.fetch.microsoft_graph_calendar import GraphCalendar
from planhook.fetch.microsoft_graph_events import GraphEvents
from planhook.fetch.microsoft_graph_subscription import GraphSubscriptions
from planhook.fetch.oauth import AccessToken
from planhook.sources.microsoft_graph import MicrosoftGraphSource
from planhook.sources.microsoft_graph_fetch import GraphFetch
from planhook.store.fetches import FetchCache, Fetched, Lookup, SourceBudget
from planhook.store.sightings import Sightings

WINDOW_S = 60.5
_SCOPE = "https://graph.microsoft.com/.default"


@dataclass(frozen=True)
class GraphFetcher:
    """Looks at single events, reads calendars and keeps subscriptions.

    Each has lookups of its own, so that none waits for another that fails.
    """

    users: tuple[str, ...]
    events: GraphEvents
    calendars: GraphCalendar
    subscriptions: GraphSubscriptions | None

    def fetch(self, lookup: Lookup) -> Fetched:
        kind, _, rest = lookup.key.partition("/")
        if kind == "event":
            return self._look(rest, lookup)
        if rest not in self.users:
            return Fetched(lookup.events)  # the user is no longer in the rule files
        if kind == "calendar":
            return self.calendars.fetch(rest, lookup)
        if kind == "subscription":
            return self.subscriptions.fetch(rest, lookup) if self.subscriptions else Fetched(lookup.events)
        raise FetchRefused(f"{lookup.key[:100]} is nothing of Microsoft Graph", 400)

    def _look(self, rest: str, lookup: Lookup) -> Fetched:
        """Notifications of one event end here: its present state is an event of its own, the same for all of them.

        An id that was deleted never comes back, whatever arrives after that.
        """
        user, _, number = rest.partition("/")
        is_deleted = any(event.type == f"{event.source}.deleted" for event in lookup.events)
        found = self.events.removed(user, number) if is_deleted else self.events.look(user, number)
        return Fetched(tuple(replace(event, ignored="fetched") for event in lookup.events), (found,))


def graph_fetcher(
    source: MicrosoftGraphSource, config: GraphFetch, redis: Redis, stop: Callable[[], bool]
) -> GraphFetcher:
    """The fetcher of `source`, which `config` is of."""
    budget = SourceBudget(redis, source.name, config.calls_per_minute, WINDOW_S)
    sign_in = Api(
        "Microsoft sign-in",
        config.token_url,
        budget,
        FetchCache(redis, source.name),
        stop,
        secrets=(config.client_secret, *source.proof.client_states),
    )
    form = {
        "grant_type": "client_credentials",
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "scope": _SCOPE,
    }
    api = replace(sign_in, name="Microsoft Graph", base_url=config.url, access=AccessToken(sign_in, lambda: form))
    events = GraphEvents(api, source.reader, config.users, Sightings(redis, source.name))
    calendars = GraphCalendar(api, events, config.poll_minutes * 60, config.with_existing)
    return GraphFetcher(config.users, events, calendars, _subscriptions(source, config, api))


def _subscriptions(source: MicrosoftGraphSource, config: GraphFetch, api: Api) -> GraphSubscriptions | None:
    states = source.proof.client_states
    if not config.address or not states:
        return None
    return GraphSubscriptions(api, source.name, config.address, states[0], config.client_secret)
