"""The constant arguments of filters, checked when a rule is read so that filling can trust them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from planhook.core.strftime import unknown_directives

_LARGEST = 100_000
_MOST_DAYS = 3650  # counting business days takes a step per day
_LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a filter. `kind` is a key of KINDS; a `keyword` one must be given by its name."""

    name: str
    kind: str
    keyword: bool = False
    required: bool = True


def fault(
    filter_name: str, parameters: tuple[Parameter, ...], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> str | None:
    """What is wrong with the arguments in a sentence, None when nothing is."""
    positional = [parameter for parameter in parameters if not parameter.keyword]
    if len(args) > len(positional):
        return f"{filter_name} takes {_usage(parameters)}"
    given = dict(zip((parameter.name for parameter in positional), args, strict=False))
    known = {parameter.name: parameter for parameter in parameters}
    for name in kwargs:
        if name not in known or name in given:
            return f"{filter_name} takes {_usage(parameters)}, not {name}="
    given |= kwargs
    if any(parameter.required and parameter.name not in given for parameter in parameters):
        return f"{filter_name} takes {_usage(parameters)}"
    if parameters and not given and all(parameter.keyword for parameter in parameters):
        return f"{filter_name} takes at least one of {_usage(parameters)}"
    for name, value in given.items():
        wants, fits = KINDS[known[name].kind]
        if not fits(value):
            return f"{filter_name}: {name} must be {wants}, not {value!r}"
    return None


def _usage(parameters: tuple[Parameter, ...]) -> str:
    if not parameters:
        return "no argument"
    return ", ".join(f"{parameter.name}=" if parameter.keyword else f"({parameter.name})" for parameter in parameters)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT


def _is_clock(value: Any) -> bool:
    try:
        return isinstance(value, str) and ":" in value and time.fromisoformat(value).tzinfo is None
    except ValueError:
        return False


def _is_constant(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float) or _is_text(value)


KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "any": ("a text, a number or true or false", _is_constant),
    "text": ("a text", lambda value: _is_text(value) and value != ""),
    "any text": ("a text", _is_text),
    "whole": (
        f"a whole number between -{_MOST_DAYS} and {_MOST_DAYS}",
        lambda value: _is_whole(value, -_MOST_DAYS, _MOST_DAYS),
    ),
    "number": (f"a number between -{_LARGEST} and {_LARGEST}", _is_number),
    "length": (f"a whole number between 1 and {_LARGEST}", lambda value: _is_whole(value, 1, _LARGEST)),
    "digits": ("a whole number between 0 and 15", lambda value: _is_whole(value, 0, 15)),
    "clock": ("a time of day such as '09:00'", _is_clock),
    "layout": (
        "a date layout of %d %-d %m %-m %b %B %y %Y %a %A %H %-H %I %-I %M %S %p %j %V %Z %z %%",
        lambda value: _is_text(value) and value != "" and not unknown_directives(value),
    ),
}
