"""Which conditions follow from others, as far as single tests of one field show it."""

from collections.abc import Sequence
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.comparison import COMPARISONS
from planhook.core.condition import Condition, Group, Test, check
from planhook.rulebook.kinds import KINDS, LIST, MAP, PEOPLE
from planhook.rulebook.vocabulary import FIELDS

_LOWER, _UPPER = ("at_least", "more_than"), ("at_most", "less_than")
_STRICT = ("more_than", "less_than")
_CALENDAR = Calendar()


def follows(condition: Condition, given: Sequence[Test]) -> bool:
    """Whether `condition` holds wherever all of `given` do."""
    if isinstance(condition, Test):
        return any(covers(test, condition) for test in given)
    if condition.kind == "none":
        return False
    followed = (follows(part, given) for part in condition.parts)
    return all(followed) if condition.kind == "all" else any(followed)


def covers(one: Condition, other: Condition) -> bool:
    """Whether what meets `one` meets `other`."""
    if one == other:
        return True
    if not (isinstance(one, Test) and isinstance(other, Test)) or one.path != other.path:
        return False
    if one.operator in _LOWER and other.operator in _LOWER:
        return _is_within(one.expected - other.expected, one, other)
    if one.operator in _UPPER and other.operator in _UPPER:
        return _is_within(other.expected - one.expected, one, other)
    named = values_of(one) if one.operator in ("is", "one_of") and is_scalar(one.path) else ()
    return bool(named) and other.operator in COMPARISONS and all(passes(other, value) for value in named)


def passes(test: Test, value: Any) -> bool:
    """Whether the test holds where its field has `value`."""
    root, _, name = test.path.partition(".")
    return check(test, {root: {name: value}}, _CALENDAR).holds


def is_scalar(path: str) -> bool:
    """Whether a field of ours has one value, not many."""
    root, _, name = path.partition(".")
    return name in FIELDS.get(root, ()) and KINDS.get(path) not in (LIST, PEOPLE, MAP)


def values_of(test: Test) -> Sequence[Any]:
    """What a test compares with."""
    return test.expected if isinstance(test.expected, list | tuple) else (test.expected,)


def possible_values(condition: Condition | None, path: str) -> tuple[Any, ...] | None:
    """The values that `path` may have where `condition` holds, as far as tests say so; None when it may be any."""
    if isinstance(condition, Group):
        found = [possible_values(part, path) for part in condition.parts]
        if condition.kind == "all":
            return next((values for values in found if values is not None), None)
        if condition.kind == "none" or None in found:
            return None
        return tuple(value for values in found for value in values or ())
    if condition is None or condition.path != path or condition.operator not in ("is", "one_of"):
        return None
    return tuple(values_of(condition))


def parts_of(condition: Condition | None) -> list[Condition]:
    """What must all hold, blocks `all` inside each other taken apart."""
    if isinstance(condition, Group) and condition.kind == "all":
        return [each for part in condition.parts for each in parts_of(part)]
    return [] if condition is None else [condition]


def _is_within(margin: float, one: Test, other: Test) -> bool:
    return margin > 0 or (margin == 0 and (one.operator in _STRICT or other.operator not in _STRICT))
