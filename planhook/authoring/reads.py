"""Which parts of an event a rule looks at, and an event cut down to them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.condition import Condition, Test, names_of_change
from planhook.core.paths import Steps, split
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Placeholder, Template, Value
from planhook.rulebook.templates import placeholders

_CHANGES = ("changed", "changed_to", "changed_from")
_IDENTITY = ("deal.id", "meeting.id")
_MADE_UP_KEY = ("event.sender_id", "payload.id")  # of a create that leaves its sourceId to planhook


@dataclass(frozen=True, slots=True)
class Reads:
    """Paths that a rule looks at, and of them those whose value its condition or a table decides on.

    `changes` has the names of the changes among them, which may hold dots; `looked_up` the fields that tables fill.
    """

    paths: frozenset[str]
    decisive: frozenset[str]
    changes: frozenset[str]
    looked_up: frozenset[str]

    @classmethod
    def of(cls, rule: Rule) -> "Reads":
        tests = list(_tests(rule.condition)) if rule.condition else []
        changes = {name for test in tests if test.operator in _CHANGES for name in names_of_change(test.path)}
        tested = {test.path for test in tests} | {f"changes.{name}" for name in changes}
        values = [(name, one) for action in rule.then for name, one in _filled(action)]
        by_table = [(name, one) for name, one in values if any(filter_.name == "lookup" for filter_ in one.filters)]
        made_up = _MADE_UP_KEY if any(action.key is None for action in rule.then) else ()
        return cls(
            frozenset({*_IDENTITY, *made_up, *tested, *(one.path for _, one in values)}),
            frozenset(tested | {one.path for _, one in by_table}),
            frozenset(changes),
            frozenset(name for name, _ in by_table),
        )

    def looks_at(self, path: str) -> bool:
        """Whether the rule looks at `path` or at a part of what lies there."""
        return any(each == path or each.startswith(f"{path}.") for each in self.paths)

    def decides_on(self, path: str) -> bool:
        """Whether a condition or a table asks for what lies at `path`, or for something that it is part of."""
        return any(path == each or path.startswith(f"{each}.") for each in self.decisive)


def cut_down(data: Mapping[str, Any], reads: Reads) -> dict[str, Any]:
    """What `data` has of what is read, in the order of `data`; a list that a path steps into stays whole."""
    return _cut(data, [*(split(path) for path in reads.paths), *(("changes", name) for name in reads.changes)])


def _cut(data: Mapping[str, Any], wanted: list[Steps]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in data.items():
        below = [steps[1:] for steps in wanted if steps and steps[0] == name]
        if not below:
            continue
        inner = _cut(value, below) if isinstance(value, Mapping) and () not in below else value
        if inner != {} or value == {}:
            kept[name] = inner
    return kept


def _tests(condition: Condition) -> Iterator[Test]:
    if isinstance(condition, Test):
        yield condition
    else:
        for part in condition.parts:
            yield from _tests(part)


def _filled(action: ActionTemplate) -> Iterator[tuple[str, Placeholder]]:
    """Every placeholder of an action, with the field that it stands in."""
    for name, value in {"sourceId": action.key, **action.fields}.items():
        yield from ((name, one) for one in placeholders_in(value))


def placeholders_in(value: Value) -> Iterator[Placeholder]:
    """Every placeholder of a value of a rule, those of its items included, in order."""
    match value:
        case Template():
            yield from placeholders(value)
        case list() | tuple():
            for item in value:
                yield from placeholders_in(item)
        case Mapping():
            for item in value.values():
                yield from placeholders_in(item)
