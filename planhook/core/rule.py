"""What a rule file says, once read and checked: rules, tables and the calendar. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planhook.core.calendar import Calendar as Calendar
from planhook.core.canary import Canary
from planhook.core.condition import Condition
from planhook.core.place import NOWHERE, Place
from planhook.core.template import Template, Value

# Fields that an action writes although its rule does not name them.
_IMPLIED: Mapping[str, tuple[str, ...]] = {
    "create": ("mainType", "status", "isArchived", "dateDone"),
    "complete": ("status", "isArchived", "dateDone"),
    "cancel": ("status", "isArchived"),
    "reopen": ("status", "isArchived", "dateDone"),
}


@dataclass(frozen=True, slots=True)
class ActionTemplate:
    """One action of a rule, before an event fills it.

    `key` is the template of the `sourceId` (with `by_id` of the `_id`), None for a create that leaves it
    to planhook. `fields` maps flat property names (`custom.<name>`) to templates, literals or lists of them;
    `places` says where each stands: in another file than its rule when a template or defaults give it.
    """

    action: str
    key: Template | None
    fields: Mapping[str, Value]
    position: int
    by_id: bool = False
    if_absent: str = "ignore"
    place: Place = NOWHERE
    places: Mapping[str, Place] = field(default_factory=dict)

    def where(self, name: str) -> Place:
        """Where the key `name` stands; the action itself when that says nothing of it."""
        return self.places.get(name, self.place)


@dataclass(frozen=True, slots=True)
class Example:
    """`given` is a flat canonical event, `expect` the list of actions (empty: nothing).

    `line` and `column` are where it begins, `places` where each key of `given` stands, `expected_at` where it says what
    is expected.
    """

    given: Mapping[str, Any]
    expect: tuple[Mapping[str, Any], ...]
    line: int = 0
    expected_at: Place = NOWHERE
    column: int = 0
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `on` and `sources` hold names or globs; empty `sources` means any.

    In mode "shadow" it decides and writes nothing; with a `canary` that holds for all but some records.
    """

    name: str
    slug: str
    on: tuple[str, ...]
    condition: Condition | None
    then: tuple[ActionTemplate, ...]
    sources: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    mode: str = "live"  # or "shadow"
    canary: Canary | None = None
    description: str = ""
    enabled: bool = True
    template: str = ""  # that it was made of
    file: str = ""
    line: int = 0

    def place_of(self, name: str) -> Place | None:
        """Where the rule writes the field `name`; None when it does not."""
        for action in self.then:
            if name in action.fields:
                return action.where(name)
        return next((action.place for action in self.then if name in _IMPLIED.get(action.action, ())), None)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All enabled rules in order of position, with what their values look up.

    `version` names the very bytes that were read.
    """

    rules: tuple[Rule, ...]
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    version: str = "none"

    def place_of(self, rule: str, name: str) -> str | None:
        """`file:line` where the rule of that name writes the field `name`; None when none does."""
        named = self.named(rule)
        place = named.place_of(name) if named else None
        return str(place) if place else None

    def named(self, name: str) -> Rule | None:
        """The rule of that name."""
        return next((rule for rule in self.rules if rule.name == name), None)
