"""HubSpot's deals in the words all rules share, and how a thin event gets the rest of its deal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from planhook.core.event import JSON, Event
from planhook.sources import values
from planhook.sources.deal import deal_types, outcome, read_deal

_CANONICAL = {
    "dealname": "name",
    "dealstage": "stage",
    "pipeline": "pipeline",
    "amount": "amount",
    "deal_currency_code": "currency",
    "hubspot_owner_id": "owner_id",
}
_ENDS = {"hs_is_closed_won": "won", "hs_is_closed_lost": "lost"}
DEAL_PROPERTIES = (*_CANONICAL, *_ENDS, "hs_is_closed", "closedate")


@dataclass(frozen=True)
class HubSpotFetch:
    """What `fetch:` of a HubSpot source says. `company_key` is the property of a company that is its id elsewhere."""

    token: str = field(repr=False)
    url: str
    properties: tuple[str, ...]
    company_key: str | None
    calls_per_10_seconds: int

    standing: ClassVar[tuple[str, ...]] = ()

    @property
    def deal_properties(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*DEAL_PROPERTIES, *self.properties)))

    @property
    def company_properties(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(("name", "domain", *filter(None, (self.company_key,)))))


def canonical(properties: Mapping[str, JSON]) -> dict[str, JSON]:
    """A deal's fields by HubSpot's property names."""
    found = {_CANONICAL[name]: value for name, value in properties.items() if name in _CANONICAL}
    for name, ended in _ENDS.items():
        if str(properties.get(name)).lower() == "true":
            found["status"] = ended
    return {**found, "properties": dict(properties)}


def canonical_name(property_name: str) -> str | None:
    return _CANONICAL.get(property_name)


def close(deal: Mapping[str, JSON], ended: str) -> dict[str, JSON]:
    """`deal` as won or lost. HubSpot's close date of an open deal is only the day when that is expected.

    Raises ValueError that names `deal.closed_at`.
    """
    closedate = deal.get("properties", {}).get("closedate")
    return {**deal, **read_deal({"status": ended, "closed_at": closedate})}


@dataclass(frozen=True)
class Completion:
    """Gives an event the rest of its deal. What the event itself tells stays: it is the news.

    Stages are case-folded.
    """

    won_stages: frozenset[str]
    lost_stages: frozenset[str]
    company_key: str | None

    def links(self, event: Event, record: Mapping[str, JSON]) -> tuple[str | None, str | None]:
        """Ids of the company and the owner that belong to the event: those it tells of, else those of the deal."""
        told = event.deal or {}
        companies = _linked(record, "companies")
        primary = [number for number, label in companies if label == "deal_to_company"]
        company = told.get("company_id") or next(iter([*primary, *(number for number, _ in companies)]), None)
        owner = told.get("owner_id") or _properties(record).get("hubspot_owner_id")
        return (None if company is None else str(company)), (str(owner) if owner else None)

    def complete(
        self,
        event: Event,
        record: Mapping[str, JSON],
        company: Mapping[str, JSON] | None,
        owner: Mapping[str, JSON] | None,
    ) -> Event:
        """The event with its deal as HubSpot's API shows `record`, `company` and `owner`; None: there is none.

        Raises ValueError that names what cannot be read.
        """
        told = dict(event.deal or {})
        current = self._current(record)
        if "stage" in told and told["stage"] != current.get("stage"):
            # The deal has moved on since: how it ended belongs to another stage.
            current.pop("status", None)
            current.pop("closed_at", None)
        found = {**current, **told}
        found["properties"] = {**current["properties"], **told.get("properties", {})}
        if owner:
            found["owner_email"] = owner.get("email")
        company_id, _ = self.links(event, record)
        found["company_id"] = company_id
        if company:
            about = _properties(company)
            found["company_name"] = about.get("name")
            found["properties"]["company"] = {"id": company_id, **about}
        if self.company_key:
            found["company_id"] = _properties(company or {}).get(self.company_key)
        if "url" not in found and (portal := _portal(event)):
            found["url"] = f"https://app.hubspot.com/contacts/{portal}/record/0-3/{found['id']}"
        return self._typed(event, read_deal(found), current)

    def _current(self, record: Mapping[str, JSON]) -> dict[str, JSON]:
        properties = _properties(record)
        given = {**canonical(properties), "url": record.get("url")}
        given["contact_ids"] = list(dict.fromkeys(number for number, _ in _linked(record, "contacts"))) or None
        deal = read_deal(given)
        ended = outcome(deal, self.won_stages, self.lost_stages)
        if ended:
            return close(deal, ended)
        return {**deal, "status": "open"} if properties.get("hs_is_closed") == "false" else deal

    @staticmethod
    def _typed(event: Event, deal: dict[str, JSON], current: Mapping[str, JSON]) -> Event:
        """A stage that HubSpot calls won is won, also where the rule files do not name it."""
        ended = current.get("status")
        reached = "stage" in event.changes and deal.get("stage") == current.get("stage")
        if reached and ended in ("won", "lost") and f"deal.{ended}" not in event.types:
            types = deal_types(event.types[-1], ended, stage_changed=True)
            return replace(event, deal=deal, type=types[0], types=types)
        return replace(event, deal=deal)


def _properties(record: Mapping[str, JSON]) -> dict[str, JSON]:
    """The properties of a record that have a value. Raises ValueError."""
    try:
        properties = values.mapping(record.get("properties") or {})
    except ValueError as error:
        raise ValueError(f"HubSpot's properties {error}") from None
    return {name: value for name, value in properties.items() if value is not None and value != ""}


def _linked(record: Mapping[str, JSON], kind: str) -> list[tuple[str, str]]:
    """(id, label) of the associated records of a kind."""
    associations = record.get("associations")
    listed = associations.get(kind) if isinstance(associations, Mapping) else None
    results = listed.get("results") if isinstance(listed, Mapping) else None
    return [
        (str(one["id"]), str(one.get("type")))
        for one in (results if isinstance(results, list) else [])
        if isinstance(one, Mapping) and one.get("id")
    ]


def _portal(event: Event) -> str | None:
    portal = event.payload.get("portalId") if isinstance(event.payload, Mapping) else None
    return str(portal) if isinstance(portal, int) and not isinstance(portal, bool) else None
