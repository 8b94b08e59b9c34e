"""Paths, values and templates of rules as English says them: "the deal's name", "3 business days after …"."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from planhook.core.scalar import as_text, cut
from planhook.core.template import Filter, Placeholder, Template, Value

_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_FIXED = {
    "event.occurred_at": "the time of the event",
    "event.received_at": "the time of receipt",
    "event.source": "the source",
    "event.type": "the type of the event",
}


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2,000 rules`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    *firsts, end = words
    return f"{', '.join(firsts)} {last} {end}" if firsts else end


def noun(path: str, *, owner: str | None = None) -> str:
    """What a path names: "the deal's name"; with `owner` "its" that of the deal or meeting: "its name"."""
    if path in _FIXED:
        return _FIXED[path]
    root, *steps = path.split(".")
    if root == "changes" and len(steps) == 2 and steps[1] in ("from", "to"):
        return f"the {'former' if steps[1] == 'from' else 'new'} {_plain(steps[0])}"
    if root not in ("deal", "meeting", "event") or not steps:
        return f"`{path}`"
    words = owner or f"the {root}'s"
    if steps[0] == "properties" and len(steps) > 1:
        return f"{words} property {'.'.join(steps[1:])}"
    for step in steps:
        if step.isdecimal():
            which = _ORDINALS[int(step)] if int(step) < len(_ORDINALS) else f"no. {int(step) + 1}"
            words = f"the {which} of {words.removesuffix(_S)}{_S}"
        elif words.startswith("the ") and " of " in words:  # "the name of the first of …", not "the first of …'s name"
            words = f"the {_plain(step)} of {words.removesuffix(_S)}{_S}"
        else:
            words = f"{words} {_plain(step)}{_S}"
    return words.removesuffix(_S)


def value_words(value: Value) -> str:
    """A value of a rule: text in quotes with placeholders in ‹›, a lone placeholder in words, lists with "and"."""
    match value:
        case Template():
            return _template_words(value)
        case list() | tuple():
            return listed([value_words(item) for item in value]) if value else "nothing"
        case Mapping():
            return ", ".join(f"{name}: {value_words(item)}" for name, item in value.items())
        case None:
            return "nothing"
    return constant(value)


def constant(value: Any) -> str:
    """A number with its thousands apart, a text in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{int(value):,}" if float(value).is_integer() else f"{value:,}"
    return f"“{cut(as_text(value) or str(getattr(value, 'pattern', value)))}”"


def _template_words(template: Template) -> str:
    if len(template.parts) == 1 and isinstance(template.parts[0], Placeholder):
        return _placeholder_words(template.parts[0])
    parts = (part if isinstance(part, str) else f"‹{_placeholder_words(part)}›" for part in template.parts)
    return f"“{''.join(parts)}”"


def _placeholder_words(placeholder: Placeholder) -> str:
    words = noun(placeholder.path)
    for filter_ in placeholder.filters:
        words = _FILTERS[filter_.name](words, filter_)
    return words


def _default(words: str, filter_: Filter) -> str:
    return f"{words}, else {constant(_argument(filter_))}" if _argument(filter_) != "" else f"{words}, else nothing"


def _lookup(words: str, filter_: Filter) -> str:
    return f"what the table {_argument(filter_)} has for {words}"


def _business_days(words: str, filter_: Filter) -> str:
    days = _argument(filter_)
    if days == 0:
        return f"the next business day from {words} on"
    return f"{abs(days)} business day{'' if abs(days) == 1 else 's'} {'after' if days > 0 else 'before'} {words}"


def _at(words: str, filter_: Filter) -> str:
    return f"{words}, at {_argument(filter_)}"


def _shift(words: str, filter_: Filter) -> str:
    spans = [f"{count} {unit if count != 1 else unit.removesuffix('s')}" for unit, count in filter_.kwargs.items()]
    return f"{listed(spans)} {'after' if filter_.name == 'plus' else 'before'} {words}"


def _round(words: str, filter_: Filter) -> str:
    digits = _argument(filter_) if filter_.args or filter_.kwargs else 0
    return f"{words}, rounded to {digits} decimals" if digits else f"{words}, rounded"


def _replace(words: str, filter_: Filter) -> str:
    old, new = (constant(each) for each in (*filter_.args, *filter_.kwargs.values()))
    return f"{words}, with {new} for {old}"


def _join(words: str, filter_: Filter) -> str:
    between = constant(_argument(filter_)) if filter_.args or filter_.kwargs else constant(", ")
    return f"{words}, with {between} between them"


def _argument(filter_: Filter) -> Any:
    """The first argument, however it was given."""
    return next(iter([*filter_.args, *filter_.kwargs.values()]))


def _plain(step: str) -> str:
    return step.replace("_", " ")


_S = "'s"
_FILTERS: Mapping[str, Callable[[str, Filter], str]] = {
    "default": _default,
    "lookup": _lookup,
    "business_days": _business_days,
    "at": _at,
    "plus": _shift,
    "minus": _shift,
    "date": lambda words, filter_: f"{words}, written as {constant(_argument(filter_))}",
    "truncate": lambda words, filter_: f"{words}, cut to {constant(_argument(filter_))} characters",
    "round": _round,
    "replace": _replace,
    "join": _join,
    "lower": lambda words, _: f"{words}, in small letters",
    "upper": lambda words, _: f"{words}, in capital letters",
    "title": lambda words, _: f"{words}, each word with a capital letter",
    "trim": lambda words, _: words,
    "slug": lambda words, _: f"{words}, in small letters and hyphens",
    "domain": lambda words, _: f"the domain of {words}",
    "first": lambda words, _: f"the first of {words}",
    "last": lambda words, _: f"the last of {words}",
    "length": lambda words, _: f"the length of {words}",
}
