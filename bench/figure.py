"""What a benchmark found: figures, how several runs become one, and the table of all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from devstack.table import table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    `note` says what it is to be compared with: a target, or a ratio to a baseline. Figures that name the same
    `chart` are drawn next to each other.
    """

    scenario: str
    name: str
    value: float
    unit: str
    note: str = ""
    chart: str = ""

    def shown(self) -> str:
        """The value with its unit, as precise as such a measurement can be."""
        digits = 0 if self.value >= 100 or self.value == int(self.value) else 1 if self.value >= 10 else 2
        return f"{self.value:,.{digits}f} {self.unit}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that at least so many percent of them do not exceed."""
    return sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]


def times(value: float, baseline: float) -> str:
    """The ratio of two figures of one run, as a note."""
    ratio = value / baseline
    return f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:.0f} ×"


def figures_table(figures: Sequence[Figure]) -> str:
    """All figures as one table for a terminal."""
    rows = [(one.scenario, one.name, one.shown(), one.note) for one in figures]
    return table("Benchmarks", ("scenario", "figure", "value", "to compare"), rows)
