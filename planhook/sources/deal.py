"""The canonical deal: its fields, and which types an event about it has."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from planhook.core.event import JSON
from planhook.sources import values

DEAL_FIELDS: Mapping[str, Callable[[JSON], JSON]] = {
    "id": values.identifier,
    "name": values.text,
    "stage": values.identifier,
    "pipeline": values.identifier,
    "amount": values.number,
    "currency": values.text,
    "status": lambda value: values.text(value).strip().lower(),
    "owner_id": values.identifier,
    "owner_email": values.text,
    "company_id": values.identifier,
    "company_name": values.text,
    "contact_ids": values.texts,
    "closed_at": values.iso_moment,
    "url": values.text,
    "properties": values.mapping,
}

# The most specific first; a type that is not here stands before the last two.
_RANK = ("deal.won", "deal.lost", "deal.created", "deal.deleted", "", "deal.stage_changed", "deal.updated")


def read_deal(given: Mapping[str, JSON]) -> dict[str, JSON]:
    """The fields that were given, in canonical form; an open deal has no `closed_at`.

    Raises FieldInvalid. What was read stays as it is when it is read again.
    """
    deal = {}
    for name, convert in DEAL_FIELDS.items():
        value = given.get(name)
        if value is None or value == "":
            continue
        try:
            found = convert(value)
        except ValueError as error:
            raise values.FieldInvalid(f"deal.{name}", str(error)) from None
        if found != "":
            deal[name] = found
    if deal.get("status") == "open":
        deal.pop("closed_at", None)  # left from before, or when the sender expects the deal to close
    return deal


def outcome(deal: Mapping[str, JSON], won_stages: frozenset[str], lost_stages: frozenset[str]) -> str | None:
    """ "won", "lost" or None, by the deal's status or else by its stage (case-folded sets)."""
    if deal.get("status") in ("won", "lost"):
        return str(deal["status"])
    stage = str(deal.get("stage", "")).casefold()
    if stage in won_stages:
        return "won"
    return "lost" if stage in lost_stages else None


def ended_now(said: str, deal: Mapping[str, JSON], changes: Mapping[str, JSON]) -> str | None:
    """ "won" or "lost" when the deal became so by this event, for senders that say what changed."""
    became = said == "deal.created" or (said == "deal.updated" and "status" in changes)
    return str(deal["status"]) if became and deal.get("status") in ("won", "lost") else None


@lru_cache(maxsize=256)
def deal_types(said: str, ended: str | None = None, *, stage_changed: bool = False) -> tuple[str, ...]:
    """All types of an event that its sender calls `said` ("deal.updated"), the most specific first.

    `ended` is "won" or "lost" when the deal became so. A deleted deal is nothing but deleted.
    """
    if said == "deal.deleted":
        return (said,)
    found = {said}
    if ended and said not in ("deal.won", "deal.lost"):
        found.add(f"deal.{ended}")
    if stage_changed:
        found.add("deal.stage_changed")
    if found & {"deal.won", "deal.lost", "deal.stage_changed"}:
        found.add("deal.updated")
    return tuple(sorted(found, key=_rank))


def _rank(event_type: str) -> tuple[int, str]:
    return (_RANK.index(event_type if event_type in _RANK else ""), event_type)
