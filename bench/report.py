"""Figures where people read them: tables in the documents, and a file for programs."""

import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.figure import Figure
from bench.plot import bars
from bench.scale import Scale

_BLOCK = re.compile(r"(<!-- figures of ([a-z ]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_PACKAGES = ("rq", "gunicorn", "gevent", "flask", "redis")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and on what was measured; `load` is the machine's load average before."""

    at: str
    cores: int
    system: str
    python: str
    packages: dict[str, str]
    load: float

    @classmethod
    def now(cls) -> "Circumstances":
        return cls(
            at=datetime.now(UTC).isoformat(timespec="minutes"),
            cores=os.cpu_count() or 1,
            system=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            packages={name: version(name) for name in _PACKAGES},
            load=round(os.getloadavg()[0], 1),
        )

    def told(self) -> str:
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        return (
            f"{self.at[:10]}, {self.cores} cores, {self.system}, Python {self.python}, {packages}. "
            f"Load of the machine when the run began: {self.load}."
        )


def as_json(where: Circumstances, scale: Scale, figures: Sequence[Figure]) -> str:
    document = {"where": asdict(where), "scale": asdict(scale), "figures": [asdict(figure) for figure in figures]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def rewrite(folder: Path, where: Circumstances, figures: Sequence[Figure]) -> None:
    """Put new figures into the documents of `folder`, between their marks, and draw `performance.svg` anew."""
    for file in sorted(folder.glob("*.md")):
        text = file.read_text("utf-8")
        renewed = renew(text, where, figures)
        if renewed != text:
            file.write_text(renewed, "utf-8")
    (folder / "performance.svg").write_text(bars(figures), "utf-8")


def renew(text: str, where: Circumstances, figures: Sequence[Figure]) -> str:
    """`text` with new tables in its blocks, each of which names its scenarios."""

    def block(found: re.Match[str]) -> str:
        head, scenarios, end = found.groups()
        chosen = [figure for figure in figures if figure.scenario in scenarios.split()]
        return f"{head}\n{where.told()}\n\n{_markdown(chosen)}\n\n{end}"

    return _BLOCK.sub(block, text)


def _markdown(figures: Sequence[Figure]) -> str:
    rows = [(figure.scenario, figure.name, figure.shown(), figure.note) for figure in figures]
    head = [("scenario", "figure", "value", "to compare"), ("---",) * 4]
    return "\n".join("| " + " | ".join(row) + " |" for row in [*head, *rows])
