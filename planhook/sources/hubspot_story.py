"""What one element of HubSpot says: of which deal it tells, what became of it, and what has changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planhook.core.event import JSON
from planhook.sources import values
from planhook.sources.deal import read_deal
from planhook.sources.hubspot_deal import canonical, canonical_name
from planhook.sources.member import object_at

_OBJECT_TYPES = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-5": "ticket"}


@dataclass(frozen=True)
class Story:
    """How the event is called, the deal's canonical fields and what changed.

    Without an `id` among the fields it is not known which deal this is about.
    """

    said: str
    deal: Mapping[str, JSON]
    changes: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)


def subscription_of(element: Mapping[str, JSON]) -> str:
    """`deal.creation`: what subscribes to objects in general is named as if it subscribed to the kind of object.

    Raises ValueError.
    """
    subscription = element.get("subscriptionType") or element.get("eventType")
    if not subscription:
        raise ValueError("subscriptionType is missing")
    if not isinstance(subscription, str) or len(subscription) > 100:
        raise ValueError("subscriptionType is no name")
    noun, dot, verb = subscription.partition(".")
    if noun == "object":
        noun = _OBJECT_TYPES.get(str(element.get("objectTypeId") or element.get("fromObjectTypeId")), noun)
    return f"{noun}{dot}{verb}"


def tell(subscription: str, element: Mapping[str, JSON]) -> Story | None:
    """The story of an element of `subscription`; None when that is not about deals. Raises ValueError."""
    noun, _, verb = subscription.partition(".")
    return _TELLERS[verb](element) if noun == "deal" and verb in _TELLERS else None


def tell_of_workflow(element: Mapping[str, JSON]) -> Story | None:
    """The story of an object that a workflow sends; None when that is no deal. Raises ValueError.

    HubSpot's pages show several shapes: properties under `properties` or beside the id, as they are or as `{value: …}`.
    """
    given = object_at(element, "properties") if "properties" in element else element
    properties = {name: each["value"] if _is_wrapped(each) else each for name, each in given.items()}
    if not _is_deal(element, properties):
        return None
    number = _required_id({**properties, **element}, "objectId", "dealId", "id", "hs_object_id")
    return Story("deal.updated", {"id": number, **canonical(properties)})


def _is_wrapped(value: JSON) -> bool:
    return isinstance(value, dict) and "value" in value


def _is_deal(element: Mapping[str, JSON], properties: Mapping[str, JSON]) -> bool:
    """By the type of object, where it is told; else by the names of the properties."""
    if kind := element.get("objectType") or element.get("objectTypeId"):
        return str(kind).upper() in ("DEAL", "0-3")
    return "objectId" in element or "dealId" in element or any(name.startswith("deal") for name in properties)


def id_in(element: Mapping[str, JSON], *keys: str) -> str | None:
    """The first id that stands under one of `keys`; None without any. Raises ValueError that names the key."""
    for key in keys:
        value = element.get(key)
        try:
            found = None if value is None else values.identifier(value)
        except ValueError as error:
            raise ValueError(f"{key} {error}") from None
        if found:
            return found
    return None


def _required_id(element: Mapping[str, JSON], *keys: str) -> str:
    found = id_in(element, *keys)
    if not found:
        raise ValueError(f"{keys[0]} is missing")
    return found


def _plain(said: str) -> Callable[[Mapping[str, JSON]], Story]:
    return lambda element: Story(said, {"id": _required_id(element, "objectId")})


def _merge(element: Mapping[str, JSON]) -> Story:
    """The deal that is left: a new one, or else the one that took the others in."""
    return Story("deal.updated", {"id": _required_id(element, "objectId", "newObjectId", "primaryObjectId")})


def _property_change(element: Mapping[str, JSON]) -> Story:
    number = _required_id(element, "objectId")
    name, value = element.get("propertyName"), element.get("propertyValue")
    if not isinstance(name, str) or not name:
        raise ValueError("propertyName is missing")
    deal = {"id": number, **canonical({name: value})}
    if "status" in deal:
        return Story("deal.updated", deal, {"status": {"to": deal["status"]}})
    known = canonical_name(name)
    told = read_deal(deal).get(known) if known else value
    return Story("deal.updated", deal, {known or name: {"to": told}})


def _association_change(element: Mapping[str, JSON]) -> Story:
    """HubSpot tells it from both sides. Only the deal's primary company is a field of the deal."""
    ours, theirs = _sides(element)
    number = _required_id(element, f"{ours}ObjectId") if ours else id_in(element, "objectId")
    if not number:
        return Story("deal.updated", {})
    if not ours or _noun(element, theirs) != "company" or element.get("isPrimaryAssociation") is not True:
        return Story("deal.updated", {"id": number})
    company = _required_id(element, f"{theirs}ObjectId")
    if element.get("associationRemoved") is True:
        return Story("deal.updated", {"id": number}, {"company_id": {"from": company, "to": None}})
    return Story("deal.updated", {"id": number, "company_id": company}, {"company_id": {"to": company}})


def _sides(element: Mapping[str, JSON]) -> tuple[str, str]:
    """Where the deal stands and where the other object does; both empty when neither is known as a deal."""
    if _noun(element, "from") == "deal":
        return "from", "to"
    return ("to", "from") if _noun(element, "to") == "deal" else ("", "")


def _noun(element: Mapping[str, JSON], side: str) -> str | None:
    """ "company" by `toObjectTypeId: 0-2`, or else by `associationType: DEAL_TO_COMPANY`."""
    number = element.get(f"{side}ObjectTypeId")
    if number is not None:
        return _OBJECT_TYPES.get(str(number))
    before, _, after = str(element.get("associationType")).partition("_TO_")
    return (before if side == "from" else after).lower()


_TELLERS: Mapping[str, Callable[[Mapping[str, JSON]], Story]] = {
    "creation": _plain("deal.created"),
    "deletion": _plain("deal.deleted"),
    "merge": _merge,
    "restore": _plain("deal.updated"),
    "propertyChange": _property_change,
    "associationChange": _association_change,
}
