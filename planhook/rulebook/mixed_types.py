"""Rules on types of deals and of meetings that need a field of one kind: all events of the other kind end dead."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition, Group, Test, check
from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.core.template import Placeholder
from planhook.rulebook.findings import Findings
from planhook.rulebook.kinds import templates_of
from planhook.rulebook.templates import placeholders
from planhook.rulebook.told import sends
from planhook.rulebook.vocabulary import EVENT_TYPES, FIELDS, listens, names_value

_RECORDS = ("deal", "meeting")
_MAKE_DO = ("default", "lookup")  # of nothing
_TYPE = ("event.type", "event.types")
_CALENDAR = Calendar()


def warn_of_mixed_types(rules: Sequence[Rule], sources: Mapping[str, Any], findings: Findings) -> None:
    """Add a warning for each. `sources` has all of them as they are written, none when not all are known."""
    for rule in rules:
        senders = {name: each for name, each in sources.items() if not rule.sources or listens(rule.sources, name)}
        heard = [types for types in EVENT_TYPES if _hears(rule, types, senders)]
        if len({_root(types) for types in heard}) < len(_RECORDS):
            continue
        for root in _RECORDS:
            without = [types for types in heard if _root(types) != root and _may_act(rule.condition, types)]
            needed = list(_needed(rule, root)) if without else []
            if needed:
                named = " and ".join(dict.fromkeys(path for _, path in needed))
                names = [name for name in rule.on if any(listens([name], each) for types in without for each in types)]
                are_absent = "are always absent" if " and " in named else "is always absent"
                told = (
                    f"for {' or '.join(names)} there is no {root}, so {named} {are_absent}"
                    " and such an event ends dead; write a rule of its own for it"
                )
                findings.add_at(needed[0][0], told, "warning")


def _root(types: Sequence[str]) -> str:
    return types[0].partition(".")[0]


def _hears(rule: Rule, types: Sequence[str], senders: Mapping[str, Any]) -> bool:
    """Whether such events come: the rule names them, or a pattern does and some source may send them."""
    if not rule.sources and set(rule.on) & set(types):
        return True  # who has no source for them here may keep it elsewhere
    wanted = any(listens(rule.on, each) for each in types)
    return wanted and (not senders or any(sends(name, config, types[0]) for name, config in senders.items()))


def _needed(rule: Rule, root: str) -> Iterator[tuple[Place, str]]:
    """The fields of a record without which an event ends dead, and where each stands."""
    for action in rule.then:
        name = "_id" if action.by_id else "sourceId"
        keys = [(name, action.key)] if action.key else []
        values = [(name, each) for name, value in action.fields.items() for each in templates_of(value)]
        for name, template in (*keys, *values):
            for placeholder in placeholders(template):
                if _is_needed(placeholder, root):
                    yield action.where(name), placeholder.path


def _is_needed(placeholder: Placeholder, root: str) -> bool:
    makes_do = any(used.name in _MAKE_DO for used in placeholder.filters)
    return placeholder.path.startswith(f"{root}.") and names_value(placeholder.path) and not makes_do


def _may_act(condition: Condition | None, types: Sequence[str]) -> bool:
    """Whether a rule with that condition may act on events of these types, as far as the other kind's absence tells."""
    return condition is None or _verdict(condition, types) is not False


def _verdict(condition: Condition, types: Sequence[str]) -> bool | None:
    """Whether it holds for all such events, for none (False), or for some."""
    if isinstance(condition, Test):
        return _of_test(condition, types)
    verdicts = [_verdict(part, types) for part in condition.parts]
    return _of_group(condition, verdicts)


def _of_group(group: Group, verdicts: Sequence[bool | None]) -> bool | None:
    if group.kind == "all":
        return False if False in verdicts else None if None in verdicts else True
    some = True if True in verdicts else None if None in verdicts else False
    if group.kind == "any" or some is None:
        return some
    return not some


def _of_test(test: Test, types: Sequence[str]) -> bool | None:
    root = test.path.partition(".")[0]
    if test.path in _TYPE:
        return check(test, {"event": {"type": types[0], "types": list(types)}}, _CALENDAR).holds
    if root in _RECORDS and root != _root(types):
        return check(test, {}, _CALENDAR).holds
    if root == "changes" and test.path.split(".")[1] in FIELDS[_root(types)]:
        return None
    if root == "changes" and test.path.split(".")[1] in (*FIELDS["deal"], *FIELDS["meeting"]):
        return check(test, {}, _CALENDAR).holds
    return None
