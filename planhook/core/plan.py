"""make_plan: one event against all rules.

Pure: the worker, `explain`, `test` and `backtest` call the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from planhook.core.action import build
from planhook.core.canary import judge
from planhook.core.condition import Verdict, check
from planhook.core.errors import ValueMissing
from planhook.core.event import Event
from planhook.core.operation import Operation
from planhook.core.rule import Rule, RuleSet
from planhook.core.template import Context


@dataclass(frozen=True, slots=True)
class Decision:
    """One rule's share of a plan.

    `reasons` says in words why the rule matched or not; `problem` why a matching rule could not be carried
    out (then `operations` is empty). In mode "shadow", also of a rule that is live for other records only, the
    operations are what it would have done.
    """

    rule: str
    matched: bool
    reasons: tuple[str, ...] = ()
    problem: str | None = None
    mode: str = "live"
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the rules say to one event. `decisions` has one entry per rule, in order of position."""

    rules_version: str
    decisions: tuple[Decision, ...]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations to carry out, shadow ones left out."""
        return tuple(
            operation for decision in self.decisions if decision.mode == "live" for operation in decision.operations
        )


def make_plan(event: Event, rules: RuleSet) -> Plan:
    """Decide what should become true in Planhat because of `event`.

    An event that its source marked as ignored or unusable is not shown to any rule.
    """
    if event.ignored is not None or event.problem is not None:
        return Plan(rules.version, ())
    data = event.data()
    context = Context(rules.tables, rules.calendar)
    return Plan(rules.version, tuple(_decide(rule, event, data, context) for rule in rules.rules))


def _decide(rule: Rule, event: Event, data: Mapping[str, Any], context: Context) -> Decision:
    deaf = _why_not_listening(rule, event)
    if deaf is not None:
        return Decision(rule.name, False, (deaf,), mode=rule.mode)
    if rule.condition is None:
        verdict = Verdict(True, (f"listens to {event.type} without a condition",))
    else:
        verdict = check(rule.condition, data, context.calendar)
    if not verdict.holds:
        return Decision(rule.name, False, verdict.reasons, mode=rule.mode)
    operations: list[Operation] = []
    problems: list[str] = []
    for action in rule.then:
        try:
            operations.append(build(action, rule, event, data, context))
        except ValueMissing as missing:
            problems.append(str(missing))
    mode, reasons = rule.mode, verdict.reasons
    if rule.canary is not None:
        chosen = judge(rule.canary, event, operations)
        mode, reasons = "live" if chosen.holds else "shadow", reasons + chosen.reasons
    if problems:
        return Decision(rule.name, True, reasons, "; ".join(problems), mode)
    return Decision(rule.name, True, reasons, None, mode, tuple(operations))


def _why_not_listening(rule: Rule, event: Event) -> str | None:
    if not matches_any(rule.on, event.types):
        return f"listens to {', '.join(rule.on)}; this event is {event.type}"
    if rule.sources and not matches_any(rule.sources, (event.source,)):
        return f"listens to source {', '.join(rule.sources)} only; this one is {event.source}"
    return None


def matches_any(globs: Iterable[str], names: tuple[str, ...]) -> bool:
    """Whether one of the names or globs stands for one of `names`."""
    return any(glob in names or any(fnmatchcase(name, glob) for name in names) for glob in globs)
