"""Samples whose story happens today: all times are moved by the same span, none of which ends in the future."""

import re
from datetime import UTC, datetime, timedelta

_MINUTE = timedelta(minutes=1)
# Numbers count as times only when they are this close to the sample's own: ids look like epoch seconds too.
_CLOSE = timedelta(days=400)
_TIME = re.compile(
    rb"(?P<iso>\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
    rb"|(?P<ical>\b[0-9]{8}T[0-9]{6})"
    rb"|(?P<epoch>\b[0-9]{10}(?:[0-9]{3})?\b)"
)
_FORMS = {"iso": "%Y-%m-%dT%H:%M:%S", "ical": "%Y%m%dT%H%M%S"}


def moved(body: bytes, told_at: datetime, now: datetime) -> bytes:
    """`body` as if what it tells of `told_at` had happened within the minute before `now`.

    Everything but times stays byte for byte. ISO 8601 and iCalendar times keep their zone and fraction; epoch seconds
    and milliseconds are moved when they are near `told_at`.
    """
    span = (
        (now - told_at) // _MINUTE * _MINUTE
    )  # seconds and fractions keep, and so do meetings that begin on the minute

    def move(found: re.Match[bytes]) -> bytes:
        text = found.group().decode()
        if found.lastgroup == "epoch":
            return _moved_epoch(text, told_at, span).encode()
        form = _FORMS[str(found.lastgroup)]
        try:
            return (datetime.strptime(text, form) + span).strftime(form).encode()  # noqa: DTZ007 - the zone stays beside it
        except (ValueError, OverflowError):
            return found.group()

    return _TIME.sub(move, body)


def _moved_epoch(text: str, told_at: datetime, span: timedelta) -> str:
    unit = 1000 if len(text) > 10 else 1
    if abs(datetime.fromtimestamp(int(text) / unit, UTC) - told_at) > _CLOSE:
        return text
    return str(int(text) + int(span.total_seconds()) * unit)
