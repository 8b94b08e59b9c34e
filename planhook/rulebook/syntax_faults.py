"""What the YAML parser could not read, said so that the author finds the place and knows what to write."""

import re

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import ScalarEvent

from planhook.rulebook.operator_words import SYMBOLS

_HINTS = {
    "mapping values are not allowed": "put quotes around text with a colon, or correct the indent",
    "expected ',' or": "inside { } put quotes around text that holds braces, and close every bracket",
    "cannot start any token": "put quotes around text that begins with this character",
    "expected <block end>": "the indent does not fit the lines above",
}
_SYMBOL = re.compile(r":\s*\{?\s*['\"]?(>=|<=|>|<)[\s:]*['\"]?\s*([-+]?\d[\d.]*)")


def explain_fault(fault: MarkedYAMLError, text: str, quoted: ScalarEvent | None) -> tuple[int, str]:
    """Line and message for a fault of `text`; `quoted` is the last text in quotes before it."""
    mark = fault.problem_mark or fault.context_mark
    line = mark.line + 1 if mark else 0
    lines = text.split("\n")
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if here[: len(here) - len(here.lstrip())].count("\t"):
        return line, "a tab indents this line; use spaces"
    opened = fault.context_mark.line + 1 if fault.context_mark else line
    if opened != line and "quoted scalar" in (fault.context or ""):
        return opened, "a quote opens here and is never closed"
    if quoted and quoted.end_mark.line + 1 == line:
        if quoted.start_mark.line != quoted.end_mark.line:
            return quoted.start_mark.line + 1, f"a quote opens here and closes only in line {line}; close it here"
        if here[quoted.end_mark.column :][:1] not in ("", " ", ",", "}", "]", ":"):
            return line, _quote_inside(quoted.style)
    if symbol := _SYMBOL.search(here):
        sign, number = symbol.groups()
        return line, f"{sign} is no operator; write {{{SYMBOLS[sign]}: {number}}}"
    problem = fault.problem or "the structure is broken"
    advice = next((words for part, words in _HINTS.items() if part in problem), "look at indents, quotes and brackets")
    return line, f"this is no valid YAML: {problem} ({advice})"


def _quote_inside(style: str) -> str:
    if style == '"':
        return 'the text ends at the second "; use single quotes inside double quotes'
    return "the text ends at the second '; put double quotes around text with an apostrophe, or write it as ''"
