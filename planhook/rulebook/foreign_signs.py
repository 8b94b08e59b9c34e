"""Signs that look like one of YAML's and are none, in files that cannot be read."""

import re
from collections.abc import Sequence

from ruamel.yaml.error import MarkedYAMLError

_FENCE = re.compile(r"\s*(```|~~~)")
_COLON = re.compile(r"\s*(?:- +)?[A-Za-z_][\w.]*\s*([：﹕꞉∶])")
_DASH = re.compile(r"\s*([–—−‐‑])\s+[A-Za-z_]\w*:(?:\s|\Z)")
_HASH = re.compile(r"[\[,]\s*(#\w[\w-]*)")
_Fault = tuple[int, int, str]


def explain_sign(fault: MarkedYAMLError, lines: Sequence[str]) -> _Fault | None:
    """Line and column, from 1, and message when a sign explains the fault; None else."""
    mark, opened = fault.problem_mark, fault.context_mark
    numbers = [each.line for each in (opened, mark) if each]
    if mark and "mapping values" in (fault.problem or ""):  # else what stands above may be a text
        before = (number for number in range(min(mark.line, len(lines)) - 1, -1, -1) if lines[number].strip())
        numbers += [number for number in (next(before, None),) if number is not None]
    for number in (number for number in dict.fromkeys(numbers) if number < len(lines)):
        if told := _of_line(lines[number]):
            return number + 1, told[0] + 1, told[1]
    problem = fault.problem or ""
    if opened and "flow sequence" in (fault.context or "") and opened.line < len(lines):
        line = lines[opened.line]
        if (cut := _HASH.search(line, opened.column)) and "]" in line[cut.end() :]:
            advice = f"write '{cut[1]}' in quotes, or without its #"
            return opened.line + 1, cut.start(1) + 1, f"a # begins a comment here, and hides the bracket; {advice}"
    if mark and "expected <block end>" in problem and mark.line < len(lines):
        rest = lines[mark.line][mark.column :]
        if rest.startswith(",") and not rest[1:].partition("#")[0].strip():
            return mark.line + 1, mark.column + 1, "delete the comma: a line ends without one"
    return None


def _of_line(line: str) -> tuple[int, str] | None:
    """Column, from 0, and message."""
    if fence := _FENCE.match(line):
        return fence.start(1), f"{fence[1]} marks code in texts and is no YAML; delete this line"
    if colon := _COLON.match(line):
        return colon.start(1), f"{colon[1]} is another sign than the colon; write : and a blank"
    if dash := _DASH.match(line):
        return dash.start(1), f"{dash[1]} is a dash, and an item begins with a hyphen: write -"
    return None
