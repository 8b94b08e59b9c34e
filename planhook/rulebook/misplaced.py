"""Keys that stand a level too deep or not deep enough: the indent is wrong, not the word."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from planhook.core import properties

RULE_KEYS = ("name", "on", "from", "if", "then", "examples", "use", "with", "enabled", "mode")


def too_deep(key: str, above: str) -> str | None:
    """What to say of a rule's own key inside the part `above` of the rule, None of any other key."""
    return f"{key} belongs beside {above}, not into it; correct the indent" if key in RULE_KEYS else None


def below_empty(data: Mapping[str, Any], known: Container[str]) -> dict[str, str]:
    """Unknown keys of a map right below a known one with nothing behind it, and that one: they belong into it."""
    found: dict[str, str] = {}
    above: str | None = None
    for key, value in data.items():
        if key in known:
            above = key if value is None else None
        elif above:
            found[key] = above
    return found


def indented_too_little(keys: Iterable[str], above: str) -> str:
    """What to say of keys that belong below `above` and stand beside it."""
    named = list(keys)
    return f"{' and '.join(named)} belong{'s' if len(named) == 1 else ''} below {above}: indent by two blanks more"


def fields_of_action(action: str, keys: Iterable[str]) -> str | None:
    """What to say of fields beside an `action` that has none itself, None when they are something else."""
    fields = [key for key in keys if key != action]
    if not fields or not all(properties.find(key) or key in ("custom", "if_absent", "_id") for key in fields):
        return None
    return indented_too_little(fields, action)
