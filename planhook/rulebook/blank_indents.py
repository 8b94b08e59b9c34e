"""Files whose lines are indented by no-break spaces, as they are copied from web pages: read as if by blanks."""

import re
from typing import Any

from planhook.core.errors import Finding
from planhook.rulebook.document import read_document
from planhook.rulebook.syntax_faults import INVISIBLE_HERE

_NO_BREAK = "\u00a0"
_INDENTED = re.compile(r" *\u00a0[ \u00a0]*(?=(?:- )?[\w.]+:(?:\s|\Z)|- )")


def read_indented(name: str, content: bytes) -> tuple[Any, list[Finding]]:
    """As `read_document`; what stands in lines with such an indent is read all the same, and the indent told once."""
    data, findings = read_document(name, content)
    if not any(finding.message == INVISIBLE_HERE for finding in findings):
        return data, findings
    lines = content.decode("utf-8-sig").split("\n")
    numbers = [number for number, line in enumerate(lines, 1) if _INDENTED.match(line)]
    if not any(finding.message == INVISIBLE_HERE and finding.line in numbers for finding in findings):
        return data, findings
    mended = [_INDENTED.sub(lambda indent: " " * len(indent[0]), line, count=1) for line in lines]
    whole, others = read_document(name, "\n".join(mended).encode())
    if whole is None:
        return data, findings
    more = f", and {len(numbers) - 1} more" if len(numbers) > 1 else ""
    told = f"no-break spaces indent this line{more}; replace them by blanks"
    column = lines[numbers[0] - 1].index(_NO_BREAK) + 1
    return whole, [*others, Finding(name, numbers[0], told, column=column)]
