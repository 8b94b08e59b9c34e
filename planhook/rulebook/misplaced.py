"""Keys that stand a level too deep or not deep enough: the indent is wrong, not the word."""

from collections.abc import Iterable

from planhook.core import properties

RULE_KEYS = ("name", "on", "from", "if", "then", "examples", "use", "with", "enabled", "mode")


def too_deep(key: str, above: str) -> str | None:
    """What to say of a rule's own key inside the part `above` of the rule, None of any other key."""
    return f"{key} belongs beside {above}, not into it; correct the indent" if key in RULE_KEYS else None


def fields_of_action(action: str, keys: Iterable[str]) -> str | None:
    """What to say of fields beside an `action` that has none itself, None when they are something else."""
    fields = [key for key in keys if key != action]
    if not fields or not all(properties.find(key) or key in ("custom", "if_absent", "_id") for key in fields):
        return None
    return f"{' and '.join(fields)} belong{'s' if len(fields) == 1 else ''} below {action}: indent by two blanks more"
