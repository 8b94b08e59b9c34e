"""Values of senders in the form that events have them. Functions raise ValueError that says what is wrong."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from planhook.core.event import JSON, iso

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"[0-9]{1,14}(\.[0-9]{1,9})?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
# 10^11 s is the year 5138 and 10^11 ms is 1973: what lies above counts milliseconds.
_FIRST_MILLISECONDS = 10**11
_SHOWN = 60  # characters of a value that is quoted
MAX_SEQUENCE = 2**53 - 1  # the largest whole number that Redis scripts hold exactly


class FieldInvalid(ValueError):
    """A field of a deal or meeting that cannot be read; `path` says which, as `deal.amount`."""

    def __init__(self, path: str, told: str) -> None:
        super().__init__(f"{path} {told}")
        self.path = path


def text(value: JSON) -> str:
    """Text, numbers and booleans as text; whole numbers without a fraction."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    raise ValueError(f"is {_kind(value)}, not a text")


def one_line(value: str) -> str:
    """`value` with one blank for every run of blanks, line ends and control characters."""
    if not value.isprintable():
        value = "".join(each if each.isprintable() else " " for each in value)
    return " ".join(value.split())


def identifier(value: JSON) -> str:
    """An id as text without blanks around it: 64-bit numbers do not survive every reader of JSON."""
    if isinstance(value, bool):
        raise ValueError("is a boolean, not an id")
    return text(value).strip()


def number(value: JSON) -> int | float:
    """A number, also when the sender wrote it as text."""
    if isinstance(value, bool):
        raise ValueError("is a boolean, not a number")
    if not isinstance(value, int | float | str):
        raise ValueError(f"is {_kind(value)}, not a number")
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise ValueError(f"is not a number: {_shown(value)}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError("is too large a number")
    if isinstance(value, str):
        return int(found) if found.is_integer() and abs(found) <= MAX_SEQUENCE else found
    return value or 0  # a float may be -0.0


def whole(value: JSON) -> int:
    """A whole number from 0 to 2^53 - 1, also as text."""
    found = number(value)
    if not 0 <= found <= MAX_SEQUENCE or found != int(found):
        raise ValueError(f"is not a whole number from 0 to 2^53 - 1: {_shown(value)}")
    return int(found)


def sequence(value: JSON, position: int) -> int:
    """A sender's number of an event, rounded down and within ±(2^53 - 1); `position` when it is none. Never raises.

    It only orders events of one instant, so that an odd one must not cost the event.
    """
    try:
        return math.floor(max(-MAX_SEQUENCE, min(number(value), MAX_SEQUENCE)))
    except ValueError:
        return position


def moment(value: JSON) -> datetime:
    """A time to the millisecond: ISO 8601 text (without an offset: UTC), or seconds or milliseconds since 1970."""
    if isinstance(value, str):
        written = value.strip()
        return _in_range(_from_epoch(float(written)) if _DIGITS.fullmatch(written) else _from_iso(written))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"is {_kind(value)}, not a time")
    return _in_range(_from_epoch(value))


def iso_moment(value: JSON) -> str:
    """A time in the one form that events show."""
    return iso(moment(value))


def texts(value: JSON) -> list[str]:
    """A list of ids or texts; one alone is a list of one."""
    return [identifier(each) for each in (value if isinstance(value, list) else [value]) if each is not None]


def mapping(value: JSON) -> Mapping[str, JSON]:
    """An object, as it is."""
    if not isinstance(value, dict):
        raise ValueError(f"is {_kind(value)}, not an object")
    return value


def flag(value: JSON) -> bool:
    """A boolean, also as the text true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError(f"is neither true nor false: {_shown(value)}")


def _from_epoch(count: float) -> datetime:
    milliseconds = count if abs(count) >= _FIRST_MILLISECONDS else count * 1000
    try:
        return _EPOCH + timedelta(milliseconds=round(milliseconds))
    except OverflowError:
        raise ValueError("is a time out of range") from None


def _from_iso(written: str) -> datetime:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"is not a time in ISO 8601, such as 2026-03-02T09:00:00Z: {_shown(written)}") from None
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is a time out of range") from None


def _in_range(found: datetime) -> datetime:
    if found < _EPOCH:
        raise ValueError("is a time before 1970")
    return found.replace(microsecond=found.microsecond // 1000 * 1000)  # as events are stored


def _kind(value: JSON) -> str:
    if value is None:
        return "missing"
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}
    return names.get(type(value), "a number")


def _shown(value: JSON) -> str:
    """A value as an author finds it in what the sender sent, shortened."""
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
