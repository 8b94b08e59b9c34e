"""The JSON Schema of rule files, for editors: made of the same schemas and tables that the loader reads by.

It accepts whatever the loader accepts. It refuses what the loader refuses as far as one value tells: that a table
exists, that two names differ or that a time is one is for `check`.
"""

from planhook.core.calendar import Calendar
from planhook.rulebook import reference as words
from planhook.rulebook.calendar_schema import CalendarSchema
from planhook.rulebook.examples import ExampleSchema
from planhook.rulebook.json_schema import action, condition, source
from planhook.rulebook.json_schema.text import NULL, Json, described, reference, template
from planhook.rulebook.json_schema.walk import object_of, one_or_more
from planhook.rulebook.mode import MODES, CanarySchema
from planhook.rulebook.rule_schema import RuleSchema
from planhook.rulebook.template_section import TemplateSchema
from planhook.rulebook.vocabulary import TYPES

_SCALAR: Json = {"type": ["string", "number", "boolean"]}
_GLOB: Json = {"type": "string", "pattern": r"[*?\[]"}
_OTHER: Json = {"type": "string", "pattern": r"^\s*(?!(?:deal|meeting)\.)[^.]+\."}


def json_schema() -> Json:
    """JSON Schema (draft 7) of one rule file, with a description of every key."""
    sections = {
        "sources": source.SOURCES,
        "rules": {"type": ["array", "null"], "items": reference("rule")},
        "tables": {"type": ["object", "null"], "additionalProperties": reference("table")},
        "calendar": {"anyOf": [reference("calendar"), NULL]},
        "templates": {"type": ["object", "null"], "additionalProperties": reference("ruleTemplate")},
        "defaults": {"anyOf": [reference("defaults"), NULL]},
        "allow_delete": {"type": ["boolean", "null"]},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rules of planhook",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {name: described(section, words.SECTIONS[name]) for name, section in sections.items()},
        "definitions": {
            "rule": _rule(),
            "ruleTemplate": _template(),
            "table": {"type": "object", "minProperties": 1, "additionalProperties": _SCALAR},
            "calendar": object_of(CalendarSchema(), words.CALENDAR),
            "example": _example(),
            "template": template(),
            **condition.definitions(),
            **action.definitions(),
            **source.definitions(),
        },
    }


def _rule() -> Json:
    schema = RuleSchema(Calendar(), file="", allow_delete=True)
    by_hand = {
        "on": one_or_more(_type()),
        "if": reference("condition"),
        "then": reference("actions"),
        "examples": {"type": "array", "items": reference("example")},
        "mode": _mode(),
    }
    written = {"required": ["on", "then"], "not": {"anyOf": [{"required": ["use"]}, {"required": ["with"]}]}}
    made = {"required": ["use"], "not": {"anyOf": [{"required": ["on"]}, {"required": ["then"]}]}}
    return object_of(schema, words.RULE, by_hand) | {"required": ["name"], "anyOf": [written, made]}


def _template() -> Json:
    """The form of a template: what stands in it may be a parameter anywhere, so `check` tells what is wrong with it."""
    anything: Json = {"not": NULL}
    by_hand = dict.fromkeys(("on", "from", "if", "then", "mode", "description"), anything)
    return object_of(TemplateSchema(), words.TEMPLATE, by_hand)


def _mode() -> Json:
    canary = object_of(CanarySchema(), words.CANARY) | {"minProperties": 1, "maxProperties": 1}
    return {"anyOf": [*({"enum": [name], "description": words.MODES[name]} for name in MODES), canary]}


def _type() -> Json:
    known = [{"enum": [name], "description": words.TYPES[name]} for name in TYPES]
    return {"anyOf": [*known, _GLOB, _OTHER]}


def _example() -> Json:
    given = {f"given.{key}": meaning for key, meaning in words.GIVEN.items()}
    return object_of(ExampleSchema(), {**words.EXAMPLE, **given})
