"""Values of rules: text with placeholders, and the filters they go through. Total: no loops, no calls."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planhook.core.errors import ValueMissing
from planhook.core.filters import FILTERS, UnfitError, check_arguments
from planhook.core.filters import Context as Context
from planhook.core.paths import Steps, find, split
from planhook.core.scalar import LONGEST_VALUE, as_text, is_empty, joined, quoted


@dataclass(frozen=True, slots=True)
class Filter:
    """One `| name(args, key=value)`; arguments are constants of the rule file.

    `fault` says what is wrong with name or arguments; a filter with a fault gives no value.
    """

    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fault", check_arguments(self.name, self.args, self.kwargs))


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{{ path | filter }}`."""

    path: str
    filters: tuple[Filter, ...] = ()
    steps: Steps = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", split(self.path))


@dataclass(frozen=True, slots=True)
class Template:
    """Text cut into literal pieces and placeholders. `text` is what the author wrote."""

    text: str
    parts: tuple[str | Placeholder, ...]


# A template, a literal (number, boolean, None) or a list or map of these.
Value = Any


def fill(template: Value, data: Mapping[str, Any], context: Context, *, escape: bool = False) -> Any:
    """`template` with its placeholders filled from `data` (as `Event.data()` gives it).

    A template that is exactly one placeholder keeps the value's type, all others give text. With `escape`
    every value is HTML-escaped, hence text. Raises ValueMissing ("deal.owner_email has no value") where a
    placeholder has none, a filter cannot work on it, or the text grows too long.
    """
    if isinstance(template, Template):
        return _fill_text(template, data, context, escape=escape)
    if isinstance(template, list | tuple):
        return [fill(element, data, context, escape=escape) for element in template]
    if isinstance(template, Mapping):
        return {key: fill(element, data, context, escape=escape) for key, element in template.items()}
    return template


def _fill_text(template: Template, data: Mapping[str, Any], context: Context, *, escape: bool) -> Any:
    parts = template.parts
    if len(parts) == 1 and not escape:
        (part,) = parts
        value = part if isinstance(part, str) else _evaluate(part, data, context)
        return _bounded(value) if isinstance(value, str) else value
    texts = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        else:
            text = _bounded(_written(part, _evaluate(part, data, context)))
            texts.append(html.escape(text) if escape else text)
    return _bounded("".join(texts))


def _evaluate(placeholder: Placeholder, data: Mapping[str, Any], context: Context) -> Any:
    value = find(data, placeholder.steps)
    has_default = False
    for filter_ in placeholder.filters:
        if filter_.fault is not None:
            raise ValueMissing(filter_.fault)
        spec = FILTERS[filter_.name]
        if is_empty(value) and not spec.takes_absent:
            continue
        has_default = has_default or filter_.name == "default"
        try:
            value = spec.function(value, context, *filter_.args, **filter_.kwargs)
        except UnfitError as unfit:
            raise ValueMissing(f"{filter_.name} needs {unfit}, {placeholder.path} is {quoted(value)}") from None
        except OverflowError:
            raise ValueMissing(f"{filter_.name} of {placeholder.path} leaves the calendar") from None
    if value is None or (value == "" and not has_default):
        raise ValueMissing(f"{placeholder.path} has no value")
    return value


def _written(placeholder: Placeholder, value: Any) -> str:
    if value == []:
        raise ValueMissing(f"{placeholder.path} has no value")
    text = joined(value) if isinstance(value, list) else as_text(value)
    if text is None:
        raise ValueMissing(f"{placeholder.path} is {quoted(value)} and cannot be written as text")
    return text


def _bounded(text: str) -> str:
    if len(text) > LONGEST_VALUE:
        raise ValueMissing(f"the text would be longer than {LONGEST_VALUE} characters")
    return text
