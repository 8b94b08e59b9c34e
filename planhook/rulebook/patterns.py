"""Regular expressions that take linear time whatever they meet: Google's RE2."""

import re

import re2
from marshmallow import ValidationError

from planhook.core.condition import Pattern

MAX_PATTERN = 1_000
_MAX_MEMORY = 1 << 20  # bytes; RE2 refuses a pattern whose program needs more


def compile_pattern(text: str) -> Pattern:
    """A pattern that ignores case. Raises ValidationError for what RE2 cannot do in linear time."""
    if len(text) > MAX_PATTERN:
        raise ValidationError(f"this pattern is longer than {MAX_PATTERN:,} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.case_sensitive = False
    try:
        pattern: Pattern = re2.compile(text, options)  # type: ignore[no-untyped-call]  # re2 has no types
    except re2.error as fault:
        reason = (
            fault.args[0].decode(errors="replace") if fault.args and isinstance(fault.args[0], bytes) else str(fault)
        )
        raise ValidationError(f"this pattern is not allowed: {reason} ({_advice(text)})") from None
    return pattern


def _advice(text: str) -> str:
    if "(?" in text or re.search(r"\\[1-9]", text):
        return "look-ahead, look-behind and back-references do not exist here"
    if text.startswith("*"):
        return f"for text that stands anywhere write contains: {text.strip('*')}"
    return "put \\ before a sign that stands for itself, or use contains, starts_with or ends_with"
