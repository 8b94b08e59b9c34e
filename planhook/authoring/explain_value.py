"""How a text of a rule got its value: what each placeholder found, and what each filter made of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.authoring.reads import placeholders_in
from planhook.core.errors import ValueMissing
from planhook.core.paths import find
from planhook.core.template import Context, Filter, Placeholder, Template, Value, fill

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FilterTrace:
    """One filter as it is written, and the value that it gave; None when there was none."""

    text: str
    gave: Any


@dataclass(frozen=True, slots=True)
class PlaceholderTrace:
    """`path` with the value `found` there (None: absent), then filter by filter; `problem` when nothing came of it."""

    path: str
    found: Any
    filters: tuple[FilterTrace, ...]
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "found": self.found,
            "filters": [{"filter": one.text, "gave": one.gave} for one in self.filters],
            "problem": self.problem,
        }


def trace_value(template: Value, data: Data, context: Context) -> tuple[PlaceholderTrace, ...]:
    """Every placeholder of a template, or of the list or map that holds some, in order."""
    return tuple(_trace(one, data, context) for one in placeholders_in(template))


def as_written(template: Value) -> Any:
    """A value as its author wrote it."""
    match template:
        case Template():
            return template.text
        case list() | tuple():
            return [as_written(item) for item in template]
        case Mapping():
            return {name: as_written(item) for name, item in template.items()}
    return template


def _trace(placeholder: Placeholder, data: Data, context: Context) -> PlaceholderTrace:
    steps: list[FilterTrace] = []
    problem: str | None = None
    for count in range(len(placeholder.filters) + 1):
        filters = placeholder.filters[:count]
        value, problem = _evaluated(Placeholder(placeholder.path, filters), data, context)
        if filters:
            steps.append(FilterTrace(_worded(filters[-1]), value))
    while problem and steps and steps[-1].gave is None:
        steps.pop()  # the problem names the filter
    return PlaceholderTrace(placeholder.path, find(data, placeholder.steps), tuple(steps), problem)


def _evaluated(placeholder: Placeholder, data: Data, context: Context) -> tuple[Any, str | None]:
    try:
        return fill(Template("", (placeholder,)), data, context), None
    except ValueMissing as missing:
        return None, str(missing)


def _worded(one: Filter) -> str:
    arguments = [_constant(value) for value in one.args]
    arguments += [f"{name}={_constant(value)}" for name, value in one.kwargs.items()]
    return f"{one.name}({', '.join(arguments)})" if arguments else one.name


def _constant(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
