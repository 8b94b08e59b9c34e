"""An event that meets several conditions at once, looked for by trying values near those that the conditions name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, pairwise, product
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition, Test, check
from planhook.core.event import iso
from planhook.core.scalar import as_number
from planhook.rulebook.condition_doubts import tests_in
from planhook.rulebook.implication import parts_of, values_of
from planhook.rulebook.kinds import FLAG, KINDS, LIST, MAP, NUMBER, PEOPLE, TIME
from planhook.rulebook.vocabulary import WORDS

_MOST_TRIED = 200
_ELSE = "~"  # a text that no rule names
_CHANGES = ("changed", "changed_to", "changed_from")
_Values = Mapping[str, Any]  # of paths


@dataclass(slots=True)
class Search:
    """Looks for events as long as `left` allows: among thousands of rules on one task more would take seconds."""

    calendar: Calendar
    left: int = 2_000

    def finds(self, conditions: Sequence[Condition], known: _Values) -> bool:
        """Whether an event with the values `known` was found that meets all; False when none comes to mind."""
        self.left = max(0, self.left - 1)
        return self.left > 0 and _meets_all(conditions, known, self.calendar)


def _meets_all(conditions: Sequence[Condition], known: _Values, calendar: Calendar) -> bool:
    every = [part for condition in conditions for part in parts_of(condition)]
    tests = [test for part in every for test, _ in tests_in(part, is_excluded=False)]
    alone = [part for part in every if isinstance(part, Test)]
    choices: dict[str, list[Any]] = {}
    for path in dict.fromkeys(test.path for test in tests):
        of_path = [test for test in tests if test.path == path]
        values = [known[path]] if path in known else list(_candidates(path, of_path, calendar))
        demanded = [test for test in alone if test.path == path]
        choices[path] = [value for value in values if _passes(demanded, {**known, path: value}, of_path, calendar)]
        if not choices[path]:
            return False
    changing = [test for test in tests if test.operator in _CHANGES]
    tried = islice(product(*choices.values()), _MOST_TRIED)
    events = ({**known, **dict(zip(choices, values, strict=True))} for values in tried)
    return any(_passes(every, event, changing, calendar) for event in events)


def _passes(conditions: Sequence[Condition], values: _Values, tests: Sequence[Test], calendar: Calendar) -> bool:
    changing = [test for test in tests if test.operator in _CHANGES]
    data = _data(values, changing)
    return all(check(condition, data, calendar).holds for condition in conditions)


def _data(values: _Values, changing: Sequence[Test]) -> dict[str, Any]:
    """An event as conditions see it; a field that some test wants changed has changed if it has a value."""
    data: dict[str, Any] = {}
    for path, value in values.items():
        *steps, last = path.split(".")
        inner = data
        for step in steps:
            inner = inner.setdefault(step, {})
        inner[last] = value
    for test in changing:
        if test.operator == "changed" and not test.expected:
            continue
        before = values_of(test)[0] if test.operator == "changed_from" else _ELSE
        name = test.path.partition(".")[2]
        changes = data.setdefault("changes", {})
        if test.operator == "changed_from" or name not in changes:
            changes[name] = {"from": before, "to": values.get(test.path)}
    return data


def _candidates(path: str, tests: Sequence[Test], calendar: Calendar) -> Iterator[Any]:
    kind = KINDS.get(path)
    named = [value for test in tests if test.operator not in ("present", "changed") for value in values_of(test)]
    numbers = sorted(number for value in named if (number := as_number(value)) is not None)
    if path in WORDS:
        yield from WORDS[path]
    elif kind == FLAG:
        yield from (True, False)
    elif kind == TIME:
        yield from _times(named, calendar)
    elif kind == NUMBER:
        yield from _near(numbers or [1])
    elif kind == LIST:
        yield from ([value] for value in named)
    elif kind not in (MAP, PEOPLE):
        yield from (value for value in named if isinstance(value, str | int | float))
        yield from _near(numbers) if len(numbers) == len(named) else ()
        yield _ELSE
    yield None


def _near(numbers: Sequence[float]) -> Iterator[float]:
    for number in numbers:
        yield from (number, number - 1, number + 1)
    yield from ((one + other) / 2 for one, other in pairwise(numbers))


def _times(named: Sequence[Any], calendar: Calendar) -> Iterator[str]:
    moments = sorted(moment for value in named if (moment := calendar.moment(value)))
    for moment in moments or [moment for moment in [calendar.moment("2026-01-15T09:00:00Z")] if moment]:
        yield from (iso(moment - timedelta(minutes=1)), iso(moment + timedelta(minutes=1)))
