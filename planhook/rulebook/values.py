"""What a rule writes into one property of a task: parsed, and checked as far as that goes without an event."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from planhook.core import properties
from planhook.core.calendar import Calendar
from planhook.core.errors import ValueMissing
from planhook.core.template import Template, Value
from planhook.rulebook.gather import read_each
from planhook.rulebook.templates import parse_template, placeholders
from planhook.rulebook.vocabulary import names_value

_ITEM_KEYS = {"checklist": "title", "people": "_id"}
_EVERY = {"biweekly": 14, "fortnightly": 14, "bi-weekly": 14}
_ITEMS = ("texts", "checklist", "people")
_LISTS = ("texts", "checklist", "people", "any")
STATES = {"done": "Done", "ignored": "Ignored", "to do": "To Do", "todo": "To Do", "to-do": "To Do"}


def parse_value(name: str, data: Any, calendar: Calendar) -> Value:
    """The value of property `name`: templates, literals, or lists of them. Raises ValidationError."""
    prop = properties.find(name)
    if prop is None:
        raise ValidationError(f"Planhat knows no {name}")
    if isinstance(data, list) and prop.type not in _LISTS:
        raise ValidationError(f"{name} takes one value, not a list{_bare_path(data)}")
    if isinstance(data, Mapping):
        raise ValidationError(f"{name} takes no map{_bare_path(list(data))}")
    value = (
        read_each(enumerate(data), lambda _, item: _parse_item(prop.type, item))
        if isinstance(data, list)
        else _parse_one(data)
    )
    if is_static(value):
        _check_static(name, value, calendar)
    return value


def is_static(value: Value) -> bool:
    """Whether a value is the same for every event."""
    match value:
        case Template():
            return not placeholders(value)
        case list() | tuple():
            return all(is_static(item) for item in value)
        case Mapping():
            return all(is_static(item) for item in value.values())
    return True


def static_text(value: Value) -> Value:
    """A static value without its templates: plain text, literals, lists and maps of them."""
    match value:
        case Template():
            return value.text
        case list() | tuple():
            return [static_text(item) for item in value]
        case Mapping():
            return {key: static_text(item) for key, item in value.items()}
    return value


def _parse_one(data: Any) -> Value:
    return parse_template(data) if isinstance(data, str) else data


def _parse_list(kind: str, data: list[Any]) -> list[Value]:
    return read_each(enumerate(data), lambda _, item: _parse_item(kind, item))


def _parse_item(kind: str, item: Any) -> Value:
    if item is None and kind in _ITEMS:
        raise ValidationError("nothing stands behind this hyphen (a # that follows a blank begins a comment)")
    if isinstance(item, Mapping):
        key = _ITEM_KEYS.get(kind)
        if key is None or set(item) != {key}:
            raise ValidationError(_not_an_item(item, key))
        if isinstance(item[key], Mapping | list):
            raise ValidationError(f"{key} takes one value, as in {{{key}: …}}")
        return {key: _parse_one(item[key])}
    if isinstance(item, list):
        raise ValidationError("a list inside a list does not work here")
    return _parse_one(item)


def _not_an_item(item: Mapping[str, Any], key: str | None) -> str:
    if key:
        return f"only {{{key}: …}} or a text stands here; put quotes around text with a colon"
    if len(item) == 1 and all(isinstance(value, str | int | float | None) for value in item.values()):
        return "put quotes around text with a colon"
    return "only a text stands here"


def _bare_path(items: list[Any]) -> str:
    """What to write when `{deal.name}` or `[deal.name]`, which YAML takes for a map or list, meant a placeholder."""
    path = items[0] if len(items) == 1 else None
    return f' (did you mean "{{{{ {path} }}}}", in quotes?)' if isinstance(path, str) and names_value(path) else ""


def _check_static(name: str, value: Value, calendar: Calendar) -> None:
    text = static_text(value)
    if name == "status" and isinstance(text, str) and STATES.get(text.casefold(), text) != text:
        raise ValidationError(f"Planhat's status is {STATES[text.casefold()]}, not {text}: case and blanks matter")
    try:
        properties.coerce(name, text, calendar)
    except ValueMissing as fault:
        raise ValidationError(f"{fault}{_remedy(name, text)}") from None


def _remedy(name: str, given: Value) -> str:
    """What to write instead of a fixed value that property `name` cannot take."""
    prop = properties.find(name)
    if given is None:
        return "; write something behind the colon (a # that follows a blank begins a comment)"
    match prop.type if prop else "":
        case "time":
            return (
                "; write it as in 2026-12-31T09:00:00Z, or count from the event: {{ event.occurred_at | plus(days=1) }}"
            )
        case "objectId" | "people" if "@" in str(given):
            return "; look the address up in a table, as in {{ deal.owner_email | lookup('owners') }}"
        case "prefixedId":
            return "; or look it up in a table, as in {{ deal.company_id | lookup('companies') }}"
        case "enum" if name == "repeat" and str(given) in _EVERY:
            return f"; write custom, and repeatDays: {_EVERY[str(given)]}"
    return ""
