"""What the tasks are in the end, when events have come in some order."""

from collections.abc import Iterable, Mapping
from typing import Any

from planhook.authoring.given import event_of
from planhook.core.ending import ending
from planhook.core.plan import make_plan
from planhook.core.register import Register
from planhook.core.rule import RuleSet
from planhook.core.version import version_of

Task = Mapping[str, Any]


def tasks_after(rules: RuleSet, events: Iterable[Mapping[str, Any]]) -> dict[str, Task]:
    """The tasks by their `sourceId`, each with its properties; `events` are as under `given`, in order of arrival."""
    registers: dict[str, Register] = {}
    for given in events:
        event = event_of(given, rules.calendar)
        for index, operation in enumerate(make_plan(event, rules).operations):
            register = registers.setdefault(operation.key, Register(operation.key))
            register.fold(operation, version_of(event, 0, operation.position), index)
    ends = ((key, ending(register)) for key, register in registers.items())
    return {key: {name: value for name, (_, value) in end.items()} for key, end in ends if end is not None}
