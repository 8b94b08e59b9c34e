"""What all runs came to, as a table."""

from collections.abc import Iterable, Iterator, Sequence

from tests.reliability.scenario import Figures

_HEAD = ("scenario", "runs", "faults", "events", "repeats", "lost", "duplicates", "wrong", "unclear", "seconds")


def table(all_figures: Iterable[Figures]) -> str:
    """One line per scenario, and one of the sums."""
    by_name: dict[str, list[Figures]] = {}
    for figures in all_figures:
        by_name.setdefault(figures.scenario, []).append(figures)
    rows = [_row(name, runs) for name, runs in by_name.items()]
    rows.append(_row("all", [one for runs in by_name.values() for one in runs]))
    texts = [_HEAD, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(text[column]) for text in texts) for column in range(len(_HEAD))]
    return "\n".join(_lines(texts, widths))


def _row(name: str, runs: Sequence[Figures]) -> list[str | int]:
    sums = [sum(getattr(one, figure) for one in runs) for figure in _HEAD[2:-1]]
    return [name, len(runs), *sums, round(sum(one.seconds for one in runs))]


def _lines(texts: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for text in texts:
        first, *others = (
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(text, widths, strict=True))
        )
        yield "  ".join([first, *others]).rstrip()
