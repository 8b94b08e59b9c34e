"""The map under `if:` as JSON Schema."""

from planhook.rulebook import reference as words
from planhook.rulebook.conditions import BLOCKS, MOMENTS, NUMBERS, OPERATORS, TEXTS
from planhook.rulebook.json_schema.text import BEGINS_AS_TIME, Json, described, reference

_SCALAR: Json = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_SCALARS: Json = {"type": "array", "minItems": 1, "items": _SCALAR}
_FLAG: Json = {"type": "boolean"}
_PATH = r"^(?:event|deal|meeting|payload)(?:\.[^.]+)+$"
_CHANGED = r"^changes(?:\.[^.]+)+\.(?:from|to)$"


def definitions() -> dict[str, Json]:
    """`condition`: fields and what they are compared with; `parts`, `alternatives`: several; `test`: one comparison."""
    known = {path: described(reference("test"), meaning) for path, meaning in words.FIELDS.items()}
    blocks = {
        block: described(reference("parts" if block == "all" else "alternatives"), words.BLOCKS[block])
        for block in BLOCKS
    }
    listed: Json = {"type": "array", "minItems": 1, "items": reference("condition")}
    alone = {"allOf": [reference("condition"), {"maxProperties": 1}]}  # with several, nobody knows what any means
    return {
        "condition": {
            "type": "object",
            "minProperties": 1,
            "properties": known | blocks,
            "patternProperties": {_PATH: reference("test"), _CHANGED: reference("test")},
            "additionalProperties": False,
        },
        "parts": {"anyOf": [reference("condition"), listed]},
        "alternatives": {"anyOf": [alone, listed]},
        "test": {"anyOf": [_SCALAR, _SCALARS, _comparisons()]},
    }


def _comparisons() -> Json:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {operator: described(_taken(operator), words.OPERATORS[operator]) for operator in OPERATORS},
    }


def _taken(operator: str) -> Json:
    if operator in NUMBERS:
        return {"type": "number"}
    if operator in MOMENTS:
        return BEGINS_AS_TIME
    if operator in TEXTS:
        return {"type": ["string", "number"], "minLength": 1}
    if operator in ("present", "changed"):
        return _FLAG
    if operator in ("one_of", "not_one_of"):
        return _SCALARS
    return _SCALAR if operator in ("is", "is_not") else {"anyOf": [_SCALAR, _SCALARS]}
