"""Values of rules: text with placeholders, and the filters they go through. Total: no loops, no calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Filter:
    """One `| name(args, key=value)`; arguments are constants of the rule file."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{{ path | filter }}`."""

    path: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """Text cut into literal pieces and placeholders. `text` is what the author wrote."""

    text: str
    parts: tuple[str | Placeholder, ...]


# A template, a literal (number, boolean, None) or a list or map of these.
Value = Any
