"""Where faults of rule files are gathered: everything wrong is told at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from marshmallow import ValidationError

from planhook.core.errors import Finding
from planhook.core.place import Place
from planhook.rulebook.located import LocatedDict, messages_by_path, place_of


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file, read: its name as the user knows it and its top-level map.

    `left_out` names the sections of which more stands in the file than could be read, `partial` the lines at which
    rules begin that had more keys. Either goes with an error, so that the file is looked at and never used.
    """

    name: str
    data: LocatedDict
    left_out: frozenset[str] = frozenset()
    partial: frozenset[int] = frozenset()

    def section(self, key: str, kind: type) -> Any:
        """The value under a top-level key when it has the right form, else an empty one of it."""
        value = self.data.get(key)
        return value if isinstance(value, kind) else kind()

    def is_partial(self, rule: Any) -> bool:
        """Whether keys of this rule could not be read."""
        return isinstance(rule, LocatedDict) and rule.place.line in self.partial

    def where(self, *path: str | int) -> Place:
        """The place of the value at a path."""
        return place_of(self.data, path)


@dataclass(slots=True)
class Findings:
    """A growing list of findings."""

    found: list[Finding] = field(default_factory=list)
    _uses: dict[Finding, dict[Place, None]] = field(default_factory=dict)

    def add(self, file: RuleFile, path: Sequence[str | int], message: str, severity: str = "error") -> None:
        """Something about the value at `path`."""
        self.add_at(file.where(*path), message, severity)

    def add_at(self, place: Place, message: str, severity: str = "error") -> None:
        """Something about what stands at `place`."""
        finding = Finding(place.file, place.line, message, severity, place.column)
        self.found.append(finding)
        if place.used_in:
            self._uses.setdefault(finding, {})[place.used_in] = None

    def add_faults(self, file: RuleFile, path: Sequence[str | int], fault: ValidationError) -> None:
        """Every message of a ValidationError about the value at `path`."""
        for below, message in messages_by_path(fault.messages):
            self.add(file, (*path, *below), message)

    def take(self, others: "Findings") -> None:
        """Add all that is among others."""
        self.found.extend(others.found)
        for finding, places in others._uses.items():
            self._uses.setdefault(finding, {}).update(places)

    def in_order(self) -> tuple[Finding, ...]:
        """All findings by file and line, each once; what is wrong with a shared part is told once for all its uses."""
        return tuple(self._with_uses(finding) for finding in sorted(set(self.found), key=lambda each: each.rank))

    def _with_uses(self, finding: Finding) -> Finding:
        uses = [str(place) for place in self._uses.get(finding, ())]
        if not uses:
            return finding
        more = f" and {len(uses) - 1} more" if len(uses) > 1 else ""
        return replace(finding, message=f"{finding.message} (used in {uses[0]}{more})")

    @property
    def broken(self) -> bool:
        """Whether there is more than warnings."""
        return any(finding.severity == "error" for finding in self.found)
