"""What one rule says to one event, with everything it saw on the way. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planhook.authoring.explain_condition import ConditionTrace, trace_condition
from planhook.authoring.explain_value import Data, PlaceholderTrace, as_written, trace_value
from planhook.core.action import fill_action, templates_of
from planhook.core.event import Event
from planhook.core.place import NOWHERE, Place
from planhook.core.plan import Decision, matches_any
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Context, Value


@dataclass(frozen=True, slots=True)
class ListeningTrace:
    """Whether the rule listens: `key` is `on` or `from`, `wants` its names or globs, `has` those of the event."""

    key: str
    holds: bool
    wants: tuple[str, ...]
    has: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"key": self.key, "holds": self.holds, "wants": list(self.wants), "has": list(self.has)}


@dataclass(frozen=True, slots=True)
class FieldTrace:
    """One field of an action, or its `sourceId` or `_id`.

    `written` is what the rule says there (None when it says nothing and planhook makes the value), `value` what came
    of it. `where` is `file:line`, `shared` whether a template or defaults give it to the rule.
    """

    name: str
    value: Any
    written: Any
    placeholders: tuple[PlaceholderTrace, ...]
    problem: str | None
    where: str | None
    shared: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "written": self.written,
            "placeholders": [one.to_json() for one in self.placeholders],
            "problem": self.problem,
            "where": self.where,
            "shared": self.shared,
        }


@dataclass(frozen=True, slots=True)
class ActionTrace:
    """One action that the rule wants, `key` first: which task it is about."""

    action: str
    if_absent: str
    key: FieldTrace
    fields: tuple[FieldTrace, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "if_absent": self.if_absent,
            self.key.name: self.key.to_json(),
            "fields": {field.name: field.to_json() for field in self.fields},
        }


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule and one event.

    A rule that does not listen is asked for nothing else: it has no `condition`. One that does not apply has no
    `actions`. `mode_reason` says of a rule that is live for some records only why this one is in or out.
    """

    rule: Rule
    decision: Decision
    listening: tuple[ListeningTrace, ...]
    condition: ConditionTrace | None
    mode_reason: str | None
    actions: tuple[ActionTrace, ...]

    @property
    def listens(self) -> bool:
        return all(one.holds for one in self.listening)

    @property
    def where(self) -> str:
        """`file:line` of the rule."""
        return str(Place(self.rule.file, self.rule.line))

    def to_json(self) -> dict[str, Any]:
        decision = self.decision
        return {
            "rule": self.rule.name,
            "where": self.where,
            "template": self.rule.template or None,
            "matched": decision.matched,
            "reasons": list(decision.reasons),
            "problem": decision.problem,
            "mode": decision.mode,
            "mode_reason": self.mode_reason,
            "listening": [one.to_json() for one in self.listening],
            "condition": self.condition.to_json() if self.condition else None,
            "actions": [action.to_json() for action in self.actions],
        }


def trace_rule(rule: Rule, decision: Decision, event: Event, data: Data, context: Context) -> RuleTrace:
    """Everything behind `decision`, which `rule` made of `event`; `data` is `event.data()`."""
    listening = tuple(_listening(rule, event))
    asked = rule.condition is not None and all(one.holds for one in listening)
    return RuleTrace(
        rule=rule,
        decision=decision,
        listening=listening,
        condition=trace_condition(rule.condition, data, context.calendar) if rule.condition and asked else None,
        mode_reason=decision.reasons[-1] if rule.canary and decision.matched else None,
        actions=tuple(_action(one, rule, event, data, context) for one in rule.then) if decision.matched else (),
    )


def _listening(rule: Rule, event: Event) -> Iterator[ListeningTrace]:
    yield ListeningTrace("on", matches_any(rule.on, event.types), rule.on, event.types)
    if rule.sources:
        source = (event.source,)
        yield ListeningTrace("from", matches_any(rule.sources, source), rule.sources, source)


def _action(action: ActionTemplate, rule: Rule, event: Event, data: Data, context: Context) -> ActionTrace:
    filled = fill_action(action, rule, event, data, context)
    problems = dict(filled.problems)
    templates = templates_of(action, event)
    names = [*templates, *(name for name in problems if name not in templates and name not in ("sourceId", "_id"))]

    def field(name: str, written: Value, value: Any, *, said: bool) -> FieldTrace:
        place = action.where(name) if said else NOWHERE
        return FieldTrace(
            name=name,
            value=value,
            written=as_written(written) if said else None,
            placeholders=trace_value(written, data, context) if said else (),
            problem=problems.get(name),
            where=str(place) or None,
            shared=place.used_in is not None,
        )

    key_name = "_id" if action.by_id else "sourceId"
    return ActionTrace(
        action=action.action,
        if_absent=action.if_absent,
        key=field(key_name, action.key, filled.key or None, said=action.key is not None),
        fields=tuple(
            field(name, templates.get(name), filled.fields.get(name), said=name in action.fields) for name in names
        ),
    )
