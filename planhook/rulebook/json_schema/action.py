"""Actions, as JSON Schema: what stands under `then:`, and what examples expect of it."""

from typing import Any

from marshmallow import ValidationError

from planhook.core.operation import ACTIONS, IF_ABSENT
from planhook.core.properties import CUSTOM, PROPERTIES, Property
from planhook.rulebook import reference as words
from planhook.rulebook.actions import check_key
from planhook.rulebook.json_schema.text import Json, described, reference
from planhook.rulebook.json_schema.value import value_of
from planhook.rulebook.json_schema.walk import one_or_more

_KEY: Json = {"anyOf": [{"allOf": [reference("template"), {"pattern": r"\S"}]}, {"type": "integer"}]}
_CUSTOM_VALUE = Property("custom", "any", "")
_TWO_TASKS: Json = {"required": ["sourceId", "_id"]}


def definitions() -> dict[str, Json]:
    """`defaults`, `actions`, one definition for each action, and `expect`."""
    custom = {f"^{CUSTOM.replace('.', '[.]')}.": value_of(_CUSTOM_VALUE)}
    return {
        "defaults": _by_action({name: reference(name) for name in ACTIONS}),
        "actions": one_or_more(_one_action({name: reference(name) for name in ACTIONS})),
        **{name: _action(name, custom) for name in ACTIONS},
        "expect": {
            "anyOf": [
                {"enum": ["nothing"]},
                one_or_more(_one_action({name: reference("expected") for name in ACTIONS}), least=0),
            ]
        },
        "expected": _expected(custom),
    }


def _one_action(bodies: dict[str, Json]) -> Json:
    return _by_action(bodies) | {"minProperties": 1, "maxProperties": 1}


def _by_action(bodies: dict[str, Json]) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: described(body, words.ACTIONS[name]) for name, body in bodies.items()},
    }


def _action(name: str, custom: dict[str, Json]) -> Json:
    """What an action of that name may have. None of it is required: defaults, also of another file, may give it."""
    taken = {
        key: described(value_of(prop), prop.description)
        for key, prop in PROPERTIES.items()
        if key not in ("sourceId", "_id") and _writes(name, key)
    }
    which = ("sourceId",) if name == "create" else ("sourceId", "_id", "if_absent")
    properties: dict[str, Any] = {key: described(_of_task(key), words.ACTION_KEYS[key]) for key in which} | taken
    body: Json = {"type": "object", "additionalProperties": False, "properties": properties, "not": _TWO_TASKS}
    if _writes(name, f"{CUSTOM}x"):
        fields = {"type": "object", "minProperties": 1, "additionalProperties": value_of(_CUSTOM_VALUE)}
        properties["custom"] = described(fields | {"propertyNames": {"minLength": 1}}, words.ACTION_KEYS["custom"])
        body["patternProperties"] = custom
    return body


def _of_task(key: str) -> Json:
    return {"enum": list(IF_ABSENT)} if key == "if_absent" else _KEY


def _writes(action: str, key: str) -> bool:
    try:
        check_key(action, key)
    except ValidationError:
        return False
    return True


def _expected(custom: dict[str, Json]) -> Json:
    fields = {name: {"description": prop.description} for name, prop in PROPERTIES.items()}
    extra = {name: {"description": words.ACTION_KEYS[name]} for name in ("_id", "custom", "if_absent")}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": fields | extra,
        "patternProperties": {name: {} for name in custom},
    }
