"""What a source, as it is written in a file, can send and tell; of kinds that may tell anything nothing is said."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from planhook.rulebook.mapped_properties import is_unmapped_property, remedy_of_property
from planhook.rulebook.sent import acts_on_meetings_only, sends_type, why_never
from planhook.rulebook.vocabulary import EVENT_TYPES, FIELDS, TYPES, listens, may_send

_MAPPED = ("json", "cloudevents")
_THIN = ("google-calendar", "microsoft-graph")  # without fetch they tell of nothing
_NEVER_TOLD: Mapping[str, tuple[str, ...]] = {
    "salesforce": ("deal.pipeline", "deal.owner_email", "deal.company_name", "changes"),
    "zoom": ("meeting.attendees", "meeting.domains", "meeting.location"),
}
# One change of one property: of a deal that was won or moved the stage, and nothing else.
_OF_ONE_PROPERTY = ("deal.created", "deal.won", "deal.lost", "deal.stage_changed", "deal.deleted")
_TOLD_WITH_IT = ("id", "stage", "status", "closed_at", "url", "properties")
_CONSTANT = re.compile(r"\s*'([^']*)'\s*")
_FOLLOWS = {"end": ("start",), "domains": ("organizer", "attendees")}  # of a meeting


def sends(source: str, config: Any, name: str) -> bool:
    """Whether a source of that name, written as `config`, may send events that `name` (a type or glob) stands for."""
    if not may_send(source, config, name):
        return False
    if not isinstance(config, Mapping):
        return True
    kind, meant = str(config.get("kind")), [each for each in TYPES if listens([name], each)]
    if not name.startswith(("deal.", "meeting.")):
        if acts_on_meetings_only(kind) and not meant:
            return False
        constant = constant_type(config)
        return constant is None or listens([name], constant if _is_shared(constant) else f"{source}.{constant}")
    if (kind in _THIN and not config.get("fetch")) or not sends_type(kind, meant):
        return False
    events = _events_of(config)
    if events is None:
        return True
    root = name.partition(".")[0]
    return "id" in _mapped(events, root) and _type_fits(events, root, meant)


def may_send_other(source: str, config: Any, name: str) -> bool:
    """Whether it may send a type of a deal or meeting that is none of ours, as messages that name it themselves do."""
    if not isinstance(config, Mapping) or config.get("kind") not in _MAPPED:
        return False
    return sends(source, config, name) and constant_type(config) is None


def is_untold(config: Any, path: str, on: Iterable[str]) -> bool:
    """Whether a source written as `config` never tells the field `path` of an event that one of `on` stands for."""
    if not isinstance(config, Mapping):
        return False
    root, _, below = path.partition(".")
    name = below.partition(".")[0]
    kind = str(config.get("kind"))
    if {root, f"{root}.{name}"} & set(_NEVER_TOLD.get(kind, ())):
        return True
    if kind == "hubspot" and root == "deal" and not config.get("fetch") and config.get("signature") != "v2":
        return name not in _TOLD_WITH_IT and all(each in _OF_ONE_PROPERTY for each in on)
    events = _events_of(config)
    if events is None or root not in ("deal", "meeting", "changes") or name == "status":
        return False
    mapped = _mapped(events, root)
    if root in FIELDS and not mapped.keys() <= set(FIELDS[root]):
        return False  # a key of the mapping is wrong, and told
    if root == "changes":
        if "." in below and not below.endswith((".from", ".to")):
            return False  # told where it is named
        return not isinstance(events.get("changes"), str) and name not in mapped
    if is_unmapped_property(mapped, below):
        return True
    return name not in mapped and not any(each in mapped for each in _FOLLOWS.get(name, ()))


def remedy(config: Mapping[str, Any], path: str) -> str:
    """What to do so that a source written as `config` tells the field `path`; empty where nothing helps."""
    root, _, below = path.partition(".")
    mapped = _mapped(_events_of(config) or {}, root)
    if is_unmapped_property(mapped, below):
        return remedy_of_property(mapped, path)
    if config.get("kind") in _MAPPED:
        return f" (map it under events.{path.partition('.')[0]})"
    return " (add fetch: to it)" if config.get("kind") == "hubspot" else ""


def why_silent(config: Any, name: str) -> str:
    """Why a source written as `config`, whose kind may send events of that name, sends none, where that is known."""
    if not isinstance(config, Mapping):
        return ""
    if config.get("kind") in _THIN and not config.get("fetch"):
        return " (without fetch it tells only that something has changed)"
    root = name.partition(".")[0]
    events = _events_of(config)
    if root not in ("deal", "meeting") and (constant := constant_type(config)):
        return f" (under events its type is always '{constant}')"
    if events is None:
        return why_never(config, root)
    if root not in ("deal", "meeting") or "id" in _mapped(events, root):
        return ""
    return f" (under events it maps no {root}.id)"


def constant_type(config: Mapping[str, Any]) -> str | None:
    """What a source calls all that it sends, None when its messages say so themselves."""
    constant = _CONSTANT.fullmatch(str((_events_of(config) or {}).get("type")))
    return constant[1] if constant else None


def _is_shared(event_type: str) -> bool:
    """Whether a type is one that does not begin with its source."""
    return event_type.startswith(("deal.", "meeting."))


def _events_of(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The mapping of a source that has one of its own."""
    events = config.get("events") if config.get("kind") in _MAPPED else None
    return events if isinstance(events, Mapping) else None


def _mapped(events: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    found = events.get(part)
    return found if isinstance(found, Mapping) else {}


def _type_fits(events: Mapping[str, Any], root: str, meant: Sequence[str]) -> bool:
    """Whether a type that is the same for all messages can become one of those that are meant; any other can."""
    written = _CONSTANT.fullmatch(str(events.get("type")))
    if not written:
        return True
    constant = written[1]
    if not constant.startswith(f"{root}."):  # a deal that is mapped may be won or lost all the same
        return root == "deal" and not _is_shared(constant) and bool({"status", "stage"} & _mapped(events, root).keys())
    if meant == ["deal.stage_changed"] and constant != meant[0] and isinstance(events.get("changes", {}), Mapping):
        return "stage" in _mapped(events, "changes")
    others = [each for types in EVENT_TYPES if constant in types for each in types]
    return constant not in TYPES or any(each in (constant, *others) for each in meant)
