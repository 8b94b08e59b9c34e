"""What processes cost, as Linux counts it: time on a processor, and memory. Nothing is known where there is no /proc.

Wall time on a machine that others use says little; time on a processor says the same every time.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_NANOSECONDS = 1e9
_GROUP, _CHILDREN, _STARTED = 2, (13, 14), 19  # places in a process's stat, counted behind its name


@dataclass(frozen=True, slots=True)
class Process:
    """One process. What ended since it was found counts as nothing."""

    folder: Path

    def cpu_seconds(self) -> float:
        """Time on a processor since its start, with that of children that have ended."""
        fields = _fields(self.folder)
        of_children = sum(int(fields[place]) for place in _CHILDREN) if fields else 0
        return self._own_nanoseconds() / _NANOSECONDS + of_children / os.sysconf("SC_CLK_TCK")

    def kibibytes(self) -> int:
        """Memory that is resident now; of pages that processes share, its part."""
        for line in _read(self.folder / "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
        return 0

    def _own_nanoseconds(self) -> int:
        found = (_read(thread).split() for thread in self.folder.glob("task/*/schedstat"))
        return sum(int(fields[0]) for fields in found if fields)


def in_group(group: int) -> list[Process]:
    """The processes of a group that live now, in the order of their start."""
    found = [(fields, folder) for folder in _PROC.glob("[0-9]*") if (fields := _fields(folder))]
    ours = [
        (int(fields[_STARTED]), int(folder.name), folder) for fields, folder in found if int(fields[_GROUP]) == group
    ]
    return [Process(folder) for *_, folder in sorted(ours)]


def cpu_seconds(processes: Iterable[Process]) -> float:
    return sum(process.cpu_seconds() for process in processes)


def mebibytes(processes: Iterable[Process]) -> float:
    """The resident memory of all, shared pages counted once."""
    return sum(process.kibibytes() for process in processes) / 1024


def _fields(folder: Path) -> list[str]:
    return _read(folder / "stat").rpartition(")")[2].split()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it ended since it was listed
