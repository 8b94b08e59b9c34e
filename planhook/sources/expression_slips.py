"""JMESPath that the library takes and that cannot be meant: what always fails, constants in the wrong quotes."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

_KNOWN: Mapping[str, Mapping[str, Any]] = Functions.FUNCTION_TABLE
_MAX_LEVELS = 200  # some frames of the interpreter each, which has a thousand of them for everything
_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Node = Mapping[str, Any]


def levels_of(parsed: Node) -> Iterator[list[Node]]:
    """A parsed expression, then its parts, then theirs. Not by recursion: a short text can go a thousand deep."""
    level = [parsed]
    while level:
        yield level
        level = [child for node in level for child in node["children"] if isinstance(child, Mapping)]  # else numbers


def is_too_deep(parsed: Node) -> bool:
    """Whether there may be no room to look for it in an event."""
    return any(depth > _MAX_LEVELS for depth, _ in enumerate(levels_of(parsed), 1))


def wrong_call(parsed: Node) -> str | None:
    """What is wrong with the first call that can never work, in a sentence."""
    calls = (node for level in levels_of(parsed) for node in level if node["type"] == "function_expression")
    return next((fault for call in calls if (fault := _fault(call["value"], len(call["children"])))), None)


def meant_constant(text: str) -> str | None:
    """The first name in double quotes that is compared or handed to a function, and could do without the quotes."""
    try:
        parsed = jmespath.compile(text).parsed
    except (JMESPathError, RecursionError):
        return None
    nodes = (node for level in levels_of(parsed) for node in level)
    compared = (node for node in nodes if node["type"] in ("comparator", "function_expression"))
    names = (side["value"] for node in compared for side in node["children"] if side["type"] == "field")
    return next((name for name in names if _NEEDS_NO_QUOTES.fullmatch(name) and f'"{name}"' in text), None)


def _fault(name: str, given: int) -> str | None:
    if name not in _KNOWN:
        near = difflib.get_close_matches(name, _KNOWN, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(_KNOWN))}"
        return f"there is no function {name} in JMESPath ({hint})"
    signature = _KNOWN[name]["signature"]
    takes = len(signature)
    if signature[-1].get("variadic"):
        return None if given >= takes else f"{name} takes at least {takes}, in brackets"
    if given == takes:
        return None
    return f"{name} takes {takes} in its brackets, and here {'is' if given == 1 else 'are'} {given or 'none'}"
