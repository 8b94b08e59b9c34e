"""The filters that values go through, as `{{ path | filter(argument) }}`: pure and bounded.

Each raises ValueMissing for a value it cannot work on. Times come in as `Calendar.moment` takes them and
go out as UTC text. Absent values reach only the filters that can make something of them.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from planhook.core.arguments import Parameter, fault
from planhook.core.calendar import Calendar
from planhook.core.errors import ValueMissing
from planhook.core.event import iso
from planhook.core.scalar import LONGEST_VALUE, as_number, as_text, is_empty, joined, quoted
from planhook.core.strftime import formatted

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_DOMAIN = re.compile(r"[^\s@/:.]+(?:\.[^\s@/:.]+)+")


@dataclass(frozen=True, slots=True)
class Context:
    """What filters look things up in."""

    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)


class UnfitError(Exception):
    """The value is not what the filter needs; the argument says what that is ("a time")."""


def slugify(text: str) -> str:
    """Lower-case ASCII letters and digits, anything else between them as one hyphen."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _default(value: Any, _: Context, fallback: Any) -> Any:
    return fallback if is_empty(value) or value in ([], {}) else value


def _lookup(value: Any, context: Context, table: str) -> Any:
    entries = context.tables.get(table)
    if entries is None:
        raise ValueMissing(f"there is no table {table}")
    keys = _keys(value)
    for key in keys:
        if key in entries:
            return entries[key]
        # Addresses come in any case, while people write tables in one.
        folded = key.casefold()
        for name, entry in entries.items():
            if str(name).casefold() == folded:
                return entry
    if "default" in entries:
        return entries["default"]
    if not keys:
        return None
    raise ValueMissing(f"table {table} has neither {quoted(value)} nor a default")


def _keys(value: Any) -> list[str]:
    """What to look up: of a list, the first element that the table knows counts."""
    keys = []
    for each in value if isinstance(value, list) else [value]:
        key = as_text(each)
        if key is None and not is_empty(each):
            raise UnfitError("a text or a number")
        if key:
            keys.append(key)
    return keys


def _moment(value: Any, context: Context) -> datetime:
    moment = context.calendar.moment(value)
    if moment is None:
        raise UnfitError("a time")
    return moment


def _shift(value: Any, context: Context, sign: int, days: int, hours: float, minutes: float, weeks: int) -> str:
    by_days = context.calendar.add_days(_moment(value, context), sign * (days + 7 * weeks))
    # Through UTC, because Python adds to the times of a zone as if its clocks never changed.
    return iso(by_days.astimezone(UTC) + timedelta(hours=sign * hours, minutes=sign * minutes))


def _plus(value: Any, context: Context, *, days: int = 0, hours: float = 0, minutes: float = 0, weeks: int = 0) -> str:
    return _shift(value, context, 1, days, hours, minutes, weeks)


def _minus(value: Any, context: Context, *, days: int = 0, hours: float = 0, minutes: float = 0, weeks: int = 0) -> str:
    return _shift(value, context, -1, days, hours, minutes, weeks)


def _business_days(value: Any, context: Context, count: int) -> str:
    return iso(context.calendar.add_business_days(_moment(value, context), count))


def _at(value: Any, context: Context, clock: str) -> str:
    return iso(context.calendar.at(_moment(value, context), time.fromisoformat(clock)))


def _date(value: Any, context: Context, layout: str) -> str:
    return formatted(_moment(value, context).astimezone(context.calendar.timezone), layout)


def _text(value: Any) -> str:
    text = joined(value) if isinstance(value, list) else as_text(value)
    if text is None:
        raise UnfitError("a text")
    return text


def _lower(value: Any, _: Context) -> str:
    return _text(value).lower()


def _upper(value: Any, _: Context) -> str:
    return _text(value).upper()


def _title(value: Any, _: Context) -> str:
    return _WORD.sub(lambda word: word[0][:1].upper() + word[0][1:].lower(), _text(value))


