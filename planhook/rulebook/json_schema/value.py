"""What a rule may write into one field of a task, as JSON Schema: by the type of the field."""

from collections.abc import Callable, Mapping

from planhook.core.properties import Property
from planhook.rulebook.json_schema.text import (
    BEGINS_AS_TIME,
    NULL,
    PLACEHOLDER,
    Json,
    in_any_case,
    reference,
)
from planhook.rulebook.values import STATES

_FIRST_MOMENT = 10**8  # seconds since 1970 from 1973 on; calendars take no smaller number for a time
_LEAST_ID = 10**23  # an id of digits only, which YAML reads as a number
_SCALAR: Json = {"anyOf": [reference("template"), {"type": ["number", "boolean"]}]}
_OBJECT_ID: Json = {"type": "string", "pattern": r"\{\{|^\s*[0-9a-fA-F]{24}\s*$"}


def value_of(prop: Property) -> Json:
    """What stands behind the name of `prop`; null where it may be cleared."""
    taken = _TYPES[prop.type](prop)
    return {"anyOf": [taken, NULL]} if prop.nullable else taken


def _text(prop: Property) -> Json:
    if prop.nullable:
        return _SCALAR
    return {"allOf": [_SCALAR, {"pattern": r"\S"}, *([_STATUS] if prop.name == "status" else [])]}


def _filled(fits: Json) -> Json:
    """A text with placeholders, or one that fits as it stands."""
    return {"allOf": [reference("template"), {"anyOf": [PLACEHOLDER, fits]}]}


def _enum(prop: Property) -> Json:
    return {"anyOf": [{"enum": list(prop.allowed)}, _filled(in_any_case(prop.allowed))]}


def _list_of(item: Json, key: str | None = None) -> Json:
    """One `item` or a list of them, each also as `{key: item}`."""
    wrapped = {"type": "object", "required": [key], "additionalProperties": False, "properties": {key: item}}
    items = {"anyOf": [item, wrapped]} if key else item
    return {"anyOf": [item, {"type": "array", "maxItems": 1000, "items": items}]}


_STATUS: Json = {"anyOf": [{"enum": sorted(set(STATES.values()))}, {"not": in_any_case(STATES)}]}
_COMPANY: Json = {"pattern": r"\{\{|^\s*(?:[0-9a-fA-F]{24}\s*$|(?:srcid|extid)-\s*\S)"}
_WHOLE: Json = {"anyOf": [{"type": "integer", "minimum": 1}, _filled({"pattern": r"^\s*\+?[\d.]"})]}
_MOMENT: Json = {"anyOf": [{"type": "number", "minimum": _FIRST_MOMENT}, _filled(BEGINS_AS_TIME)]}
_TYPES: Mapping[str, Callable[[Property], Json]] = {
    "text": _text,
    "html": _text,
    "time": lambda _: _MOMENT,
    "bool": lambda _: {"anyOf": [{"type": "boolean"}, _filled(in_any_case(("true", "false")))]},
    "int": lambda _: _WHOLE,
    "objectId": lambda _: {"allOf": [reference("template"), _OBJECT_ID]},
    "prefixedId": lambda _: {
        "anyOf": [{"allOf": [reference("template"), _COMPANY]}, {"type": "integer", "minimum": _LEAST_ID}]
    },
    "enum": _enum,
    "texts": lambda _: _list_of(_SCALAR),
    "checklist": lambda _: _list_of(_SCALAR, "title"),
    "people": lambda _: _list_of({"allOf": [reference("template"), _OBJECT_ID]}, "_id"),
    "any": lambda _: _list_of(_SCALAR),
}
