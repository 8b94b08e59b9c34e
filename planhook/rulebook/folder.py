"""The files of a rule folder and their bytes. The bytes that are checked are the bytes that are used."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

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
    files: list[tuple[str, str, bytes]] = []
    unreadable: list[Finding] = []
    for path in paths:
        try:
            files.append((str(path), path.relative_to(folder).as_posix(), _read(path)))
        except OSError as fault:
            told = "this link leads nowhere" if path.is_symlink() else f"the file cannot be read: {fault.strerror}"
            unreadable.append(Finding(str(path), 0, told))
    if unreadable:
        raise RulesInvalid(tuple(unreadable))
    return snapshot_of(files)


def snapshot_of(files: Iterable[tuple[str, str, bytes]]) -> Snapshot:
    """Files by the name that the user knows, their place in the folder and their bytes, in order of position."""
    digest = hashlib.sha256()
    kept: list[tuple[str, bytes]] = []
    for name, place, content in files:
        digest.update(f"{place}\0{len(content)}\0".encode())
        digest.update(content)
        kept.append((name, content))
    return Snapshot(tuple(kept), digest.hexdigest()[:12])


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


def is_being_written(folder: Path, within_s: float) -> bool:
    """Whether a file or its folder has changed within so many seconds: whoever saves it may not be done yet."""
    places = {place for path in rule_paths(folder) for place in (path, path.parent)} | {folder}
    now = time.time()
    return any(0 <= now - moment < within_s for place in places if (moment := _changed(place)))


def rule_paths(folder: Path) -> Iterator[Path]:
    """All `*.yaml` and `*.yml` below a folder, hidden ones left out, in order of position."""
    found = (path for path in folder.rglob("*") if is_rule_file(path.relative_to(folder)) and _is_there(path))
    return iter(sorted(found, key=lambda path: path.relative_to(folder).as_posix()))


def passed_over(folder: Path) -> Iterator[Finding]:
    """Warnings of what looks as if it were meant to be read and is not."""
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.is_symlink() and path.is_dir():
            yield Finding(str(path), 0, "a link to a folder is not followed; copy the files to here", "warning")
        elif path.is_file() and (meant := _meant_name(path.name)) != path.name:
            yield Finding(str(path), 0, f"this file is not read; name it {meant}", "warning")


def _changed(place: Path) -> float:
    """Seconds since the epoch; 0 for what has vanished since it was listed."""
    try:
        return place.stat().st_mtime
    except OSError:
        return 0.0


def _is_there(path: Path) -> bool:
    """A link that leads nowhere counts: its rules must not vanish without a word."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _meant_name(name: str) -> str:
    """The name with an ending that is read, where the one it has was meant for that."""
    stem, _, ending = name.removesuffix(".txt").rpartition(".")
    return f"{stem}.{ending.lower()}" if stem and f".{ending.lower()}" in _SUFFIXES else name


def is_rule_file(place: PurePath) -> bool:
    """Whether a file at that place in the folder is one of the rule files."""
    return place.suffix in _SUFFIXES and not any(part.startswith(".") for part in place.parts)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)
