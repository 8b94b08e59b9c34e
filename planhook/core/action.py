"""One action of a rule, filled for one event: an operation, or everything that stands in its way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Filled:
    """An action for one event, as far as it could be filled.

    `key` is "" when there is none. `problems` are pairs of a field (or `sourceId`, `_id`) and what is missing or
    unfit there.
    """

    key: str
    fields: Mapping[str, Any]
    problems: tuple[tuple[str, str], ...]


def build(action: ActionTemplate, rule: Rule, event: Event, data: Mapping[str, Any], context: Context) -> Operation:
    """The operation that `action` of `rule` asks for because of `event`; `data` is `event.data()`.

    Raises ValueMissing with everything that is missing or unfit, not only the first.
    """
    filled = fill_action(action, rule, event, data, context)
    if filled.problems:
        told = "; ".join(_named(name, problem) for name, problem in filled.problems)
        raise ValueMissing(f"{action.action}: {told}")
    return Operation(
        rule.name, action.action, filled.key, filled.fields, action.position, action.by_id, action.if_absent
    )


def fill_action(action: ActionTemplate, rule: Rule, event: Event, data: Mapping[str, Any], context: Context) -> Filled:
    """`action` with its gaps filled, as `build` takes it, and all that stands in its way."""
    problems: list[tuple[str, str]] = []
    key = ""
    try:
        key = _key(action, rule, event, data, context)
    except ValueMissing as missing:
        problems.append(("_id" if action.by_id else "sourceId", str(missing)))
    fields: dict[str, Any] = {}
    templates = templates_of(action, event)
    whole_days = _has_whole_days(templates, data, context)
    for name, template in templates.items():
        try:
            fields[name] = _field(name, template, data, context, whole_days=whole_days)
        except ValueMissing as missing:
            problems.append((name, str(missing)))
    problems += _contradictions(action)
    return Filled(key, fields, tuple(problems))


def _key(action: ActionTemplate, rule: Rule, event: Event, data: Mapping[str, Any], context: Context) -> str:
    if action.key is None:
        return key_of_rule(rule.slug, event)
    value = fill(action.key, data, context)
    return planhat_id(value) if action.by_id else task_key(value)


def templates_of(action: ActionTemplate, event: Event) -> Mapping[str, Value]:
    """What fills each field of `action`: what its rule says, and what follows from the action itself."""
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


def _contradictions(action: ActionTemplate) -> Iterator[tuple[str, str]]:
    if action.action == "create":
        yield from ((name, f"{name} is missing") for name in _NEEDED if name not in action.fields)
    else:
        yield from ((name, f"{name} can only be given by create") for name in _FIXED if name in action.fields)


def _named(name: str, problem: str) -> str:
    return problem if problem.startswith(f"{name} ") else f"{name}: {problem}"
