"""What response headers say about a quota. They come in two spellings, or not at all."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SHORTEST_WAIT = 1.0
LONGEST_WAIT = 900.0
_LONGEST_HEADER = 64
_DAY = 86_400.0


def calls_left(headers: Mapping[str, str]) -> int | None:
    """Calls left in the present window; None when the server does not say. `headers` ignores case."""
    for name in ("x-rate-limit-remaining", "x-ratelimit-remaining"):
        number = _number(headers.get(name, ""))
        if number is not None and number >= 0:
            return int(number)
    return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait before the next call, 1 to 900: the longer of what `Retry-After` and the quota's reset say.

    None when neither says anything usable. `headers` ignores case; `now` is aware.
    """
    waits = [_wait(headers.get("retry-after", ""), now)]
    waits += [_wait(headers.get(name, ""), now) for name in ("x-ratelimit-reset", "x-rate-limit-reset")]
    told = [wait for wait in waits if wait is not None]
    return min(max(*told, SHORTEST_WAIT), LONGEST_WAIT) if told else None


def _wait(header: str, now: datetime) -> float | None:
    """Seconds from now that one header asks for; of a header sent twice ("5, 7") the longest."""
    if len(header) > _LONGEST_HEADER:
        return None
    numbers = [number for number in map(_number, header.split(",")) if number is not None and number >= 0]
    if numbers:
        return _from_now(max(numbers), now)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


def _from_now(number: float, now: datetime) -> float:
    """A number near the present time, in seconds or milliseconds, is a moment; any other is seconds left."""
    for moment in (number, number / 1000):
        if abs(moment - now.timestamp()) < _DAY:
            return moment - now.timestamp()
    return number


def _number(text: str) -> float | None:
    try:
        number = float(text.strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None
