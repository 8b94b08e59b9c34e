"""Tasks that one rule creates and a later one ends on the very events that create them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planhook.core.condition import Condition, Test
from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.core.scalar import as_text
from planhook.rulebook.findings import Findings
from planhook.rulebook.implication import covers, values_of
from planhook.rulebook.overlap import ENDED, ENDS, Demand, Written, by_key

_WON_STAGES = ("won", "closedwon", "closed won")  # besides those that a source names
_MOST_COMPARED = 50  # creates of one task; more would take long and tell nothing new


def warn_of_tasks_ended_at_once(rules: Sequence[Rule], sources: Mapping[str, Any], findings: Findings) -> None:
    """Add a warning for each. `sources` are those that are known, as they are written."""
    won = {*_WON_STAGES, *(stage for config in sources.values() for stage in _stages(config))}
    for writers in by_key(rules).values():
        makers = [(demand, action) for demand, action in writers if action.action == "create"]
        enders = [(demand, action) for demand, action in writers if action.action in ENDS] if makers else []
        for ender in enders:
            for place, message in _of_first(ender, makers, won):
                findings.add_at(place, message, "warning")


def _of_first(ender: Written, makers: Sequence[Written], won: set[str]) -> Iterator[tuple[Place, str]]:
    end, ending = ender
    for make, making in makers[:_MOST_COMPARED]:
        if make is not end and making.position < ending.position and _always_ends(end, make, won):
            told = f"{ending.action} ends the task that {make.rule.name!r} ({making.place}) creates on the same event"
            yield ending.place, f"{told}, so that nobody ever sees it open"
            return


def _always_ends(end: Demand, make: Demand, won: set[str]) -> bool:
    """Whether `end` acts on every event on which `make` does, as far as their types and conditions show it."""
    if end.rule.sources and end.rule.sources != make.rule.sources:
        return False
    if not (make.heard or make.others) or not (make.heard <= end.heard and make.others <= end.others):
        return False
    return all(_holds(part, make, won) for part in end.parts)


def _holds(part: Condition, make: Demand, won: set[str]) -> bool:
    """Whether a part of a condition holds for all events that meet the condition of `make`."""
    if any(covers(each, part) for each in make.parts):
        return True
    if not isinstance(part, Test) or make.others:
        return False
    is_ended = {types[0] for types in make.heard} <= ENDED.keys()
    if part.path == "event.type" or (part.path == "deal.status" and is_ended):
        return True  # else it would not hear those events
    named = part.operator in ("is", "one_of", "changed_to") and part.path == "deal.stage"
    stages = {(as_text(value) or "").casefold() for value in values_of(part)}
    return named and bool(stages & won) and {types[0] for types in make.heard} == {"deal.won"}


def _stages(config: Any) -> Iterator[str]:
    given = config.get("won_stages") if isinstance(config, Mapping) else None
    yield from (str(each).strip().casefold() for each in (given if isinstance(given, list) else [given]) if each)
