"""What a rule file says, once read and checked: rules, tables and the calendar. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planhook.core.calendar import Calendar as Calendar
from planhook.core.condition import Condition
from planhook.core.template import Template, Value


@dataclass(frozen=True, slots=True)
class ActionTemplate:
    """One action of a rule, before an event fills it.

    `key` is the template of the `sourceId` (with `by_id` of the `_id`), None for a create that leaves it
    to planhook. `fields` maps flat property names (`custom.<name>`) to templates, literals or lists of them.
    """

    action: str
    key: Template | None
    fields: Mapping[str, Value]
    position: int
    by_id: bool = False
    if_absent: str = "ignore"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """`given` is a flat canonical event, `expect` the list of actions (empty: nothing)."""

    given: Mapping[str, Any]
    expect: tuple[Mapping[str, Any], ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `on` and `sources` hold names or globs; empty `sources` means any."""

    name: str
    slug: str
    on: tuple[str, ...]
    condition: Condition | None
    then: tuple[ActionTemplate, ...]
    sources: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    mode: str = "live"  # or "shadow"
    description: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All enabled rules in order of position, with what their values look up.

    `version` names the very bytes that were read.
    """

    rules: tuple[Rule, ...]
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    version: str = "none"
