"""Figures as bars, in an SVG file that needs nothing else."""

from collections.abc import Sequence
from html import escape

from bench.figure import Figure

_WIDTH, _NAMES, _VALUES = 760, 230, 120  # pixels: of all, of the names on the left, of the values on the right
_ROW, _TITLE, _GAP = 24, 30, 18
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.ours{fill:#0b7285}.theirs{fill:#adb5bd}"
)


def bars(figures: Sequence[Figure]) -> str:
    """One chart for each `chart` that figures name, below each other, each on a scale of its own."""
    charts: dict[str, list[Figure]] = {}
    for figure in figures:
        if figure.chart:
            charts.setdefault(figure.chart, []).append(figure)
    drawn: list[str] = []
    top = _GAP
    for title, members in charts.items():
        drawn += _chart(title, members, top)
        top += _TITLE + _ROW * len(members) + _GAP
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", background, *drawn, "</svg>", ""])


def _chart(title: str, members: Sequence[Figure], top: int) -> list[str]:
    longest = max(figure.value for figure in members)
    drawn = [f'<text class="title" x="16" y="{top + 14}">{escape(title)}</text>']
    for row, figure in enumerate(members):
        y = top + _TITLE + row * _ROW
        width = max(1.0, (_WIDTH - _NAMES - _VALUES) * figure.value / longest)
        name = figure.name.rpartition(": ")[2]
        look = "ours" if name.startswith("planhook") else "theirs"
        drawn += [
            f'<text x="16" y="{y + 12}">{escape(name)}</text>',
            f'<rect class="{look}" x="{_NAMES}" y="{y}" width="{width:.1f}" height="{_ROW - 8}"/>',
            f'<text x="{_NAMES + width + 6:.1f}" y="{y + 12}">{escape(figure.shown())}</text>',
        ]
    return drawn
