"""Exchange's way of writing a UID: a Global Object ID in hexadecimal digits."""

from datetime import date

_PREFIX = "040000008200E00074C5B7101A82E008"


def series_uid(uid: str) -> str:
    """The UID that all instances of a series share: Exchange writes an instance's date where the series has zeros."""
    return f"{uid[:32]}00000000{uid[40:]}" if _is_exchange(uid) else uid


def instance_day(uid: str) -> date | None:
    """The day on which an instance of a series was first planned; None for a series and for UIDs of others."""
    digits = uid[32:40]
    if not _is_exchange(uid) or digits == "00000000":
        return None
    try:
        return date(int(digits[:4], 16), int(digits[4:6], 16), int(digits[6:], 16))
    except ValueError:
        return None


def _is_exchange(uid: str) -> bool:
    return uid.upper().startswith(_PREFIX) and len(uid) >= 40
