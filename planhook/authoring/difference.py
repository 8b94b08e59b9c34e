"""What differs between the tasks of two rule sets, as values: per task, field by field, with the rule responsible."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

CREATED, CHANGED, DROPPED = "created", "changed", "no longer written"
KINDS = (CREATED, CHANGED, DROPPED)


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of a field in the end; `rule` and `event` are None when an older event, or no rule, set it."""

    value: Any = None
    rule: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a task under both rule sets; `cause` is the rule that made or deleted the task under one of them."""

    name: str
    before: Setting
    after: Setting
    cause: str | None = None

    @property
    def rule(self) -> str | None:
        """The rule that is responsible: the cause, else the one that writes the field now, else the one that did."""
        return self.cause or self.after.rule or self.before.rule

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "before": asdict(self.before), "after": asdict(self.after), "rule": self.rule}


@dataclass(frozen=True, slots=True)
class TaskChange:
    """One task that ends otherwise. `because` holds what the rules say of the events concerned."""

    key: str
    by_id: bool
    kind: str
    fields: tuple[FieldChange, ...]
    because: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(change.rule for change in self.fields if change.rule))

    def to_json(self) -> dict[str, Any]:
        return {
            ("_id" if self.by_id else "sourceId"): self.key,
            "kind": self.kind,
            "rules": list(self.rules),
            "fields": [change.to_json() for change in self.fields],
            "because": list(self.because),
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that could not be carried out for some events under one of the rule sets only."""

    rule: str
    problem: str
    events: int
    first_event: str


@dataclass(frozen=True, slots=True)
class Difference:
    """How the tasks of `events` events end under changed rules.

    `tasks` are those that the events write and that are there in the end under either rule set. `domains_untold` counts
    meetings whose outside domains by changed internal domains cannot be told.
    """

    events: int
    tasks: int
    changes: tuple[TaskChange, ...]
    new_problems: tuple[Problem, ...] = ()
    solved_problems: tuple[Problem, ...] = ()
    domains_untold: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.changes or self.new_problems or self.solved_problems)

    def of_kind(self, kind: str) -> tuple[TaskChange, ...]:
        return tuple(change for change in self.changes if change.kind == kind)

    def by_rule(self) -> dict[str, Counter[str]]:
        """For each rule that is responsible for something, how many tasks of each kind, in order of names."""
        counted: dict[str, Counter[str]] = {}
        for change in self.changes:
            for rule in change.rules:
                counted.setdefault(rule, Counter())[change.kind] += 1
        return dict(sorted(counted.items()))

    def in_words(self) -> str:
        """`3 created, 8 changed, 1 no longer written`."""
        return ", ".join(f"{len(self.of_kind(kind)):,} {kind}" for kind in KINDS)

    def to_json(self) -> dict[str, Any]:
        return {
            "events": self.events,
            "tasks": self.tasks,
            "counts": {kind: len(self.of_kind(kind)) for kind in KINDS},
            "by_rule": {rule: {kind: counts[kind] for kind in KINDS} for rule, counts in self.by_rule().items()},
            "changes": [change.to_json() for change in self.changes],
            "new_problems": [asdict(problem) for problem in self.new_problems],
            "solved_problems": [asdict(problem) for problem in self.solved_problems],
        }


Settings = Mapping[str, Setting]


def compare(
    key: str,
    before: Settings | None,
    after: Settings | None,
    *,
    by_id: bool,
    because: Iterable[str] = (),
    cause: str | None = None,
) -> TaskChange | None:
    """How a task changed that has these fields under one rule set and those under the other; None: not at all.

    No fields (None) means that there is no such task; `cause` is the rule through which it is there on one side only.
    A field that is null counts as one that is not there, and so does an `isArchived` of false: what was never archived
    and what is no longer are the same.
    """
    names = sorted({**(before or {}), **(after or {})}, key=_rank)
    pairs = [(name, (before or {}).get(name, Setting()), (after or {}).get(name, Setting())) for name in names]
    fields = tuple(
        FieldChange(name, was, now, cause) for name, was, now in pairs if _told(name, was) != _told(name, now)
    )
    if not fields:
        return None
    return TaskChange(key, by_id, _kind(before, after), fields, tuple(because))


def _told(name: str, setting: Setting) -> Any:
    return None if name == "isArchived" and setting.value is False else setting.value


def _kind(before: Settings | None, after: Settings | None) -> str:
    if before is None:
        return CREATED
    is_written = any(setting.rule for setting in (after or {}).values())
    return CHANGED if after is not None and (is_written or not any(s.rule for s in before.values())) else DROPPED


def _rank(name: str) -> tuple[int, str]:
    """What a reader looks for first stands first."""
    first = ("mainType", "companyId", "action", "status", "startTime", "endTime", "ownerId")
    return (first.index(name) if name in first else len(first), name)
