"""Marshmallow schemas as JSON Schema: one reading for each class of field."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from planhook.rulebook.calendar_schema import WEEKDAYS, Days, TimeZone, Weekdays
from planhook.rulebook.examples import Expected, Map
from planhook.rulebook.json_schema.text import (
    FROM_ENVIRONMENT,
    NAME,
    NAMES,
    NOT_BLANK,
    NULL,
    Json,
    described,
    in_any_case,
    reference,
)
from planhook.rulebook.mode import Companies, Percent
from planhook.rulebook.strict import Flag, Text, Texts
from planhook.sources.expression import ExpressionField
from planhook.sources.google_fetch import ServiceAccountField
from planhook.sources.icalendar import TimeZoneField
from planhook.sources.mail.schema import Addresses
from planhook.sources.mapping import ChangesField
from planhook.sources.proof.field import ProofField
from planhook.sources.schema import BaseUrl, HeaderName, Secrets, Token, Words
from planhook.sources.schema import Flag as FlagOfSource
from planhook.sources.ses import CertificateField, Topics

_STRING: Json = {"type": "string"}
_WORD: Json = {"type": ["string", "integer"]}
_Field = Any  # what a field of one class has, fields of others lack


def one_or_more(item: Json, *, least: int = 1) -> Json:
    """One `item`, or a list of at least `least`."""
    return {"anyOf": [item, {"type": "array", "minItems": least, "items": item}]}


def object_of(schema: Schema, words: Mapping[str, str], overrides: Mapping[str, Json] | None = None) -> Json:
    """The map that `schema` loads: no unknown keys, what is required, and for each key what it takes.

    `words` describes the keys; `overrides` stands for fields that only their schema's own methods can read.
    """
    named = {field.data_key or name: field for name, field in schema.fields.items()}
    overrides = overrides or {}
    properties = {
        key: _with_null(field, overrides[key] if key in overrides else _taken(field, words))
        for key, field in named.items()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(key for key, field in named.items() if field.required),
        "properties": {key: described(taken, words[key]) for key, taken in properties.items()},
    }


def _with_null(field: _Field, taken: Json) -> Json:
    return {"anyOf": [taken, NULL]} if field.allow_none and taken else taken


def _taken(field: _Field, words: Mapping[str, str]) -> Json:
    """What one field takes. Raises KeyError for a class of field that nobody has taught this module."""
    if isinstance(field, fields.Nested):
        prefix = f"{field.data_key or field.name}."
        below = {key.removeprefix(prefix): words[key] for key in words if key.startswith(prefix)}
        return object_of(field.schema, below)
    for kind in type(field).__mro__:
        if kind in _READINGS:
            return _READINGS[kind](field)
    raise KeyError(f"{type(field).__name__} has no reading as JSON Schema")


def _string(field: _Field) -> Json:
    taken = dict(_STRING)
    for rule in field.validators:
        if isinstance(rule, validate.Length) and rule.min:
            taken["minLength"] = rule.min
        if isinstance(rule, validate.OneOf):
            return {"anyOf": [{"enum": list(rule.choices)}, FROM_ENVIRONMENT]}
    return taken


def _integer(field: _Field) -> Json:
    bounds = next((rule for rule in field.validators if isinstance(rule, validate.Range)), None)
    limits = {"minimum": bounds.min, "maximum": bounds.max} if bounds else {}
    return {"type": "integer", **{key: limit for key, limit in limits.items() if limit is not None}}


def _list(field: _Field) -> Json:
    taken: Json = {"type": "array", "items": _taken(field.inner, {})}
    for rule in field.validators:
        if isinstance(rule, validate.Length):
            taken |= {
                key: limit for key, limit in (("minItems", rule.min), ("maxItems", rule.max)) if limit is not None
            }
    return taken


def _expression(field: _Field) -> Json:
    return reference("expressions") if field.nested else _STRING


_ADDRESS: Json = {"type": "string", "pattern": r"@|\$\{"}
_CHANGE: Json = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "from": described(_STRING, "Where the sender tells the old value."),
        "to": described(_STRING, "Where the sender tells the new value."),
    },
}
_READINGS: Mapping[type, Callable[[_Field], Json]] = {
    Text: lambda _: NAME,
    Texts: lambda _: NAMES,
    Flag: lambda _: {"type": "boolean"},
    FlagOfSource: lambda _: {"type": "boolean"},
    HeaderName: lambda _: {"type": "string", "pattern": r"^[^\s:,;=/?@()<>\[\]]+$"},
    Companies: lambda _: one_or_more(NAME),
    Percent: lambda _: {"type": "number", "minimum": 0, "maximum": 100},
    Map: lambda _: {"type": "object"},
    Expected: lambda _: reference("expect"),
    TimeZone: lambda _: NAME,
    Days: lambda _: {"type": "array", "items": {"type": ["string", "integer"], "pattern": r"^\d{4}"}},
    Weekdays: lambda _: one_or_more(in_any_case(WEEKDAYS), least=0),
    Secrets: lambda _: one_or_more(NOT_BLANK),
    Token: lambda _: {"type": "string", "pattern": r"^\s*[!-~]+\s*$"},
    BaseUrl: lambda _: NOT_BLANK,
    Addresses: lambda _: one_or_more(_ADDRESS),
    Words: lambda _: one_or_more(_WORD, least=0),
    TimeZoneField: lambda _: NOT_BLANK,
    ExpressionField: _expression,
    ChangesField: lambda _: {"anyOf": [_STRING, {"type": "object", "additionalProperties": _CHANGE}]},
    ProofField: lambda _: reference("verify"),
    ServiceAccountField: lambda _: NOT_BLANK,
    Topics: lambda _: one_or_more(NOT_BLANK),
    CertificateField: lambda _: one_or_more(NOT_BLANK),
    fields.Email: lambda _: _ADDRESS,
    fields.String: _string,
    fields.Integer: _integer,
    fields.List: _list,
    fields.Raw: lambda _: {},
}
