"""What to write instead of a text that is no JMESPath: other tools find their way into JSON by other signs."""

import re

_BRACED = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_BEFORE = re.compile(r"(\$\.?|\.)([A-Za-z_].*)")
_POINTER = re.compile(r"(/[\w-]+)+")
_ARITHMETIC = re.compile(r"[\w)`\]\"']\s+[-+*/%]\s+[\w(`@\"']")
_NAMES = re.compile(r"[\w -]+(?:\.[\w -]+)*")
_PLAIN = re.compile(r"[A-Za-z_]\w*")


def remedy(text: str, *, lacks_end: bool) -> str:
    """The words that follow "is no JMESPath expression"."""
    text = text.strip()
    if braced := _BRACED.fullmatch(text):
        return f"write {braced[1]}, without braces"
    if before := _BEFORE.fullmatch(text):
        return f"write {before[2]}, without {before[1]} before it"
    if _POINTER.fullmatch(text):
        return f"write {_quoted(text.strip('/').split('/'))}"
    if _ARITHMETIC.search(text):
        return "there is no arithmetic here; name the value as the sender gives it"
    if _NAMES.fullmatch(text) and {"-", " "} & set(text):
        return f"write {_quoted(text.split('.'))}"
    return "its end is missing" if lacks_end else "constants are quoted twice: \"'deal.won'\""


def _quoted(names: list[str]) -> str:
    """A path of names as YAML takes it: in quotes those that JMESPath does not take for names."""
    path = ".".join(name if _PLAIN.fullmatch(name) else f'"{name}"' for name in names)
    return f"'{path}'" if '"' in path else path
