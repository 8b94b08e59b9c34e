"""HubSpot: the deal of an event with its company and its owner, read with the token of a private app."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from planhook.core.errors import FetchRefused, FetchUnavailable
from planhook.core.event import JSON, Event
from planhook.fetch.api import Api
from planhook.sources.hubspot_deal import Completion, HubSpotFetch
from planhook.store.fetches import Fetched, Lookup

WINDOW_S = 10.5  # HubSpot counts in windows of 10 s; the rest is for calls that arrive later than they were counted
MOST_BYTES = 4_000_000  # of the deals that one look gives to its events
KEEP_S = 300.0  # companies and owners, which many deals share


@dataclass(frozen=True)
class HubSpotFetcher:
    """Completes the events of one deal by one look at it, however many wait."""

    api: Api
    config: HubSpotFetch
    completion: Completion

    def fetch(self, lookup: Lookup) -> Fetched:
        kind, _, number = lookup.key.partition("/")
        if kind != "deal" or not (number.isascii() and number.isdigit()):
            raise FetchRefused(f"{lookup.key[:100]} is no deal of HubSpot", 400)
        properties = {"properties": ",".join(self.config.deal_properties), "associations": "companies,contacts"}
        record = _record(self.api.get(f"/crm/v3/objects/deals/{number}", properties))
        # Each event gets a copy; those beyond the bound wait for another look.
        most = max(1, MOST_BYTES // len(json.dumps(record)))
        return Fetched(completed=tuple(self._completed(event, record) for event in lookup.events[:most]))

    def _completed(self, event: Event, record: Mapping[str, JSON]) -> Event:
        try:
            company_id, owner_id = self.completion.links(event, record)
            return self.completion.complete(event, record, self._company(company_id), self._owner(owner_id))
        except ValueError as fault:
            return replace(event, problem=f"HubSpot's deal cannot be used: {fault}")

    def _company(self, number: str | None) -> Mapping[str, JSON] | None:
        if number is None:
            return None
        properties = {"properties": ",".join(self.config.company_properties)}
        return _optional(self.api.get(f"/crm/v3/objects/companies/{quote(number, '')}", properties, keep_s=KEEP_S))

    def _owner(self, number: str | None) -> Mapping[str, JSON] | None:
        if number is None:
            return None
        return _optional(self.api.get(f"/crm/v3/owners/{quote(number, '')}", keep_s=KEEP_S))


def _record(answer: JSON) -> Mapping[str, JSON]:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("properties"), Mapping):
        raise FetchUnavailable("HubSpot: the answer is no deal")
    return answer


def _optional(answer: JSON) -> Mapping[str, JSON] | None:
    return answer if isinstance(answer, Mapping) else None
