"""An explanation as a tree of lines."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from planhook.authoring import Explanation
from planhook.authoring.explain_condition import ConditionTrace, TestTrace
from planhook.authoring.explain_rule import ActionTrace, FieldTrace, ListeningTrace, RuleTrace
from planhook.authoring.explain_value import PlaceholderTrace
from planhook.cli.tree import Branch
from planhook.core.comparison import COMPARISONS, worded
from planhook.core.event import iso
from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.core.scalar import is_empty, shown

NotKept = Mapping[tuple[str, str], str]  # what Planhat does not keep, by rule and field


def explanation_tree(explanation: Explanation, not_kept: NotKept, more: tuple[Branch, ...] = ()) -> Branch:
    """The event with a branch for every rule, and `more` below them."""
    event = explanation.event
    branches = [_rule(rule, not_kept) for rule in explanation.rules]
    branches += (_switched_off(rule) for rule in explanation.switched_off)
    if explanation.unseen:
        branches.insert(0, Branch(f"no rule sees it: {explanation.unseen}", colour="yellow"))
    if explanation.note:
        branches.insert(0, Branch(f"note: {explanation.note}", colour="yellow"))
    text = f"{event.type} from {event.source} at {iso(event.occurred_at)} ({event.id})"
    return Branch(text, (*branches, *more), bold=True)


def value_text(value: Any) -> str:
    """A value as it goes to Planhat: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _switched_off(rule: Rule) -> Branch:
    return Branch(f"– {rule.name}: switched off (enabled: false)", aside=str(Place(rule.file, rule.line)))


def _rule(rule: RuleTrace, not_kept: NotKept) -> Branch:
    name = f"{rule.rule.name} (template {rule.rule.template})" if rule.rule.template else rule.rule.name
    decision = rule.decision
    below = [*map(_listening, rule.listening)]
    if rule.condition:
        below.append(_condition(rule.condition, "if "))
    if not decision.matched:
        return Branch(f"✗ {name}: does not apply", tuple(below), aside=rule.where)
    if rule.mode_reason:
        below.append(Branch(f"{'✓ live' if decision.mode == 'live' else '✗ in shadow'}: {rule.mode_reason}"))
    below += (_action(action, rule, not_kept) for action in rule.actions)
    said = "applies" if decision.mode == "live" else "applies (shadow: decides, writes nothing)"
    if decision.problem:
        return Branch(f"✗ {name}: {said}, but cannot be carried out", tuple(below), "red", aside=rule.where)
    return Branch(f"✓ {name}: {said}", tuple(below), "green", aside=rule.where)


def _listening(one: ListeningTrace) -> Branch:
    wants, has = ", ".join(one.wants), ", ".join(one.has)
    if one.holds:
        return Branch(f"✓ {one.key}: {wants}")
    return Branch(f"✗ {one.key}: {wants}; this event is {'from ' if one.key == 'from' else ''}{has}")


def _condition(one: ConditionTrace, before: str = "") -> Branch:
    mark = "✓" if one.holds else "✗"
    if isinstance(one, TestTrace):
        return Branch(f"{mark} {before}{one.reason}{_wanted(one)}", aside=one.where)
    return Branch(f"{mark} {before}{one.reason}", tuple(map(_condition, one.parts)), aside=one.where)


def _wanted(one: TestTrace) -> str:
    """What a test wants of a value that is absent: its reason says no more than that."""
    if not is_empty(one.found) or one.operator not in COMPARISONS:
        return ""
    return f" (wanted: {one.operator.replace('_', ' ')} {worded(one.expected)})"


def _action(action: ActionTrace, rule: RuleTrace, not_kept: NotKept) -> Branch:
    fields = tuple(_field(one, not_kept.get((rule.rule.name, one.name))) for one in (action.key, *action.fields))
    named = action.key.value if action.key.name == "sourceId" else f"_id {action.key.value}"
    aside = "" if action.action == "create" else f"if there is no such task: {action.if_absent}"
    if action.key.value is None:
        return Branch(action.action, fields, "red", bold=True, aside=aside)
    return Branch(f"{action.action} {named}", fields, bold=True, aside=aside)


def _field(field: FieldTrace, not_kept: str | None) -> Branch:
    below = [*map(_placeholder, field.placeholders)]
    if not_kept:
        below.append(Branch(f"but {not_kept}", colour="red"))
    aside = f"{'shared, ' if field.shared else ''}{field.where}" if field.where else ""
    if field.problem:
        return Branch(f"✗ {field.name}: {field.problem}", tuple(below), "red", aside=aside)
    return Branch(f"{field.name}: {value_text(field.value)}", tuple(below), aside=aside)


def _placeholder(one: PlaceholderTrace) -> Branch:
    return Branch(" → ".join(_steps(one)), colour="red" if one.problem else None)


def _steps(one: PlaceholderTrace) -> Iterator[str]:
    yield f"{{{{ {one.path} }}}}: {shown(one.found)}"
    for step in one.filters:
        yield f"{step.text}: {shown(step.gave) if step.gave != '' else 'empty'}"
    if one.problem:
        yield one.problem
