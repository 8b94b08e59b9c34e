"""Calls in a JMESPath expression that fail whatever they meet: the library finds them only when it runs."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from jmespath.functions import Functions

_KNOWN: Mapping[str, Mapping[str, Any]] = Functions.FUNCTION_TABLE
Node = Mapping[str, Any]


def nodes_of(parsed: Node) -> Iterator[Node]:
    """A parsed expression and all its parts."""
    yield parsed
    for child in parsed["children"]:
        if isinstance(child, Mapping):  # a slice has numbers
            yield from nodes_of(child)


def wrong_call(parsed: Node) -> str | None:
    """What is wrong with the first call that can never work, in a sentence."""
    calls = (node for node in nodes_of(parsed) if node["type"] == "function_expression")
    return next((fault for call in calls if (fault := _fault(call["value"], len(call["children"])))), None)


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
