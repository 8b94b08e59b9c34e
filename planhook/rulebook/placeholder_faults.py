"""What Jinja's parser could not read between {{ and }}, said for people who never heard of it."""

import re

from jinja2 import nodes

_SHAPE = "write {{ path }} or {{ path | filter }}, as in {{ deal.name | upper }}"
_CURLY_QUOTES = re.compile("[“”„‟‘’‚]")
_EMPTY = re.compile(r"\{\{\s*\}\}|\|\s*\}\}")
_WORDS: tuple[tuple[str, str], ...] = (
    ("unexpected '}'", "it begins with {{ and ends with }}: a brace is missing"),
    ("unexpected end of template", "it begins with {{ and ends with }}: the end is missing"),
    ("expected token ':', got '}'", "two braces are enough, as in {{ deal.name }}"),
    ("expected token ',', got", "put quotes around what stands in the brackets, as in at('09:00')"),
    ("got ':'", "what a filter works with stands in brackets, as in default('…')"),
    ("got '|'", "one | stands before a filter, as in {{ deal.name | default('…') }}"),
    (
        "expected token 'end of print statement'",
        "only | and a filter may stand behind the path; a name with blanks is written deal.properties['Deal size']",
    ),
)
_CHARACTER = re.compile(r"unexpected char ['\"](.+)['\"] at \d+")
_NAMES: dict[type[nodes.Node], str] = {
    nodes.Const: "a constant",
    nodes.Call: "a call",
    nodes.CondExpr: "if … else",
    nodes.Or: "or (use | default('…'))",
    nodes.Tuple: "a comma (each field takes braces of its own)",
    nodes.Concat: "~ (write the text outside of the braces)",
    nodes.Compare: "a comparison (that is for the if of the rule)",
    nodes.Not: "a condition (that is for the if of the rule)",
    nodes.And: "a condition (that is for the if of the rule)",
    nodes.Sub: "a minus (for a key with a hyphen write payload['my-key'])",
}


def unreadable(problem: str, text: str) -> str:
    """The sentence for Jinja's `problem` with `text`."""
    if _CURLY_QUOTES.search(problem):
        words = "write straight quotes (')"
    elif _EMPTY.search(text):
        words = f"nothing stands in it; {_SHAPE}"
    elif character := _CHARACTER.fullmatch(problem):
        words = f"{character[1]} has no meaning here; {_SHAPE}"
    else:
        words = next((words for part, words in _WORDS if part in problem), _SHAPE)
    return f"this placeholder cannot be read: {words}"


def forbidden(node: nodes.Node) -> str:
    """The sentence for an expression that is none of ours."""
    kind = type(node)
    name = _NAMES.get(kind, "a calculation" if issubclass(kind, nodes.BinExpr) else "this")
    return f"{name} is not allowed in a placeholder; {_SHAPE}"


def not_allowed(what: str) -> str:
    """Likewise for a sign of Jinja's that opens something else than a placeholder."""
    return f"{what} is not allowed in a value; {_SHAPE}"
