"""Times that a rule puts together, tried on a sample event: text that is no time, and an end before its start."""

from collections.abc import Iterator, Sequence
from typing import Any

from planhook.core import properties
from planhook.core.calendar import Calendar
from planhook.core.errors import ValueMissing
from planhook.core.filters import Context
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Template, Value, fill
from planhook.rulebook.findings import Findings
from planhook.rulebook.templates import placeholders

_BEGINS, _ENDS = "2026-01-15T09:00:00.000Z", "2026-01-15T10:00:00.000Z"
_SAMPLE = {
    "event": {"occurred_at": _BEGINS, "received_at": _BEGINS},
    "deal": {"closed_at": _BEGINS},
    "meeting": {"start": _BEGINS, "end": _ENDS},
}
_KNOWN = frozenset(f"{root}.{name}" for root, fields in _SAMPLE.items() for name in fields)
_TIMES = ("startTime", "endTime", "dateDone")


def warn_of_times(rules: Sequence[Rule], calendar: Calendar, findings: Findings) -> None:
    """Add a warning for each time that cannot be one, or ends what has not begun."""
    for action in (action for rule in rules for action in rule.then):
        for name, message in _faults(action, calendar):
            findings.add_at(action.where(name), message, "warning")


def _faults(action: ActionTemplate, calendar: Calendar) -> Iterator[tuple[str, str]]:
    times: dict[str, str] = {}
    for name in _TIMES:
        value = action.fields.get(name)
        if not isinstance(value, Template) or not _can_be_tried(value):
            continue
        made: Any = None
        try:
            made = fill(value, _SAMPLE, Context(calendar=calendar))
            times[name] = properties.coerce(name, made, calendar)
        except ValueMissing:
            if isinstance(made, str):
                yield name, f"{name} takes a time, and this makes a text such as {made!r}"
    start, end = times.get("startTime"), times.get("endTime")
    if start and end and end < start and _roots(action.fields["startTime"]) == _roots(action.fields["endTime"]):
        yield "endTime", "endTime is before startTime"


def _can_be_tried(value: Template) -> bool:
    found = placeholders(value)
    return all(each.path in _KNOWN and all(used.name != "lookup" for used in each.filters) for each in found)


def _roots(value: Value) -> set[str]:
    return {each.path.partition(".")[0] for each in placeholders(value)}
