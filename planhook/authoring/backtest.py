"""Stored events against two rule sets: how the tasks would end under each, and where that differs. Writes nothing."""

from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from planhook.authoring.difference import Difference, Problem, Setting, Settings, TaskChange, compare
from planhook.authoring.hindsight import Domains
from planhook.core.ending import ending, made
from planhook.core.operation import Operation
from planhook.core.plan import Decision, Plan, make_plan
from planhook.core.register import Register, Writes
from planhook.core.rewind import rewound
from planhook.core.rule import RuleSet
from planhook.core.version import event_of, version_of
from planhook.store.inbox import Claimed
from planhook.store.registers import task_key

_MOST_REASONS = 3  # of one task
_BEFORE = ("did not apply before", "wrote nothing before: its mode was", "stopped before")
_NOW = ("does not apply now", "writes nothing now: its mode is", "stops now")


class Past(Protocol):
    """Events that came, and the tasks as they stand now. `ids` are the ids of the events."""

    ids: frozenset[str]

    def batches(self) -> Iterable[Sequence[Claimed]]: ...

    def registers(self, keys: Sequence[str]) -> Mapping[str, Register]: ...


def backtest(
    past: Past, base: RuleSet, changed: RuleSet, progress: Callable[[int], Any] = lambda _: None
) -> Difference:
    """How the tasks end when the events of `past` meet `base`, how when they meet `changed`, and what differs.

    Older events count as they stand in the task registers. `progress` is told of every batch how many events it had.
    """
    before, after = _Side(_BEFORE, "is new"), _Side(_NOW, "is gone")
    domains = Domains(base.calendar.internal_domains, changed.calendar.internal_domains)
    differing: dict[str, None] = {}
    events = 0
    for batch in past.batches():
        for one in batch:
            was, now = domains.both(one.event)
            plan, other = make_plan(was, base), make_plan(now, changed)
            keys = dict.fromkeys(_differing(plan, other))
            differing |= keys
            before.take(one, plan, other, keys, after)
            after.take(one, other, plan, keys, before)
        _read_registers(past, (before, after))
        before.fold()
        after.fold()
        events += len(batch)
        progress(len(batch))
    told = after.told_problems(), before.told_problems()
    return Difference(events, *_compared(before, after, differing), *told, domains.untold)


def _compared(before: "_Side", after: "_Side", differing: Container[str]) -> tuple[int, tuple[TaskChange, ...]]:
    """How many tasks there are in the end under either rule set, and those that differ."""
    tasks, changes = 0, []
    for key in sorted(before.registers):
        was = before.settings(key)
        now = after.settings(key) if key in differing else was
        tasks += was is not None or now is not None
        if key in differing and (change := _change(key, was, now, before, after)):
            changes.append(change)
    return tasks, tuple(changes)


def _read_registers(past: Past, sides: tuple["_Side", "_Side"]) -> None:
    keys = list(dict.fromkeys(key for side in sides for key in side.waiting_keys() if key not in side.registers))
    for key, register in past.registers(keys).items():
        for side in sides:
            side.registers[key] = rewound(register, past.ids)


def _differing(plan: Plan, other: Plan) -> Iterator[str]:
    """Keys of the tasks of which the plans want different things."""
    wanted, others = _by_key(plan.operations), _by_key(other.operations)
    return (key for key in {**wanted, **others} if wanted.get(key) != others.get(key))


