"""Where faults of rule files are gathered: everything wrong is told at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from planhook.core.errors import Finding
from planhook.rulebook.located import LocatedDict, line_of, messages_by_path


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file, read: its name as the user knows it and its top-level map."""

    name: str
    data: LocatedDict

    def section(self, key: str, kind: type) -> Any:
        """The value under a top-level key when it has the right form, else an empty one of it."""
        value = self.data.get(key)
        return value if isinstance(value, kind) else kind()

    def where(self, *path: str | int) -> str:
        """`file:line` of the value at a path."""
        return f"{self.name}:{line_of(self.data, path)}"


@dataclass(slots=True)
class Findings:
    """A growing list of findings."""

    found: list[Finding] = field(default_factory=list)

    def add(self, file: RuleFile, path: Sequence[str | int], message: str, severity: str = "error") -> None:
        self.found.append(Finding(file.name, line_of(file.data, path), message, severity))

    def add_faults(self, file: RuleFile, path: Sequence[str | int], fault: ValidationError) -> None:
        """Every message of a ValidationError about the value at `path`."""
        for below, message in messages_by_path(fault.messages):
            self.add(file, (*path, *below), message)

    def in_order(self) -> tuple[Finding, ...]:
        """All findings by file and line, each once."""
        return tuple(sorted(set(self.found)))

    @property
    def broken(self) -> bool:
        """Whether there is more than warnings."""
        return any(finding.severity == "error" for finding in self.found)
