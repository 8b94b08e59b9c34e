"""Exchange's way of writing a UID: a Global Object ID in hexadecimal digits."""

_PREFIX = "040000008200E00074C5B7101A82E008"


def series_uid(uid: str) -> str:
    """The UID that all instances of a series share: Exchange writes an instance's date where the series has zeros."""
    if uid.upper().startswith(_PREFIX) and len(uid) >= 40:
        return f"{uid[:32]}00000000{uid[40:]}"
    return uid
