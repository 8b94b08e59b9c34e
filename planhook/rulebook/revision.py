"""The rule files of a folder as a git revision has them; the working copy is left alone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from planhook.core.errors import PlanhookError
from planhook.rulebook.folder import Snapshot, is_rule_file, snapshot_of

_PATIENCE = 30  # seconds


class RevisionUnknown(PlanhookError):
    """git does not have the revision or cannot be asked; the message says which and why."""


def snapshot_at(folder: Path, revision: str) -> Snapshot:
    """The rule files that `revision` has below `folder`, named as those of the folder are. Raises RevisionUnknown."""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return snapshot_of(sorted(_files(folder, commit.decode().strip()), key=lambda file: file[1]))


def _files(folder: Path, commit: str) -> Iterator[tuple[str, str, bytes]]:
    for entry in _git(folder, "ls-tree", "-r", "-z", commit).decode().split("\0"):
        form, _, place = entry.partition("\t")
        if place and is_rule_file(PurePosixPath(place)):
            _, kind, name = form.split()
            if kind == "blob":
                yield str(folder / place), place, _git(folder, "cat-file", "blob", name)


def _git(folder: Path, *arguments: str) -> bytes:
    revision = arguments[-1].removesuffix("^{commit}")
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a revision cannot pass for an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git is meant
            capture_output=True,
            check=True,
            timeout=_PATIENCE,
        )
    except FileNotFoundError:
        raise RevisionUnknown(f"git, which knows {revision}, is not installed here") from None
    except subprocess.CalledProcessError as fault:
        said = fault.stderr.decode("utf-8", "replace").strip() or f"there is no revision {revision}"
        raise RevisionUnknown(f"git: {said}") from None
    except subprocess.TimeoutExpired:
        raise RevisionUnknown(f"git did not answer within {_PATIENCE} seconds") from None
    return done.stdout
