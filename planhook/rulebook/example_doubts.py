"""Examples that try what never comes: an event of a source whose name has a slip."""

from collections.abc import Collection, Sequence

from planhook.core.rule import Rule
from planhook.rulebook.findings import Findings
from planhook.rulebook.suggestion import closest

_SLIP = 0.8  # recipes may tell of sources that stand elsewhere


def warn_of_example_doubts(rules: Sequence[Rule], sources: Collection[str], findings: Findings) -> None:
    """Add a warning for each. `sources` are the names of all sources, none when they are not all known."""
    for rule in rules if sources else ():
        for example in rule.examples:
            source = example.given.get("source")
            near = closest(source, sources, cutoff=_SLIP) if isinstance(source, str) else None
            if near and source not in sources and (place := example.places.get("source")):
                told = f"there is no source {source}, so this never comes (did you mean {near}?)"
                findings.add_at(place, told, "warning")