def _by_key(operations: Iterable[Operation]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in operations:
        found.setdefault(task_key(one.key, one.by_id), []).append((one.action, one.fields, one.if_absent))
    return found


def _change(key: str, was: Settings | None, now: Settings | None, before: "_Side", after: "_Side") -> TaskChange | None:
    register = after.registers[key]
    because = dict.fromkeys([*before.reasons.get(key, ()), *after.reasons.get(key, ())])
    cause = _cause(key, before, after) if now is None else _cause(key, after, before) if was is None else None
    return compare(register.key, was, now, by_id=register.by_id, because=because, cause=cause)


def _cause(key: str, there: "_Side", gone: "_Side") -> str | None:
    """The rule through which a task is there on one side and gone on the other: it deletes, or it alone creates."""
    return gone.deleter(key, there) or there.maker(key)


@dataclass(slots=True)
class _Side:
    """What one of the rule sets makes of the events. `authors` are rules by version, `reasons` of others by task.

    `fixed` has, by task, what Planhat keeps from its creation.
    `words` say at its time why a rule does not act, `alone` says of a rule that only the other set has it.
    """

    words: tuple[str, str, str]
    alone: str
    registers: dict[str, Register] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, deque[str]] = field(default_factory=dict)
    problems: Counter[tuple[str, str]] = field(default_factory=Counter)
    first_events: dict[tuple[str, str], str] = field(default_factory=dict)
    fixed: dict[str, Writes] = field(default_factory=dict)
    _waiting: list[tuple[str, Operation, str, int]] = field(default_factory=list)

    def take(self, one: Claimed, plan: Plan, other: Plan, differing: Container[str], rival: "_Side") -> None:
        """Note the operations of `plan` for `fold`, and why the `other` plan, of `rival`, lacks `differing` ones."""
        for index, operation in enumerate(plan.operations):
            version = version_of(one.event, one.attempt, operation.position)
            key = task_key(operation.key, operation.by_id)
            self.authors[version] = operation.rule
            self._waiting.append((key, operation, version, index))
            if key in differing and (reason := rival.why_not(operation, other.decisions)):
                self.reasons.setdefault(key, deque(maxlen=_MOST_REASONS)).append(reason)
        stopped, theirs = _stopped(plan), _stopped(other)
        for told in stopped.items():
            if told[0] not in theirs:
                self.problems[told] += 1
                self.first_events.setdefault(told, one.event.id)

    def why_not(self, operation: Operation, decisions: Iterable[Decision]) -> str | None:
        """Why this side, which decided so, lacks an `operation` of the other; None if its rule does something else."""
        decision = next((each for each in decisions if each.rule == operation.rule), None)
        if decision is None:
            return f"{operation.rule} {self.alone}"
        if not decision.matched:
            return f"{operation.rule} {self.words[0]}: {'; '.join(decision.reasons)}"
        if decision.mode != "live":
            return f"{operation.rule} {self.words[1]} {decision.mode}"
        return f"{operation.rule} {self.words[2]}: {decision.problem}" if decision.problem else None

    def waiting_keys(self) -> list[str]:
        return [key for key, *_ in self._waiting]

    def fold(self) -> None:
        """Fold what was taken; its registers have to be there. A create makes the task before the next one comes."""
        for key, operation, version, index in self._waiting:
            self.registers[key].fold(operation, version, index)
            if operation.action in ("create", "delete") and (fixed := made(self.registers[key])) is not None:
                self.fixed[key] = fixed
        self._waiting.clear()

    def settings(self, key: str) -> dict[str, Setting] | None:
        """The task in the end; None when there is none."""
        properties = ending(self.registers[key])
        if properties is None:
            return None
        properties = {**properties, **self.fixed.get(key, {})}
        return {name: self._setting(version, value) for name, (version, value) in properties.items()}

    def _setting(self, version: str, value: Any) -> Setting:
        rule = self.authors.get(version)
        return Setting(value, rule, event_of(version) if rule else None)

    def maker(self, key: str) -> str | None:
        """The rule that made the task as it is."""
        return next((self.authors.get(version) for version, _ in self.fixed.get(key, {}).values()), None)

    def deleter(self, key: str, rival: "_Side") -> str | None:
        """The rule that deleted the task last, unless `rival` deletes it because of the same event."""
        version, other = self.registers[key].deleted, rival.registers[key].deleted
        return None if event_of(version) == event_of(other) else self.authors.get(version)

    def told_problems(self) -> tuple[Problem, ...]:
        """The problems that the other side does not have with the same events."""
        return tuple(
            Problem(rule, problem, events, self.first_events[rule, problem])
            for (rule, problem), events in sorted(self.problems.items())
        )


def _stopped(plan: Plan) -> dict[str, str]:
    """Why rules that apply could not be carried out, by their names."""
    return {each.rule: each.problem for each in plan.decisions if each.problem and each.mode == "live"}
