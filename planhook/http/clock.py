"""The time that a server says it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def told_time(headers: Mapping[str, str]) -> datetime | None:
    """When the server answered, by its own clock and to the second; None when it does not say.

    `headers` ignores case.
    """
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
