"""What rules in shadow would have done: told by the plans that were made, not by the rules as they are now. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from planhook.authoring.difference import KINDS, Problem, Setting, TaskChange, compare
from planhook.core.ending import ending
from planhook.core.operation import Operation
from planhook.core.plan import Decision, Plan
from planhook.core.register import Register
from planhook.core.version import event_of, version_of
from planhook.store.inbox import Claimed
from planhook.store.registers import task_key

ReadRegisters = Callable[[Sequence[str]], Mapping[str, Register]]


@dataclass(frozen=True, slots=True)
class RuleInShadow:
    """What one rule would have done by itself, and the tasks as they are.

    `events` are those that it only told of, `live` those that it acted on: a rule may be live for some records.
    `tasks` are all that it would have written to, `changes` those that would be other than they are now.
    """

    rule: str
    events: int
    live: int
    tasks: int
    changes: tuple[TaskChange, ...]
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many tasks of each kind of change."""
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in KINDS}

    def to_json(self, limit: int) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "events": self.events,
            "live": self.live,
            "tasks": self.tasks,
            "counts": self.counts,
            "examples": [change.to_json() for change in self.changes[:limit]],
            "problems": [asdict(problem) for problem in self.problems],
        }


def rules_in_shadow(plans: Iterable[tuple[Claimed, Plan]], registers: ReadRegisters) -> tuple[RuleInShadow, ...]:
    """Every rule that was in shadow for some event of `plans`, in order of position. `registers` reads new copies."""
    seen: dict[str, _Rule] = {}
    for one, plan in plans:
        for decision in plan.decisions:
            rule = seen.setdefault(decision.rule, _Rule(decision.rule))
            rule.take(one, decision)
    return tuple(rule.told(registers) for rule in seen.values() if rule.was_in_shadow)


@dataclass(slots=True)
class _Rule:
    name: str
    was_in_shadow: bool = False
    events: int = 0
    live: int = 0
    operations: dict[str, list[tuple[str, Operation]]] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    first_events: dict[str, str] = field(default_factory=dict)

    def take(self, one: Claimed, decision: Decision) -> None:
        if decision.mode == "live":
            self.live += decision.matched
            return
        self.was_in_shadow = True
        self.events += decision.matched
        if decision.problem:
            self.problems[decision.problem] += 1
            self.first_events.setdefault(decision.problem, one.event.id)
        for operation in decision.operations:
            key = task_key(operation.key, operation.by_id)
            version = version_of(one.event, one.attempt, operation.position)
            self.operations.setdefault(key, []).append((version, operation))

    def told(self, registers: ReadRegisters) -> RuleInShadow:
        keys = list(self.operations)
        now, then = registers(keys), registers(keys)
        changes = (self._change(key, now[key], then[key]) for key in keys)
        problems = tuple(
            Problem(self.name, problem, events, self.first_events[problem]) for problem, events in self.problems.items()
        )
        told = tuple(change for change in changes if change is not None)
        return RuleInShadow(self.name, self.events, self.live, len(keys), told, problems)

    def _change(self, key: str, now: Register, then: Register) -> TaskChange | None:
        own = {version for version, _ in self.operations[key]}
        for index, (version, operation) in enumerate(self.operations[key]):
            then.fold(operation, version, index)
        return compare(then.key, self._settings(now, own), self._settings(then, own), by_id=then.by_id)

    def _settings(self, register: Register, own: set[str]) -> dict[str, Setting] | None:
        properties = ending(register)
        if properties is None:
            return None
        return {
            name: Setting(value, *((self.name, event_of(version)) if version in own else ()))
            for name, (version, value) in properties.items()
        }
