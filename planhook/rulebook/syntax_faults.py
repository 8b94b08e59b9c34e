"""What the YAML parser could not read, said so that the author finds the place and knows what to write."""

import re
from contextlib import suppress

from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import ScalarEvent
from ruamel.yaml.tokens import (
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
)

from planhook.rulebook.foreign_signs import explain_sign
from planhook.rulebook.line_above import explain_line_above
from planhook.rulebook.operator_words import SYMBOLS
from planhook.rulebook.scanner import yaml_reader

_SYMBOL = re.compile(r":\s*\{?\s*['\"]?(>=|<=|>|<)[\s:]*['\"]?\s*([-+]?\d[\d.]*)")
INVISIBLE = "\u00a0\u00ad\u200b\u200e\u200f\u2060\ufeff"  # what is copied from web pages along with a text
SECOND_DOCUMENT = "a second document begins here; delete the line ---"
INVISIBLE_HERE = "an invisible character stands here; delete it"
_INVISIBLE_SIGN = re.compile(rf"(?:^ *|: *)([{INVISIBLE}])")
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_KEY_WITH_VALUE = re.compile(r":\s+\S")
_INDENT = "this line does not line up with those above; correct the indent"
_MAY_BE_ABOVE = re.compile("mapping values are not allowed|expected (?:<block end>|'<document start>')")
_LONGEST_EXAMPLE = 60
_WORDS: tuple[tuple[str, str], ...] = (
    ("found character '\\t'", "a tab stands here; use spaces"),
    ("cannot start any token", "a text cannot begin with this sign; put quotes around it"),
    ("chomping or indentation", "a text cannot begin with | or >; put quotes around it"),
    ("expected ',' or", "put quotes around a text that holds { } [ ] or a comma, and close every bracket"),
    ("a comment or a line break", "text stands behind the end of a value; put quotes around the whole of it"),
    ("sequence entries are not allowed", "a text cannot begin with a hyphen and a blank; put quotes around it"),
    ("mapping keys are not allowed", "a text cannot begin with ? and a blank; put quotes around it"),
    ("<document start>", _INDENT),
    ("expected <block end>", _INDENT),
)
_Fault = tuple[int, int, str]


def explain_fault(fault: MarkedYAMLError, text: str, quoted: ScalarEvent | None) -> _Fault:
    """Line and column, from 1, and message for a fault of `text`; `quoted` is the last text in quotes before it."""
    mark = fault.problem_mark or fault.context_mark
    if mark is None:
        return 0, 0, "this file is no valid YAML; look at indents, quotes and brackets"
    lines = text.split("\n")
    here = _line(lines, mark)
    if "\t" in _indent(here):
        return mark.line + 1, here.index("\t") + 1, "a tab indents this line; use spaces"
    if said := _invisible(fault, lines, mark) or explain_sign(fault, lines) or _escaped(fault, lines):
        return said
    if quoted and (said := _quote_trouble(quoted, here, mark)):
        return said
    if said := _never_closed(fault, text, mark):
        return said
    if symbol := _SYMBOL.search(here):
        sign, number = symbol.groups()
        return mark.line + 1, symbol.start(1) + 1, f"{sign} is no operator; write {{{SYMBOLS[sign]}: {number}}}"
    if _MAY_BE_ABOVE.search(fault.problem or "") and (said := explain_line_above(lines, mark.line)):
        return said
    told = _said(fault, here[: mark.column])
    return mark.line + 1, (len(_indent(here)) if told == _INDENT else mark.column) + 1, told


def _never_closed(fault: MarkedYAMLError, text: str, mark: StringMark) -> _Fault | None:
    """A quote, bracket or key that begins before and lacks its end."""
    opened, context = fault.context_mark, fault.context or ""
    if opened is None:
        return None
    lines = text.split("\n")
    here, start = (opened.line + 1, opened.column + 1), _line(lines, opened)
    if "quoted scalar" in context:
        return *here, "a quote opens here and is never closed"
    if opened.line == mark.line and "stream end" not in (fault.problem or ""):
        return None
    if "simple key" in context:
        return *here, _without_colon(start[opened.column :])
    if "flow node" in context and "stream end" in (fault.problem or "") and (unclosed := _unclosed(text)):
        line, column, sign = unclosed
        return line, column, f"{sign} opens here and is never closed"
    if "flow" in context and len(_indent(_line(lines, mark))) <= len(_indent(start)):
        return *here, f"{'{' if 'mapping' in context else '['} opens here and is never closed"
    return None


