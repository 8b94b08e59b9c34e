"""What a text without quotes stands for. Identifiers and times must not turn into something else."""

import re

_MAX_DIGITS = 30
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NULLS = ("", "~", "null", "Null", "NULL")


def read_plain(text: str) -> str | int | float | bool | None:
    """The value of a text without quotes. Raises ValueError for a number that no computer keeps as it is."""
    if text in NULLS:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if not (number := _NUMBER.match(text)):
        return text
    if len(text) > _MAX_DIGITS:
        raise ValueError("this number is too long; put quotes around it if it is an identifier")
    return float(text) if number.group(2) else int(text)
