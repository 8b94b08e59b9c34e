"""Whether Planhat has what was written to a task. What it only spells differently counts as kept. Pure."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from planhook.core.properties import CUSTOM, find
from planhook.core.scalar import as_number, as_text

DROPPED, CHANGED = "dropped", "changed"

_REFERENCES = ("companyId", "sourceId")  # shown resolved, or what the task was found by
_REWRITTEN = ("description", "dateDone")  # Planhat tidies up HTML, and may date a completion itself
_TAG = re.compile(r"<[^>]*>")


def fault(name: str, wrote: Any, before: Any, has: Any) -> str | None:
    """What is wrong with a property that now `has` another value than `wrote`; None when it was kept.

    DROPPED: nothing is there, or still what was there `before` (None when not known). CHANGED: something else is
    there, and Planhat has no reason to write it another way.
    """
    if name in _REFERENCES or is_same(name, wrote, has):
        return None
    if _is_nothing(has) or is_same(name, before, has):
        return DROPPED
    return None if name in _REWRITTEN or name.startswith(CUSTOM) else CHANGED


def is_same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of property `name` mean the same to Planhat, whatever their form."""
    if one == other:
        return True
    if _is_nothing(one) or _is_nothing(other):
        return _is_nothing(one) and _is_nothing(other)
    prop = find(name)
    return _SAME[prop.type if prop else "any"](one, other)


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not _plain(value))


def _is_same_text(one: Any, other: Any) -> bool:
    return _folded(one) == _folded(other)


def _is_same_html(one: Any, other: Any) -> bool:
    return _letters(one) == _letters(other)


def _is_same_time(one: Any, other: Any) -> bool:
    moments = _moment(one), _moment(other)
    if moments[0] is None or moments[1] is None:
        return False
    if moments[0] == moments[1]:
        return True
    # Of a day without a time only the date counts.
    return moments[0].date() == moments[1].date() and any(moment == _midnight(moment) for moment in moments if moment)


def _is_same_list(one: Any, other: Any) -> bool:
    return sorted(map(_element, _listed(one))) == sorted(map(_element, _listed(other)))


def _is_alike(one: Any, other: Any) -> bool:
    """Of a custom field only people know the type: any reading that makes both one will do."""
    if isinstance(one, list) or isinstance(other, list):
        ones, others = _listed(one), _listed(other)
        return len(ones) == len(others) and all(any(_is_alike(each, that) for that in others) for each in ones)
    if isinstance(other, Mapping):
        return any(_is_alike(one, value) for value in other.values() if not isinstance(value, Mapping | list))
    numbers = as_number(one), as_number(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return _letters(one) == _letters(other) or _is_same_time(one, other)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _element(value: Any) -> str:
    """A tag, the title of a step, the id of a person: what an element of a list is known by."""
    if isinstance(value, Mapping):
        value = next((value[name] for name in ("_id", "id", "title") if name in value), None)
    return _folded(value)


def _plain(value: Any) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", as_text(value) or "")).split())


def _folded(value: Any) -> str:
    return _plain(value).casefold()


def _letters(value: Any) -> str:
    return "".join(sign for sign in _folded(value) if sign.isalnum())


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


_SAME: Mapping[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("text", "enum", "objectId", "prefixedId", "bool", "int"), _is_same_text),
    **dict.fromkeys(("texts", "checklist", "people"), _is_same_list),
    "html": _is_same_html,
    "time": _is_same_time,
    "any": _is_alike,
}