def _unclosed(text: str) -> _Fault | None:
    """Place and sign of the innermost bracket that is open at the end: the parser names the end alone."""
    opened: list[_Fault] = []
    with suppress(YAMLError):
        for token in yaml_reader().scan(text):
            mark = token.start_mark
            if isinstance(token, FlowSequenceStartToken | FlowMappingStartToken):
                sign = "[" if isinstance(token, FlowSequenceStartToken) else "{"
                opened.append((mark.line + 1, mark.column + 1, sign))
            elif isinstance(token, FlowSequenceEndToken | FlowMappingEndToken) and opened:
                opened.pop()
    return opened[-1] if opened else None


def _invisible(fault: MarkedYAMLError, lines: list[str], mark: StringMark) -> _Fault | None:
    """A blank that is none, before a key or behind its colon."""
    for number in dict.fromkeys(each.line for each in (fault.context_mark, mark) if each):
        if number < len(lines) and (sign := _INVISIBLE_SIGN.search(lines[number])):
            return number + 1, sign.start(1) + 1, INVISIBLE_HERE
    return None


def _escaped(fault: MarkedYAMLError, lines: list[str]) -> _Fault | None:
    r"""A backslash that is meant as one, as in "\d+"."""
    opened, problem = fault.context_mark, fault.problem or ""
    if opened is None or not ("unknown escape" in problem or "escape sequence" in problem):
        return None
    return opened.line + 1, opened.column + 1, in_single_quotes(_line(lines, opened), opened.column + 1)


def in_single_quotes(line: str, column: int, meaning: str = "has a meaning of its own") -> str:
    """What to say of the text in double quotes that begins in that column of a line, counted from 1."""
    written = _DOUBLE_QUOTED.match(line, column - 1)
    example = written[1].replace("'", "''") if written and len(written[1]) < _LONGEST_EXAMPLE else "…"
    return f"a backslash inside double quotes {meaning}; use single quotes, '{example}'"


def _without_colon(written: str) -> str:
    if written.startswith("//"):
        return "a comment begins with #"
    if joined := re.match(r"([\w.]+):(\S.*)", written):
        return f"put a blank after the colon: {joined[1]}: {joined[2]}"
    return "a key with a colon belongs here, as in name: …; a text that goes on needs a deeper indent"


def _quote_trouble(quoted: ScalarEvent, here: str, mark: StringMark) -> _Fault | None:
    begin, end = quoted.start_mark, quoted.end_mark
    if end.line != mark.line:
        return None
    if begin.line != end.line:
        told = f"a quote opens here and closes only in line {end.line + 1}; close it here"
        return begin.line + 1, begin.column + 1, told
    if here[end.column :][:1] in ("", " ", ",", "}", "]", ":"):
        return None
    return end.line + 1, end.column, _quote_inside(quoted.style)


def _quote_inside(style: str) -> str:
    if style == '"':
        return 'the text ends at the second "; use single quotes inside double quotes'
    return "the text ends at the second '; put double quotes around text with an apostrophe, or write it as ''"


def _said(fault: MarkedYAMLError, before: str) -> str:
    problem = fault.problem or ""
    if "mapping values are not allowed" in problem:
        if _KEY_WITH_VALUE.search(before):
            return "put quotes around text with a colon"
        return _INDENT
    if "expected <block end>" in problem and before.strip():
        return "text stands behind the end of a value; put quotes around the whole of it"
    return next((words for part, words in _WORDS if part in problem), "look at indents, quotes and brackets here")


def _line(lines: list[str], mark: StringMark) -> str:
    return lines[mark.line] if mark.line < len(lines) else ""


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
