"""The files of a rule folder and their bytes. The bytes that are checked are the bytes that are used."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from planhook.core.errors import Finding, RulesInvalid
from planhook.rulebook.document import MAX_FILE_BYTES

MAX_FILES = 500
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rule files of one moment: `(name as the user knows it, bytes)` in order of position."""

    files: tuple[tuple[str, bytes], ...]
    version: str


def take_snapshot(folder: Path) -> Snapshot:
    """Read every rule file once. Raises RulesInvalid when the folder or a file cannot be read."""
    if not folder.is_dir():
        raise RulesInvalid((Finding(str(folder), 0, "there is no such folder of rules"),))
    paths = list(rule_paths(folder))
    if len(paths) > MAX_FILES:
        raise RulesInvalid((Finding(str(folder), 0, f"more than {MAX_FILES} rule files; merge some"),))
    digest = hashlib.sha256()
    files: list[tuple[str, bytes]] = []
    unreadable: list[Finding] = []
    for path in paths:
        try:
            content = _read(path)
        except OSError as fault:
            unreadable.append(Finding(str(path), 0, f"the file cannot be read: {fault.strerror}"))
            continue
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
        files.append((str(path), content))
    if unreadable:
        raise RulesInvalid(tuple(unreadable))
    return Snapshot(tuple(files), digest.hexdigest()[:12])


def signature(folder: Path) -> tuple[tuple[str, int, int, int], ...]:
    """Names, sizes and times of the rule files: cheap to take, different after every change."""
    stamps: list[tuple[str, int, int, int]] = []
    for path in rule_paths(folder):
        try:
            stat = path.stat()
        except OSError:  # it vanished between listing and looking: that is a change too
            continue
        stamps.append((str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino))
    return tuple(stamps)


def rule_paths(folder: Path) -> Iterator[Path]:
    """All `*.yaml` and `*.yml` below a folder, hidden ones left out, in order of position."""
    found = (path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    visible = (path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return iter(sorted(visible, key=lambda path: path.relative_to(folder).as_posix()))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)
