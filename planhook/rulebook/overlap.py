"""Two actions that write one field of one task on the same event: the later one always wins, which nobody sees."""

from collections.abc import Sequence

from planhook.core.calendar import Calendar
from planhook.core.condition import Test, check
from planhook.core.place import Place
from planhook.core.rule import ActionTemplate, Rule
from planhook.rulebook.condition_doubts import tests_in
from planhook.rulebook.findings import Findings
from planhook.rulebook.implication import covers, parts_of
from planhook.rulebook.kinds import KINDS, NUMBER, TIME
from planhook.rulebook.vocabulary import EVENT_TYPES, TYPES, listens
from planhook.rulebook.witness import Search

_LOOK_BACK = 50  # actions on one key; more would take long and tell nothing new
_ENDS = {"complete", "cancel", "delete"}
_ENDED = {"deal.won": "won", "deal.lost": "lost"}
_Written = tuple[Rule, ActionTemplate]


def warn_of_overlaps(rules: Sequence[Rule], calendar: Calendar, findings: Findings) -> None:
    """Add a warning where it is plain to see: same key, same field, different values, and the next one before."""
    search = Search(calendar)
    by_key: dict[str, list[_Written]] = {}
    for rule in rules:
        for action in rule.then:
            if action.key is not None and rule.mode == "live":
                # However many blanks an author writes inside {{ }}.
                by_key.setdefault(repr(action.key.parts), []).append((rule, action))
    for writers in by_key.values():
        for index, later in enumerate(writers):
            before = reversed(writers[max(0, index - _LOOK_BACK) : index])
            met = (_warnings(earlier, later) for earlier in before if _meet(earlier[0], later[0], search))
            for place, message in next((warnings for warnings in met if warnings), ()):
                findings.add_at(place, message, "warning")


def _warnings(earlier: _Written, later: _Written) -> list[tuple[Place, str]]:
    (first, lost), (_, won) = earlier, later
    other = f"is also written by {first.name!r} ({lost.place}) on the same event; this one, the later, always wins"
    if lost.action != won.action and {lost.action, won.action} <= _ENDS:
        told = f"{won.action} undoes the {lost.action} of {first.name!r} ({lost.place}) on the same event"
        return [(won.place, told)]
    return [
        (won.where(name), f"{name} {other}")
        for name in won.fields
        if name in lost.fields and won.fields[name] != lost.fields[name]
    ]


def _meet(first: Rule, second: Rule, search: Search) -> bool:
    """Whether both surely act on some event: one demands all that the other does, or an event was found for both."""
    if first is second:
        return True
    if first.sources and second.sources and first.sources != second.sources:
        return False
    others = {name for name in set(first.on) & set(second.on) if not any(listens([name], each) for each in TYPES)}
    heard = _heard(first) & _heard(second)
    if not others and not heard:
        return False
    if _demands(first, second) or _demands(second, first):
        return True
    if not search.left or not _are_apart(first, second):
        return False
    conditions = [each.condition for each in (first, second) if each.condition]
    sources = (*first.sources, *second.sources)
    source = {"event.source": sources[0]} if sources else {}
    types = [*(_known_of(types[0]) for types in heard), *({"event.type": name} for name in others)]
    return any(search.finds(conditions, {**source, **known}) for known in types)


def _are_apart(first: Rule, second: Rule) -> bool:
    """Whether what only one of them looks at goes with anything that the other looks at, as an amount or a time does.

    A stage may belong to one pipeline and to one status: who looks at different fields may mean different deals.
    """
    one, other = ({test.path for test, _ in tests_in(each.condition, is_excluded=False)} for each in (first, second))
    own = ({KINDS.get(path) for path in paths} for paths in (one - other, other - one))
    return any(kinds <= {NUMBER, TIME} for kinds in own)


def _known_of(event_type: str) -> dict[str, str]:
    ended = {"deal.status": _ENDED[event_type]} if event_type in _ENDED else {}
    return {"event.type": event_type, **ended}


def _heard(rule: Rule) -> set[tuple[str, ...]]:
    """What can be true of events that the rule acts on, of EVENT_TYPES; its tests of type and status count."""
    tests = [part for part in parts_of(rule.condition) if isinstance(part, Test)]
    told = [test for test in tests if test.path in ("event.type", "deal.status")]
    return {
        types
        for types in EVENT_TYPES
        if any(listens(rule.on, name) for name in types) and all(_may_hold(test, types[0]) for test in told)
    }


def _may_hold(test: Test, event_type: str) -> bool:
    if test.path == "deal.status" and event_type not in _ENDED:
        return True
    data = {"event": {"type": event_type}, "deal": {"status": _ENDED.get(event_type)}}
    return check(test, data, Calendar()).holds


def _demands(one: Rule, other: Rule) -> bool:
    """Whether what meets the condition of `one` meets that of `other`, as far as the tests show it."""
    given = parts_of(one.condition)
    return all(any(covers(mine, theirs) for mine in given) for theirs in parts_of(other.condition))
