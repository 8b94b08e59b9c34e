"""What an example gives of a deal or meeting, as one source would tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.rulebook.located import Path
from planhook.rulebook.suggestion import closest, suggestion
from planhook.rulebook.vocabulary import WORDS
from planhook.sources.deal import read_deal
from planhook.sources.mapping import read_changes
from planhook.sources.meeting import read_meeting
from planhook.sources.telling import Telling, settle_deal
from planhook.sources.values import FieldInvalid

_NEAR = 0.85  # "wonn" and "losst" are; "reopen" may be a sender's own


class GivenInvalid(ValueError):
    """What is given at `path` is nothing that a sender could tell."""

    def __init__(self, path: Path, told: str) -> None:
        super().__init__(told)
        self.path = path


@dataclass(frozen=True, slots=True)
class Record:
    """The part of an event that follows from how its source tells of deals and meetings."""

    types: tuple[str, ...]
    deal: Mapping[str, Any] | None
    meeting: Mapping[str, Any] | None
    changes: Mapping[str, Any]


def read_record_of(
    given: Mapping[str, Any], written: str, types: tuple[str, ...], telling: Telling, internal: frozenset[str]
) -> Record:
    """What a source that tells so makes of `given`, which is called `written`.

    All of `types`, those that are written, stay if one of them can be what its sender calls such an event. What is
    left out of a deal or meeting counts as not asked for, its id as well. Raises GivenInvalid.
    """
    try:
        changes = given.get("changes") or {}
        changes = read_changes(changes) if telling.mapped else changes
        deal = None if _all_begin("meeting.", types or (written,)) else _deal(given, telling)
        meeting = None if _all_begin("deal.", types or (written,)) else _meeting(given, written, telling, internal)
    except FieldInvalid as fault:
        raise GivenInvalid(tuple(fault.path.split(".")), str(fault)) from None
    found = _types(written, deal, meeting, changes, telling)
    possible = (_types(said, deal, meeting, changes, telling) for said in types)
    if (derived := next((one for one in possible if set(one) <= set(types)), None)) is not None:
        found = derived if len(derived) == len(types) else types
    settled = deal or {}, meeting or {}
    settle_deal(settled[0], found[0])
    telling.settle_meeting(settled[1], found[0])
    return Record(found, settled[0] or deal, settled[1] or meeting, changes)


def _types(
    said: str,
    deal: Mapping[str, Any] | None,
    meeting: Mapping[str, Any] | None,
    changes: Mapping[str, Any],
    telling: Telling,
) -> tuple[str, ...]:
    if said.startswith("meeting."):
        return telling.meeting_types(said, meeting or {})
    if said.startswith("deal.") or (deal and deal.get("id")):
        return telling.types(said, deal or {}, changes)
    return (said,)


def _all_begin(noun: str, types: tuple[str, ...]) -> bool:
    """Whether an event is about a deal or a meeting alone; one that its sender has a name for may tell of both."""
    return all(one.startswith(noun) for one in types)


def _deal(given: Mapping[str, Any], telling: Telling) -> dict[str, Any] | None:
    if given.get("deal") is None:
        return None
    deal = read_deal(given["deal"])
    _check_word("deal.status", deal.get("status"), telling)
    return deal


def _meeting(given: Mapping[str, Any], said: str, telling: Telling, internal: frozenset[str]) -> dict[str, Any] | None:
    if given.get("meeting") is None:
        return None
    meeting = read_meeting(given["meeting"], internal)
    _check_word("meeting.status", meeting.get("status"), telling)
    if telling.leaves_end_open and said == "meeting.updated" and given["meeting"].get("end") in (None, ""):
        meeting.pop("end", None)
    return meeting


def _check_word(path: str, word: Any, telling: Telling) -> None:
    """Raise GivenInvalid for a word that a field never is; of senders with words of their own, for a slip in ours.

    Of a meeting's status there is more than one spelling, so that none is a slip.
    """
    if word is None or word in WORDS[path]:
        return
    if not telling.passes_words_on or (path == "deal.status" and closest(word, WORDS[path], cutoff=_NEAR)):
        raise GivenInvalid(tuple(path.split(".")), f"no {path} is {word} ({suggestion(word, WORDS[path])})")
