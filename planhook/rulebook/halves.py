"""Fields of a task that are only half written: a day without a time, a list without its brackets."""

import re
from collections.abc import Iterator, Sequence

from planhook.core import properties
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Placeholder, Template, Value
from planhook.rulebook.findings import Findings
from planhook.rulebook.listed_texts import as_list, meant_items
from planhook.rulebook.values import is_static, static_text

_DAY = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*\Z")
_LAYOUT_OF_DAY = "%Y-%m-%d"

_LISTS = ("texts", "checklist", "people")


def warn_of_halves(rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each field that lacks something."""
    for action in (action for rule in rules for action in rule.then):
        for name, message in _faults(action):
            findings.add_at(action.where(name), message, "warning")


def _faults(action: ActionTemplate) -> Iterator[tuple[str, str]]:
    fields = action.fields
    for name in ("startTime", "endTime"):
        if action.action == "create" and "noSpecificTime" not in fields and _is_day(fields.get(name)):
            yield name, f"{name} is a day without a time and means its midnight; add noSpecificTime: true, or a time"
    for name, value in fields.items():
        if (prop := properties.find(name)) and prop.type in _LISTS and (told := _one_text(value)):
            yield name, f"{name} is one text here, {told}"
    repeat = fields.get("repeat")
    if "repeatDays" in fields and is_static(repeat) and static_text(repeat) != "custom":
        yield "repeatDays", "repeatDays counts only beside repeat: custom"


def _one_text(value: Value) -> str | None:
    """What to say of a text that is a list to its author."""
    if not isinstance(value, Template):
        return None
    if items := meant_items(value.text):
        return f"and no list; write {as_list(items)}"
    if is_static(value) and "," in value.text:
        parted = [text.strip() for text in value.text.split(",") if text.strip()]
        return f"commas and all; write a list, as in [{', '.join(parted)}]"
    return None


def _is_day(value: Value) -> bool:
    if not isinstance(value, Template) or len(value.parts) != 1:
        return False
    (part,) = value.parts
    if isinstance(part, Placeholder):
        return any(used.name == "date" and used.args == (_LAYOUT_OF_DAY,) for used in part.filters[-1:])
    return _DAY.match(part) is not None
