"""Memory: of programs, as Linux counts it, and of Redis, by kind of key."""

from collections.abc import Iterable
from pathlib import Path

from redis import Redis

from planhook.store.connection import PREFIX

_PROC = Path("/proc")
_OF_A_TASK = ("task:", "history:")
_PAGE = 1_000


def peak_mebibytes(group: int) -> float | None:
    """The most resident memory of each process of a group, added up: pages that they share count for each of them.

    None where there is no /proc.
    """
    if not (_PROC / "self" / "status").exists():
        return None
    return sum(_peak_kibibytes(process) for process in _processes(group)) / 1024


def used_bytes(redis: Redis) -> int:
    """All memory that the server has allocated for data."""
    return int(redis.info("memory")["used_memory"])


def bytes_of_tasks(redis: Redis) -> int:
    """What the keys of single tasks take: their registers and histories."""
    total = 0
    for kind in _OF_A_TASK:
        keys = list(redis.scan_iter(match=f"{PREFIX}{kind}*", count=_PAGE))
        for start in range(0, len(keys), _PAGE):
            pipeline = redis.pipeline(transaction=False)
            for key in keys[start : start + _PAGE]:
                pipeline.memory_usage(key)
            total += sum(size or 0 for size in pipeline.execute())
    return total


def _processes(group: int) -> Iterable[Path]:
    for folder in _PROC.glob("[0-9]*"):
        try:
            # After the program's name in parentheses: state, parent, group.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended since it was listed
        if int(fields[2]) == group:
            yield folder


def _peak_kibibytes(process: Path) -> int:
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
