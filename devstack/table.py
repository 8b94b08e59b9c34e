"""Rows of text as an aligned table for a terminal."""

import textwrap
from collections.abc import Sequence

_WIDEST = 44


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """`title`, `head` and `rows` in columns as wide as their contents; long cells go over several lines."""
    wrapped = [[textwrap.wrap(cell, _WIDEST, break_on_hyphens=False) or [""] for cell in row] for row in (head, *rows)]
    widths = [max(len(line) for row in wrapped for line in row[column]) for column in range(len(head))]
    lines = [title, _ruled(widths)]
    for number, row in enumerate(wrapped):
        for height in range(max(len(cell) for cell in row)):
            cells = [cell[height] if height < len(cell) else "" for cell in row]
            lines.append("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
        if number == 0:
            lines.append(_ruled(widths))
    return "\n".join(lines)


def _ruled(widths: Sequence[int]) -> str:
    return "  ".join("─" * width for width in widths)