def _trim(value: Any, _: Context) -> str:
    return _text(value).strip()


def _replace(value: Any, _: Context, old: str, new: str) -> str:
    text = _text(value)
    if len(text) + text.count(old) * (len(new) - len(old)) > LONGEST_VALUE:
        raise ValueMissing(f"replace would make a text longer than {LONGEST_VALUE} characters")
    return text.replace(old, new)


def _truncate(value: Any, _: Context, length: int) -> str:
    text = _text(value)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _round(value: Any, _: Context, digits: int = 0) -> int | float:
    number = as_number(value)
    if number is None:
        raise UnfitError("a number")
    try:
        # Half up, as people round; through text, because the float nearest to 2.675 lies below it.
        rounded = Decimal(repr(number)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    except InvalidOperation:
        return number  # so large that it has no fraction to round
    return float(rounded) if digits else int(rounded)


def _domain(value: Any, _: Context) -> str:
    text = _text(value).strip().casefold()
    if "@" in text:
        text = text.rpartition("@")[2].rstrip(" >")
    else:
        text = re.split(r"[/?#:]", text.partition("://")[2] or text, maxsplit=1)[0].removeprefix("www.")
    if not _DOMAIN.fullmatch(text):
        raise UnfitError("an e-mail or web address")
    return text


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UnfitError("a list")
    return value


def _first(value: Any, _: Context) -> Any:
    return _list(value)[0] if _list(value) else None


def _last(value: Any, _: Context) -> Any:
    return _list(value)[-1] if _list(value) else None


def _join(value: Any, _: Context, separator: str = ", ") -> str:
    return joined(_list(value), separator)


def _length(value: Any, _: Context) -> int:
    return len(value) if isinstance(value, list | Mapping) else len(_text(value))


def _slug(value: Any, _: Context) -> str:
    return slugify(_text(value))


@dataclass(frozen=True, slots=True)
class FilterSpec:
    """One filter. `takes_absent`: it can make something of a value that is not there."""

    name: str
    function: Callable[..., Any]
    parameters: tuple[Parameter, ...] = ()
    takes_absent: bool = False


_SHIFTS = tuple(
    Parameter(name, kind, keyword=True, required=False)
    for name, kind in (("days", "whole"), ("hours", "number"), ("minutes", "number"), ("weeks", "whole"))
)

FILTERS: Mapping[str, FilterSpec] = {
    spec.name: spec
    for spec in (
        FilterSpec("default", _default, (Parameter("fallback", "any"),), takes_absent=True),
        FilterSpec("lookup", _lookup, (Parameter("table", "text"),), takes_absent=True),
        FilterSpec("plus", _plus, _SHIFTS),
        FilterSpec("minus", _minus, _SHIFTS),
        FilterSpec("business_days", _business_days, (Parameter("count", "whole"),)),
        FilterSpec("at", _at, (Parameter("clock", "clock"),)),
        FilterSpec("date", _date, (Parameter("layout", "layout"),)),
        FilterSpec("lower", _lower),
        FilterSpec("upper", _upper),
        FilterSpec("title", _title),
        FilterSpec("trim", _trim),
        FilterSpec("replace", _replace, (Parameter("old", "text"), Parameter("new", "any text"))),
        FilterSpec("truncate", _truncate, (Parameter("length", "length"),)),
        FilterSpec("round", _round, (Parameter("digits", "digits", required=False),)),
        FilterSpec("domain", _domain),
        FilterSpec("first", _first),
        FilterSpec("last", _last),
        FilterSpec("join", _join, (Parameter("separator", "any text", required=False),)),
        FilterSpec("length", _length),
        FilterSpec("slug", _slug),
    )
}


def check_arguments(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
    """What is wrong with `| name(*args, **kwargs)` in a sentence, None when nothing is."""
    spec = FILTERS.get(name)
    if spec is None:
        return f"there is no filter {name}"
    return fault(name, spec.parameters, args, kwargs)
