"""What a rule folder says, once read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planhook.core.errors import Finding
from planhook.core.rule import Rule, RuleSet
from planhook.sources.source import Source


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What a rule folder says: the rules, the sources by name, and warnings about the files.

    Rules with `enabled: false` are `switched_off`: no event is shown to them. `written` has the sources as their files
    have them, variables not filled in.
    """

    rules: RuleSet
    sources: Mapping[str, Source]
    findings: tuple[Finding, ...] = ()
    switched_off: tuple[Rule, ...] = ()
    written: Mapping[str, Any] = field(default_factory=dict)

    @property
    def every_rule(self) -> tuple[Rule, ...]:
        return (*self.rules.rules, *self.switched_off)
