"""How a value of an event compares with a value of a rule: the operators that look at one value."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.scalar import as_number, as_text, cut, shown

# The value of a rule, made comparable once: a number, or text without case; None equals nothing.
Operand = int | float | str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`prepare` turns the rule's value into the operand that `holds(value, operand, calendar)` takes.

    `holds` answers None when the event's value is not of the kind it `needs`. `words` and `opposite` say
    how value and rule relate when it holds and when not; empty words when the value itself says it all.
    """

    words: str
    opposite: str
    holds: Callable[[Any, Any, Calendar], bool | None]
    prepare: Callable[[Any], Any]
    needs: str = "text"
    holds_when_absent: bool = False


def worded(expected: Any) -> str:
    """The rule's value for a sentence: a list without brackets, a pattern as it was written."""
    if isinstance(expected, list | tuple):
        return cut(", ".join(shown(element) for element in expected))
    return shown(str(getattr(expected, "pattern", expected)) if as_text(expected) is None else expected)


def _operand(expected: Any) -> Operand:
    if expected is None:
        return None
    if not isinstance(expected, str | bool):
        number = as_number(expected)
        if number is not None:
            return number
    text = as_text(expected)
    return (str(expected) if text is None else text).casefold()


def _operands(expected: Any) -> tuple[Operand, ...]:
    return tuple(_operand(element) for element in expected)


def _equals(value: Any, operand: Operand) -> bool:
    if isinstance(operand, str):
        text = as_text(value)
        return text is not None and text.casefold() == operand
    return operand is not None and as_number(value) == operand


def _is(value: Any, operand: Operand, _: Calendar) -> bool:
    if isinstance(value, list):
        return any(_equals(element, operand) for element in value)
    return _equals(value, operand)


def _is_not(value: Any, operand: Operand, calendar: Calendar) -> bool:
    return not _is(value, operand, calendar)


def _one_of(value: Any, operands: tuple[Operand, ...], calendar: Calendar) -> bool:
    return any(_is(value, operand, calendar) for operand in operands)


def _not_one_of(value: Any, operands: tuple[Operand, ...], calendar: Calendar) -> bool:
    return not _one_of(value, operands, calendar)


def _in_order(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Operand, Calendar], bool | None]:
    def holds(value: Any, operand: Operand, _: Calendar) -> bool | None:
        if isinstance(operand, str):
            text = as_text(value)
            return None if text is None else compare(text.casefold(), operand)
        number = as_number(value)
        return None if number is None or operand is None else compare(number, operand)

    return holds


def _folded(operand: Operand) -> str:
    return operand if isinstance(operand, str) else as_text(operand) or ""


def _contains(value: Any, operand: Operand, calendar: Calendar) -> bool | None:
    if isinstance(value, list):
        return _is(value, operand, calendar)
    text = as_text(value)
    return None if text is None else _folded(operand) in text.casefold()


def _starts_with(value: Any, operand: Operand, _: Calendar) -> bool | None:
    text = as_text(value)
    return None if text is None else text.casefold().startswith(_folded(operand))


def _ends_with(value: Any, operand: Operand, _: Calendar) -> bool | None:
    text = as_text(value)
    return None if text is None else text.casefold().endswith(_folded(operand))


def _matches(value: Any, pattern: Any, _: Calendar) -> bool | None:
    text = as_text(value)
    if text is None:
        return None
    # The engine works on UTF-8, which cannot hold the half characters that JSON escapes can spell.
    return pattern.search(text.encode("utf-8", "replace").decode("utf-8")) is not None


def _in_time(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Calendar], bool | None]:
    def holds(value: Any, expected: Any, calendar: Calendar) -> bool | None:
        moment, limit = calendar.moment(value), calendar.moment(expected)
        return None if moment is None or limit is None else compare(moment, limit)

    return holds


def _unchanged(expected: Any) -> Any:
    return expected


COMPARISONS: Mapping[str, Comparison] = {
    "is": Comparison("", "not", _is, _operand),
    "is_not": Comparison("not", "must not be", _is_not, _operand, holds_when_absent=True),
    "one_of": Comparison("one of", "not one of", _one_of, _operands),
    "not_one_of": Comparison("not one of", "one of", _not_one_of, _operands, holds_when_absent=True),
    "at_least": Comparison("at least", "not at least", _in_order(operator.ge), _operand, "number"),
    "at_most": Comparison("at most", "not at most", _in_order(operator.le), _operand, "number"),
    "more_than": Comparison("more than", "not more than", _in_order(operator.gt), _operand, "number"),
    "less_than": Comparison("less than", "not less than", _in_order(operator.lt), _operand, "number"),
    "contains": Comparison("which contains", "which does not contain", _contains, _operand),
    "starts_with": Comparison("which starts with", "which does not start with", _starts_with, _operand),
    "ends_with": Comparison("which ends with", "which does not end with", _ends_with, _operand),
    "matches": Comparison("which matches", "which does not match", _matches, _unchanged),
    "before": Comparison("before", "not before", _in_time(operator.lt), _unchanged, "time"),
    "after": Comparison("after", "not after", _in_time(operator.gt), _unchanged, "time"),
}
