"""Two actions that write one field of one task on the same event: the later one always wins, which nobody sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition, Test, check
from planhook.core.place import Place
from planhook.core.rule import ActionTemplate, Rule
from planhook.rulebook.condition_doubts import tests_in
from planhook.rulebook.findings import Findings
from planhook.rulebook.implication import covers, parts_of
from planhook.rulebook.kinds import KINDS, NUMBER, TIME
from planhook.rulebook.vocabulary import EVENT_TYPES, TYPES, listens
from planhook.rulebook.witness import Search

_LOOK_BACK = 50  # actions on one key; more would take long and tell nothing new
ENDS = {"complete", "cancel", "delete"}
ENDED = {"deal.won": "won", "deal.lost": "lost"}


@dataclass(frozen=True, eq=False)
class Demand:
    """What a rule asks of events, worked out once however many others it is compared with."""

    rule: Rule

    @cached_property
    def heard(self) -> set[tuple[str, ...]]:
        """What can be true of events that it acts on, of EVENT_TYPES; its tests of type and status count."""
        told = [test for test in self.parts if isinstance(test, Test) and test.path in ("event.type", "deal.status")]
        return {
            types
            for types in EVENT_TYPES
            if any(listens(self.rule.on, name) for name in types) and all(_may_hold(test, types[0]) for test in told)
        }

    @cached_property
    def others(self) -> set[str]:
        """The types that it listens to and that are none of ours."""
        return {name for name in self.rule.on if not any(listens([name], each) for each in TYPES)}

    @cached_property
    def parts(self) -> list[Condition]:
        """What must all hold."""
        return parts_of(self.rule.condition)

    @cached_property
    def paths(self) -> set[str]:
        """All fields that it looks at."""
        return {test.path for test, _ in tests_in(self.rule.condition, is_excluded=False)}


Written = tuple[Demand, ActionTemplate]


def warn_of_overlaps(rules: Sequence[Rule], calendar: Calendar, findings: Findings) -> None:
    """Add a warning where it is plain to see: same key, same field, different values, and the next one before."""
    search = Search(calendar)
    for writers in by_key(rules).values():
        for index, later in enumerate(writers):
            before = reversed(writers[max(0, index - _LOOK_BACK) : index])
            met = (_warnings(earlier, later) for earlier in before if _meet(earlier[0], later[0], search))
            for place, message in next((warnings for warnings in met if warnings), ()):
                findings.add_at(place, message, "warning")


def by_key(rules: Sequence[Rule]) -> dict[str, list[Written]]:
    """All that live rules write, by the key of the task."""
    found: dict[str, list[Written]] = {}
    for rule in rules:
        demand = Demand(rule)
        for action in rule.then:
            if action.key is not None and rule.mode == "live":
                # However many blanks an author writes inside {{ }}.
                found.setdefault(repr(action.key.parts), []).append((demand, action))
    return found


def _warnings(earlier: Written, later: Written) -> list[tuple[Place, str]]:
    (first, lost), (_, won) = earlier, later
    other = f"is also written by {first.rule.name!r} ({lost.place}) on the same event; this one, the later, always wins"
    if lost.action != won.action and {lost.action, won.action} <= ENDS:
        told = f"{won.action} undoes the {lost.action} of {first.rule.name!r} ({lost.place}) on the same event"
        return [(won.place, told)]
    return [
        (won.where(name), f"{name} {other}")
        for name in won.fields
        if name in lost.fields and won.fields[name] != lost.fields[name]
    ]


def _meet(first: Demand, second: Demand, search: Search) -> bool:
    """Whether both surely act on some event: one demands all that the other does, or an event was found for both."""
    if first is second:
        return True
    one, other = first.rule.sources, second.rule.sources
    if one and other and one != other:
        return False
    others = first.others & second.others
    heard = first.heard & second.heard
    if not others and not heard:
        return False
    if _covers(first, second) or _covers(second, first):
        return True
    if not search.left or not _are_apart(first, second):
        return False
    conditions = [each.rule.condition for each in (first, second) if each.rule.condition]
    source = {"event.source": (*one, *other)[0]} if one or other else {}
    types = [*(_known_of(types[0]) for types in heard), *({"event.type": name} for name in others)]
    return any(search.finds(conditions, {**source, **known}) for known in types)


def _are_apart(first: Demand, second: Demand) -> bool:
    """Whether what only one of them looks at goes with anything that the other looks at, as an amount or a time does.

    A stage may belong to one pipeline and to one status: who looks at different fields may mean different deals.
    """
    alone = (first.paths - second.paths, second.paths - first.paths)
    return any({KINDS.get(path) for path in paths} <= {NUMBER, TIME} for paths in alone)


def _known_of(event_type: str) -> dict[str, str]:
    ended = {"deal.status": ENDED[event_type]} if event_type in ENDED else {}
    return {"event.type": event_type, **ended}


def _may_hold(test: Test, event_type: str) -> bool:
    if test.path == "deal.status" and event_type not in ENDED:
        return True
    data = {"event": {"type": event_type}, "deal": {"status": ENDED.get(event_type)}}
    return check(test, data, Calendar()).holds


def _covers(one: Demand, other: Demand) -> bool:
    """Whether what meets the condition of `one` meets that of `other`, as far as the tests show it."""
    return all(any(covers(mine, theirs) for mine in one.parts) for theirs in other.parts)
