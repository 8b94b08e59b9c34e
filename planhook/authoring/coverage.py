"""Which tests of a condition examples try both ways, met and not met."""

from collections.abc import Iterable, Iterator

from planhook.core.calendar import Calendar
from planhook.core.comparison import worded
from planhook.core.condition import Condition, Test, check
from planhook.core.event import Event


def tests_of(condition: Condition | None) -> Iterator[Test]:
    """All tests of a condition, in order."""
    if isinstance(condition, Test):
        yield condition
    elif condition is not None:
        for part in condition.parts:
            yield from tests_of(part)


def missing(test: Test, events: Iterable[Event], calendar: Calendar) -> Iterator[str]:
    """What none of `events` makes of a test, in words; nothing when they try it both ways."""
    seen = {check(test, event.data(), calendar).holds for event in events}
    for outcome, word in ((True, "true"), (False, "false")):
        if outcome not in seen:
            yield f'in no example is "{test.path} {test.operator} {worded(test.expected)}" {word}'
