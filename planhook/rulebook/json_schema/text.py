"""Texts of rule files as JSON Schema: what may stand between {{ and }}, and words in any case.

Patterns are written for ECMAScript, as editors read them, and mean the same to Python.
"""

import re
from collections.abc import Iterable
from typing import Any

from planhook.core.filters import FILTERS
from planhook.rulebook.templates import ROOTS

Json = dict[str, Any]

NOT_BLANK: Json = {"type": "string", "pattern": r"\S"}
NAME: Json = {"type": ["string", "integer"], "pattern": r"\S"}
NAMES: Json = {"anyOf": [NOT_BLANK, {"type": "array", "minItems": 1, "items": NOT_BLANK}]}
NULL: Json = {"type": "null"}
FROM_ENVIRONMENT: Json = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"}
PLACEHOLDER: Json = {"type": "string", "pattern": r"\{\{"}
BEGINS_AS_TIME: Json = {"type": "string", "pattern": r"^\s*\d"}


def template() -> Json:
    """Text with placeholders: each begins with a path of the event and has only filters that exist."""
    path = rf"\{{\{{[-+]?[\s(]*(?:{'|'.join(ROOTS)})[\s)]*[.\[]"
    quoted = r"'(?:[^'\\]|\\[\s\S])*'|\"(?:[^\"\\]|\\[\s\S])*\""
    used = rf"\|\s*(?:{'|'.join(sorted(FILTERS))})(?![A-Za-z0-9_])"
    placeholder = rf"{path}(?:[^'\"|}}{{]|{quoted}|{used})*\}}\}}"
    return {"type": "string", "pattern": rf"^(?:[^{{]|\{{(?![{{#%])|{placeholder})*$"}


def in_any_case(words: Iterable[str]) -> Json:
    """One of `words`, written in upper or lower case, blanks around it or not."""
    spelled = "|".join("".join(_either(letter) for letter in word) for word in words)
    return {"type": "string", "pattern": rf"^\s*(?:{spelled})\s*$"}


def described(schema: Json, description: str) -> Json:
    """`schema` with what an editor shows beside it; a reference cannot hold that itself in draft 7."""
    return {"description": description, **({"allOf": [schema]} if "$ref" in schema else schema)}


def reference(name: str) -> Json:
    """A reference to one of the definitions."""
    return {"$ref": f"#/definitions/{name}"}


def _either(letter: str) -> str:
    return f"[{letter.upper()}{letter.lower()}]" if letter.upper() != letter.lower() else re.escape(letter)
