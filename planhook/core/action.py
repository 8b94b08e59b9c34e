"""One action of a rule, filled for one event: an operation, or everything that stands in its way."""

from collections.abc import Mapping
from typing import Any

from planhook.core.errors import ValueMissing
from planhook.core.event import Event, iso
from planhook.core.operation import Operation
from planhook.core.properties import coerce
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.task_key import key_of_rule, planhat_id, task_key
from planhook.core.template import Context, Value, fill

_NEEDED = ("companyId", "action")  # without them Planhat creates nothing, or a task without a title
_FIXED = ("companyId", "mainType")  # an item that names them could create what it should only change


def build(action: ActionTemplate, rule: Rule, event: Event, data: Mapping[str, Any], context: Context) -> Operation:
    """The operation that `action` of `rule` asks for because of `event`; `data` is `event.data()`.

    Raises ValueMissing with everything that is missing or unfit, not only the first.
    """
    problems: list[str] = []
    key = ""
    try:
        key = _key(action, rule, event, data, context)
    except ValueMissing as missing:
        problems.append(_named("_id" if action.by_id else "sourceId", str(missing)))
    fields: dict[str, Any] = {}
    templates = _templates(action, event)
    whole_days = _has_whole_days(templates, data, context)
    for name, template in templates.items():
        try:
            fields[name] = _field(name, template, data, context, whole_days=whole_days)
        except ValueMissing as missing:
            problems.append(_named(name, str(missing)))
    problems += _contradictions(action)
    if problems:
        raise ValueMissing(f"{action.action}: {'; '.join(problems)}")
    return Operation(rule.name, action.action, key, fields, action.position, action.by_id, action.if_absent)


def _key(action: ActionTemplate, rule: Rule, event: Event, data: Mapping[str, Any], context: Context) -> str:
    if action.key is None:
        return key_of_rule(rule.slug, event)
    value = fill(action.key, data, context)
    return planhat_id(value) if action.by_id else task_key(value)


def _templates(action: ActionTemplate, event: Event) -> Mapping[str, Value]:
    if action.action == "create":
        return {"mainType": "task", **action.fields}
    if action.action == "update":
        return action.fields
    if action.action == "complete":
        return {"status": "Done", "dateDone": iso(event.occurred_at), **action.fields}
    return {}


def _has_whole_days(templates: Mapping[str, Value], data: Mapping[str, Any], context: Context) -> bool:
    try:
        return bool(_field("noSpecificTime", templates.get("noSpecificTime", False), data, context))
    except ValueMissing:
        return False  # told where the field itself is filled


def _field(name: str, template: Value, data: Mapping[str, Any], context: Context, *, whole_days: bool = False) -> Any:
    value = fill(template, data, context, escape=name == "description")
    return coerce(name, value, context.calendar, whole_days=whole_days)


def _contradictions(action: ActionTemplate) -> list[str]:
    if action.action == "create":
        return [f"{name} is missing" for name in _NEEDED if name not in action.fields]
    return [f"{name} can only be given by create" for name in _FIXED if name in action.fields]


def _named(name: str, problem: str) -> str:
    return problem if problem.startswith(f"{name} ") else f"{name}: {problem}"
