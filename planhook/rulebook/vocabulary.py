"""The words that rules may use of an event: types and fields, as every source gives them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from planhook.rulebook.event_words import OF_STRIPE, RECORDS, meant_name, plain
from planhook.rulebook.suggestion import closest, suggestion
from planhook.sources.deal import DEAL_FIELDS
from planhook.sources.meeting import MEETING_FIELDS

# What can be true of one event at once, the most specific type first.
EVENT_TYPES: tuple[tuple[str, ...], ...] = (
    ("deal.created",),
    ("deal.won", "deal.stage_changed", "deal.updated"),
    ("deal.lost", "deal.stage_changed", "deal.updated"),
    ("deal.stage_changed", "deal.updated"),
    ("deal.updated",),
    ("deal.deleted",),
    ("meeting.scheduled",),
    ("meeting.updated", "meeting.scheduled"),
    ("meeting.cancelled",),
    ("meeting.ended",),
    ("meeting.no_show",),
)
TYPES = tuple(types[0] for types in EVENT_TYPES)

_TYPE_SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "deal": {
        **dict.fromkeys(("close", "closed", "closed_won", "closedwon"), "won"),
        **dict.fromkeys(("closed_lost", "closedlost"), "lost"),
        **dict.fromkeys(("new", "added", "create", "creation"), "created"),
        **dict.fromkeys(("stage", "moved", "stage_change", "stagechanged"), "stage_changed"),
        **dict.fromkeys(("changed", "edited", "modified", "update", "change"), "updated"),
        **dict.fromkeys(("propertychange", "property_change", "propertychanged", "property_changed"), "updated"),
        **dict.fromkeys(("removed", "delete", "deletion"), "deleted"),
    },
    "meeting": {
        **dict.fromkeys(("created", "new", "booked", "planned", "invited", "added"), "scheduled"),
        **dict.fromkeys(("changed", "moved", "rescheduled", "modified", "edited"), "updated"),
        **dict.fromkeys(("deleted", "removed", "canceled"), "cancelled"),
        **dict.fromkeys(("over", "done", "finished", "completed", "held"), "ended"),
        **dict.fromkeys(("noshow", "missed"), "no_show"),
    },
}
_SIDES: Mapping[str, tuple[str, ...]] = {
    "from": ("old", "before", "previous", "was"),
    "to": ("new", "after", "current", "now"),
}
_NOW = ("now", "today", "date", "time", "utcnow", "timestamp")
_TELL_DEALS = ("close", "dataverse", "hubspot", "pipedrive", "salesforce", "zoho")
_TELL_MEETINGS = (
    *("calcom", "calendly", "google-calendar", "icalendar", "mailgun"),
    *("microsoft-graph", "postmark", "sendgrid", "ses", "zoom"),
)
_TELL_NEITHER = ("attio", "stripe")
_SLIP = 0.8  # "invoice" is no slip of "invites"

FIELDS: Mapping[str, tuple[str, ...]] = {
    "event": ("id", "source", "type", "types", "occurred_at", "received_at", "sequence", "sender_id"),
    "deal": tuple(DEAL_FIELDS),
    "meeting": tuple(MEETING_FIELDS),
}
# All that a field can be, where that is known.
WORDS: Mapping[str, tuple[str, ...]] = {
    "deal.status": ("open", "won", "lost"),
    "meeting.status": ("confirmed", "tentative", "cancelled"),
    "meeting.attendees.0.response": ("accepted", "declined", "tentative", "needs-action"),
}


def names_value(path: str) -> bool:
    """Whether `path` names a value that an event may have, as `deal.name` and `payload.id` do."""
    root, _, rest = path.partition(".")
    return rest.partition(".")[0] in FIELDS[root] if root in FIELDS else root in ("payload", "changes") and bool(rest)


def meant_path(path: str, others: Iterable[str] = ()) -> str:
    """The sentence that follows "no part of an event": a path begins otherwise, or with one of `others`."""
    known = (*FIELDS, "changes", "payload", *others)
    root, _, below = path.partition(".")
    if root in _NOW:
        return "count from event.occurred_at, when it happened: a replay then gives the same"
    if written := _written_otherwise(root, below):
        return f"did you mean {written}?"
    if closest(root, known) is None:
        joined = path.replace(".", "_")  # company.name for deal.company_name
        meant = [f"{each}.{joined}" for each in ("deal", "meeting") if joined in FIELDS[each]]
        meant += [f"{each}.{path}" for each in ("deal", "meeting") if below and root in FIELDS[each]]
        if meant:
            return f"did you mean {' or '.join(meant)}?"
    return suggestion(root, known)


def _written_otherwise(root: str, below: str) -> str | None:
    """`deal.id` for `deal_id`, and `deal.amount` for `Deal.Amount` or `opportunity.value`."""
    folded = plain(root)
    if below:
        meant = RECORDS.get(folded, folded)
        if meant not in FIELDS or meant == root:
            return None
        first, *deeper = below.split(".")
        name = plain(first) if plain(first) in FIELDS[meant] else meant_name(meant, first)
        return ".".join([meant, name, *deeper]) if name else None
    for each in FIELDS:
        name = folded.removeprefix(f"{each}_")
        if name != folded and (name := name if name in FIELDS[each] else meant_name(each, name) or ""):
            return f"{each}.{name}"
    return None


def meant_field(root: str, steps: Sequence[str]) -> str | None:
    """The path that `steps` below `root` stand for when there is none like that; None when nothing comes near."""
    if (bare := steps[0].partition("[")[0]) in FIELDS[root]:
        return re.sub(r"\[['\"]?(\w+)['\"]?\]", r".\1", ".".join([root, *steps])) if bare != steps[0] else None
    joined = "_".join(steps)  # owner.email for owner_email
    near = joined if joined in FIELDS[root] else meant_name(root, joined) or closest(steps[0], FIELDS[root])
    return f"{root}.{near}" if near else None


def meant_change(path: str) -> str:
    """What to write for a `path` into changes that names neither side of one."""
    field, _, side = path.rpartition(".")
    for meant, words in _SIDES.items():
        if side in words:
            return f"did you mean {field}.{meant}?"
    return f"write {path}.from or {path}.to"


def doubt_type(event_type: str) -> str | None:
    """What is odd about a type that someone wrote by hand, None when nothing is.

    Only of `deal.*` and `meeting.*` all types are known: a JSON source may send any other.
    """
    if event_type in TYPES or not event_type.startswith(("deal.", "meeting.")):
        return None
    return f"there is no type of event {event_type} ({meant_type(event_type)})"


def meant_type(name: str, sources: Mapping[str, Any] | None = None) -> str:
    """The sentence that follows "no type of event"; `sources` may name their own types."""
    several = [each for each in re.split(r"[\s,;|/]+|\bor\b", name) if each]
    if len(several) > 1 and all(each in TYPES for each in several):
        return f"write a list: [{', '.join(several)}]"
    root, _, word = name.casefold().rpartition(".")
    if root in ("deals", "meetings"):
        return f"did you mean {root.removesuffix('s')}.{word}?"
    meant = [
        f"{each}.{_TYPE_SYNONYMS[each][word]}"
        for each in _TYPE_SYNONYMS
        if root in (each, "") and word in _TYPE_SYNONYMS[each]
    ]
    meant += [each for each in TYPES if not root and each.endswith(f".{word}")]
    if not meant and closest(name, TYPES) is None and (own := _own_types(name, sources or {})):
        return own
    return f"did you mean {' or '.join(dict.fromkeys(meant))}?" if meant else suggestion(name, TYPES)


def meant_source(name: str, sources: Mapping[str, Any]) -> str:
    """The sentence that follows "there is no source" of a type that begins with none of `sources`."""
    root, _, word = name.partition(".")
    if meant := _meant_record(root, word):
        return f"did you mean {meant}?"
    if root in OF_STRIPE and (stripes := [each for each in sorted(sources) if kind_of(sources[each]) == "stripe"]):
        return f"write {' or '.join(f'{each}.{name}' for each in stripes)}"
    near = closest(name, TYPES)
    if near and closest(root, [near.partition(".")[0]]):
        return f"did you mean {near}?"
    if slip := closest(root, sources, cutoff=_SLIP):
        return f"did you mean {slip}?"
    known, own = f"known are {', '.join(sorted(sources))}", _own_types(name, sources)
    # What has two dots may well begin with a source, one that is still to be written.
    return f"{known}; or {own}" if own and name.count(".") > 1 else own or known


def meant_sender(name: str, sources: Mapping[str, Any]) -> str:
    """The sentence that follows "there is no source" of a name under `from`."""
    several = [each for each in re.split(r"[\s,;|/]+|\b(?:or|and)\b", name) if each]
    if len(several) > 1 and all(each in sources for each in several):
        return f"write a list: [{', '.join(several)}]"
    of_kind = [each for each in sorted(sources) if kind_of(sources[each]) == name.casefold()]
    return f"did you mean {' or '.join(of_kind)}?" if of_kind else suggestion(name, sorted(sources))


def _meant_record(root: str, word: str) -> str | None:
    """The type that other tools name after another word for a deal or a meeting."""
    record, word = RECORDS.get(root.casefold(), ""), plain(word)
    meant = f"{record}.{_TYPE_SYNONYMS.get(record, {}).get(word, word)}"
    return meant if meant in TYPES else None


def _own_types(name: str, sources: Mapping[str, Any]) -> str | None:
    """How to write the type `name` of a source that calls its events what it likes, None when there is none."""
    free = [each for each in sorted(sources) if not tells_own_ids(sources[each])]
    return f"write {' or '.join(f'{each}.{name}' for each in free)}" if free and name not in sources else None


def may_send(source: str, config: Any, name: str) -> bool:
    """Whether a source of that name, written as `config`, may send events that `name` (a type or glob) stands for."""
    kind = kind_of(config)
    root = name.partition(".")[0]
    if root == "deal":
        return kind not in (*_TELL_MEETINGS, *_TELL_NEITHER)
    if root == "meeting":
        return kind not in (*_TELL_DEALS, *_TELL_NEITHER)
    return fnmatchcase(source, root) or bool(set(root) & set("*?["))


def kind_of(config: Any) -> str | None:
    """The kind of a source written as `config`, None when it says none."""
    return str(config["kind"]) if isinstance(config, Mapping) and "kind" in config else None


def tells_own_ids(config: Any) -> bool:
    """Whether a source written as `config` is of a CRM whose ids are never those of Planhat."""
    return isinstance(config, Mapping) and config.get("kind") in (*_TELL_DEALS, *_TELL_MEETINGS, *_TELL_NEITHER)


def misspelt_field(name: str) -> str | None:
    """The field of a deal or meeting that differs from `name` by a slip, None for any other name."""
    known = (*FIELDS["deal"], *FIELDS["meeting"])
    near = get_close_matches(name, known, n=1, cutoff=0.85)
    return near[0] if near and name not in known else None


def listens(on: Iterable[str], event_type: str) -> bool:
    """Whether one of the names or globs in `on` stands for the type."""
    return any(fnmatchcase(event_type, pattern) for pattern in on)
