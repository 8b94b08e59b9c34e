"""Rules of which nothing but examples is wrong: they can be judged, and their other examples run."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from planhook.core.errors import Finding, RulesInvalid
from planhook.rulebook.book import Rulebook
from planhook.rulebook.located import LocatedDict, LocatedList

_KEY = "examples"


class ExamplesInvalid(RulesInvalid):
    """Files of which nothing but examples is wrong. `rulebook` has all that they say but those."""

    def __init__(self, findings: tuple[Finding, ...], rulebook: Rulebook) -> None:
        super().__init__(findings)
        self.rulebook = rulebook


def without_broken_examples(rule: Any, fault: ValidationError) -> LocatedDict | None:
    """The rule without those of its examples of which `fault` tells; None when it tells of anything else."""
    messages: dict[str, Any] = fault.normalized_messages()  # type: ignore[no-untyped-call]  # marshmallow has no type there
    if set(messages) != {_KEY} or not isinstance(rule, LocatedDict):
        return None
    right, broken, examples = rule.copy_of(), messages[_KEY], rule.get(_KEY)
    del right[_KEY]
    if isinstance(broken, Mapping) and isinstance(examples, LocatedList):
        kept = [index for index in range(len(examples)) if index not in broken]
        places = [examples.places[index] for index in kept]
        right.put(_KEY, LocatedList(examples.place, [examples[index] for index in kept], places), rule.places[_KEY])
    return right
