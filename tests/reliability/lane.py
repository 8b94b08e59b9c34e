"""The table of the short lane, printed when the suite has run."""

import pytest

from tests.reliability.scenario import Figures
from tests.reliability.table import table

FIGURES = pytest.StashKey[list[Figures]]()


def report(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what all runs came to, and the seed of each."""
    figures = config.stash.get(FIGURES, [])
    if figures:
        reporter.section("reliability, short lane")
        reporter.write_line(table(figures))
        reporter.write_line("seeds: " + ", ".join(f"{one.scenario} {one.seed}" for one in figures))
