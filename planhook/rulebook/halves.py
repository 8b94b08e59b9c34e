"""Fields of a task that miss another one beside them: a day without a time, days without the word they go with."""

import re
from collections.abc import Iterator, Sequence

from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Placeholder, Template, Value
from planhook.rulebook.findings import Findings
from planhook.rulebook.values import is_static, static_text

_DAY = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*\Z")
_LAYOUT_OF_DAY = "%Y-%m-%d"


def warn_of_halves(rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each field that needs another one beside it."""
    for action in (action for rule in rules for action in rule.then):
        for name, message in _faults(action):
            findings.add_at(action.where(name), message, "warning")


def _faults(action: ActionTemplate) -> Iterator[tuple[str, str]]:
    fields = action.fields
    for name in ("startTime", "endTime"):
        if action.action == "create" and "noSpecificTime" not in fields and _is_day(fields.get(name)):
            yield name, f"{name} is a day without a time and means its midnight; add noSpecificTime: true, or a time"
    repeat = fields.get("repeat")
    if "repeatDays" in fields and is_static(repeat) and static_text(repeat) != "custom":
        yield "repeatDays", "repeatDays counts only beside repeat: custom"


def _is_day(value: Value) -> bool:
    if not isinstance(value, Template) or len(value.parts) != 1:
        return False
    (part,) = value.parts
    if isinstance(part, Placeholder):
        return any(used.name == "date" and used.args == (_LAYOUT_OF_DAY,) for used in part.filters[-1:])
    return _DAY.match(part) is not None
