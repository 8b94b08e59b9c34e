"""The seeded bugs: what each of them changes, and which tests have to notice."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

BUGS = Path(__file__).parent / "bugs"


class BugOutdated(Exception):
    """The tree no longer has the text that a bug replaces, so the bug has to be written anew."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One text of one file, and what stands there instead. `file` is relative to the root of the tree."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake that a programmer could make. `keepers` are pytest's names of the tests that have to fail."""

    name: str
    does: str
    keepers: tuple[str, ...]
    edits: tuple[Edit, ...]

    def apply(self, tree: Path) -> None:
        """Make the mistake in `tree`. Raises BugOutdated when a text is not there exactly once."""
        for edit in self.edits:
            path = tree / edit.file
            text = path.read_text("utf-8") if path.is_file() else ""
            if (found := text.count(edit.old)) != 1:
                raise BugOutdated(f"{self.name}: {edit.file} has this text {found} times, not once:\n{edit.old}")
            path.write_text(text.replace(edit.old, edit.new), "utf-8")


def load_bugs() -> list[Bug]:
    """All bugs, by name. Raises KeyError and ValueError for a file that is not as it should be."""
    return [_bug(path) for path in sorted(BUGS.glob("*.toml"))]


def _bug(path: Path) -> Bug:
    told = tomllib.loads(path.read_text("utf-8"))
    edits = tuple(Edit(edit["file"], edit["old"], edit["new"]) for edit in told["edits"])
    return Bug(path.stem, told["does"], tuple(told["keepers"]), edits)
