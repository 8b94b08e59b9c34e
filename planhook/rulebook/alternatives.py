"""Blocks `any` that no event can meet, or not by one of their parts: what stands beside them excludes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition, Group, Test
from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.rulebook.contradictions import alone, together
from planhook.rulebook.findings import Findings
from planhook.rulebook.implication import parts_of

_Fault = tuple[Place, str]


def warn_of_alternatives(rules: Sequence[Rule], calendar: Calendar, findings: Findings) -> None:
    """Add a warning for each part of a block that cannot hold beside what is demanded around the block."""
    for rule in rules:
        for place, message in _Search(rule, calendar).faults(rule.condition, ()):
            findings.add_at(place, f"{message}, so this never holds", "warning")


@dataclass(frozen=True, slots=True)
class _Search:
    rule: Rule
    calendar: Calendar

    def faults(self, condition: Condition | None, above: Sequence[Test]) -> Iterator[_Fault]:
        parts = parts_of(condition)
        given = [*above, *(part for part in parts if isinstance(part, Test))]
        for group in (part for part in parts if isinstance(part, Group) and part.kind == "any"):
            found = [self._excluded(part, given) for part in group.parts]
            faults = [fault for fault in found if fault]
            # Where all are excluded, the block is wrong, or what stands around it.
            yield from faults[:1] if len(faults) == len(found) else faults
            for part, fault in zip(group.parts, found, strict=True):
                yield from () if fault else self.faults(part, given)

    def _excluded(self, condition: Condition, given: Sequence[Test]) -> _Fault | None:
        """The first test of a part that does not go with those that are demanded of its field anyway."""
        own = [part for part in parts_of(condition) if isinstance(part, Test)]
        for test in own:
            around = [each for each in given if each.path == test.path]
            beside = [each for each in own if each.path == test.path]
            if around and not self._is_told(around) and not self._is_told(beside):
                message = together(test.path, [*around, *beside], self.calendar)
                if message:
                    return test.place, message
        return None

    def _is_told(self, tests: Sequence[Test]) -> bool:
        """Whether tests of one field never hold even without the others."""
        return any(alone(test, self.rule) for test in tests) or bool(together(tests[0].path, tests, self.calendar))
