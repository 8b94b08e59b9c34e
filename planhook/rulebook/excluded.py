"""Conditions that demand what they exclude: under `none`, or by a change to another value than they ask for."""

from collections.abc import Iterator, Sequence

from planhook.core.comparison import worded
from planhook.core.condition import Condition, Group, Test
from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.rulebook.findings import Findings
from planhook.rulebook.implication import follows, is_scalar, parts_of, passes, values_of

_Fault = tuple[Place, str]


def warn_of_excluded(rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each condition that no event can meet because of what it excludes itself."""
    for rule in rules:
        for place, message in _faults(rule.condition, ()):
            findings.add_at(place, message, "warning")


def _faults(condition: Condition | None, above: Sequence[Test]) -> Iterator[_Fault]:
    parts = parts_of(condition)
    given = [*above, *(part for part in parts if isinstance(part, Test))]
    yield from _of_changes(given[len(above) :], given)
    for part in parts:
        if isinstance(part, Group) and part.kind == "none":
            excluded = (each for each in part.parts if follows(each, given))
            yield from ((each.place, f"{_said(each)} is demanded as well, so this never holds") for each in excluded)
        elif isinstance(part, Group):
            for each in part.parts:
                yield from _faults(each, given)


def _of_changes(own: Sequence[Test], given: Sequence[Test]) -> Iterator[_Fault]:
    for test in own:
        if test.operator != "changed_to" or not is_scalar(test.path):
            continue
        asked = [each for each in given if each.path == test.path and each.operator in ("is", "one_of")]
        for each in asked:
            if not any(passes(each, value) for value in values_of(test)):
                both = f"changed to {worded(test.expected)} and is {worded(each.expected)}"
                yield test.place, f"{test.path} cannot have {both}, so this never holds"


def _said(condition: Condition) -> str:
    if isinstance(condition, Group):
        return f"this block {condition.kind}"
    return f"{condition.path} {condition.operator.replace('_', ' ')} {worded(condition.expected)}"
