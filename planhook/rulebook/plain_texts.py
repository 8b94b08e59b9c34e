"""Texts without quotes of which YAML reads something else than stands there: a comment in it, a number shortened."""

import re
from collections.abc import Iterator, Sequence

# A comment usually stands apart and has a blank behind its #; a placeholder alone is hardly one.
_CUT = re.compile(r" #(?:[\w{]| *\{\{[^{}]*\}\}\s*\Z)")
_SHORTENED = re.compile(r"[-+]?[1-9]\d{0,2}\.000\Z")
_WRITES = ("then", "defaults")
_WORDS = ("action", "description", "sourceId", "checklist", "activityTags", "custom")


def doubts_of(text: str, behind: str, keys: Sequence[str]) -> Iterator[str]:
    """What is odd about a text below `keys`, with `behind` after it on its line."""
    is_written = any(key in _WRITES for key in keys) and any(key in _WORDS for key in keys)
    if is_written and _CUT.match(behind):
        yield f"the text ends at {text.split()[-1]!r}: a # behind a blank begins a comment; put quotes around the whole"
    if "if" in keys and _SHORTENED.match(text):
        yield f"{text} is {text.partition('.')[0]}; write {text.replace('.', '')} if the point parts thousands"
