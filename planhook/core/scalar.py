"""How JSON values read as text and as numbers: one reading for conditions, filters and task properties."""

import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from planhook.core.errors import ValueMissing

LONGEST_VALUE = 100_000  # characters of one value; Planhat's own limit is not documented
_SHOWN = 80
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of characters, line ends
_LONGEST_NUMBER = 400  # any float fits; Python refuses to turn far longer ones into text


def is_empty(value: Any) -> bool:
    """Null and empty text say nothing: conditions and placeholders treat them as absent."""
    return value is None or value == ""


def as_number(value: Any) -> int | float | None:
    """The number that `value` is or spells; None for anything else, booleans and NaN included."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit():
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None


def as_text(value: Any) -> str | None:
    """Text, number or boolean as people write it: 9000.0 is "9000", True is "true"; None for the rest."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if not value.is_integer():
            return format(Decimal(repr(value)), "f")
    elif not isinstance(value, int):
        return None
    whole = int(value)
    return str(whole) if whole.bit_length() <= 3 * _LONGEST_NUMBER else None


def has_control_characters(text: str) -> bool:
    """Whether something is in `text` that has no place in an id: control characters, line ends, half characters."""
    return not text.isprintable() and any(unicodedata.category(each) in _CONTROL for each in text)


def joined(value: list[Any], separator: str = ", ") -> str:
    """The elements of a list as one text. Raises ValueMissing for objects and lists among them."""
    texts = [as_text(element) for element in value if element is not None]
    if None in texts:
        raise ValueMissing("a list of objects cannot be written as text")
    if len(texts) * len(separator) > LONGEST_VALUE:
        raise ValueMissing(f"the text would be longer than {LONGEST_VALUE} characters")
    return separator.join(text for text in texts if text is not None)


def shown(value: Any) -> str:
    """`value` for a sentence that a person reads: on one line, cut when long; "absent" for null and ""."""
    if type(value) is str:
        return cut(value) or "absent"
    if value is None:
        return "absent"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        # Cutting before joining keeps a list of a million elements from being written out.
        return cut(f"[{', '.join(_element(element) for element in value[:_SHOWN])}]")
    text = as_text(value)
    return cut(text if text is not None else str(type(value).__name__))


def quoted(value: Any) -> str:
    """`value` for a sentence about what is wrong with it: text in quotes, so that its ends can be seen."""
    return f"'{cut(value)}'" if isinstance(value, str) else shown(value)


def cut(text: str) -> str:
    """At most 80 characters of `text`, on one line."""
    if len(text) <= _SHOWN and text.isprintable():
        return text
    text = text[: _SHOWN + 1]
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _element(value: Any) -> str:
    if value is None:
        return "null"
    return cut(as_text(value) or "…") if not isinstance(value, Mapping | list) else "…"
