"""make_plan: one event against all rules. Pure: the worker, `explain`, `test` and `backtest` call the same."""

from dataclasses import dataclass

from planhook.core.event import Event
from planhook.core.operation import Operation
from planhook.core.rule import RuleSet


@dataclass(frozen=True, slots=True)
class Decision:
    """One rule's share of a plan.

    `reasons` says in words why the rule matched or not; `problem` why a matching rule could not be carried
    out (then `operations` is empty). In mode "shadow" the operations are what it would have done.
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
        return tuple(op for decision in self.decisions if decision.mode == "live" for op in decision.operations)


def make_plan(event: Event, rules: RuleSet) -> Plan:
    """Decide what should become true in Planhat because of `event`."""
    raise NotImplementedError
