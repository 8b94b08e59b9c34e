"""Keys that stand a level too deep or not deep enough: the indent is wrong, not the word."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from planhook.core import properties
from planhook.core.operation import ACTIONS
from planhook.rulebook.located import LocatedDict

RULE_KEYS = ("name", "on", "from", "if", "then", "examples", "use", "with", "enabled", "mode")


def too_deep(key: str, above: str) -> str | None:
    """What to say of a rule's own key inside the part `above` of the rule, None of any other key."""
    return f"{key} belongs beside {above}, not into it; correct the indent" if key in RULE_KEYS else None


def out_of_rule(key: str, data: Mapping[str, Any]) -> LocatedDict | None:
    """The last rule of a file when `key`, which stands beside `rules`, belongs into it; None of any other key."""
    rules = data.get("rules")
    last = rules[-1] if isinstance(rules, list) and rules else None
    is_own = key in (*RULE_KEYS, "description")
    return last if is_own and isinstance(last, LocatedDict) and key not in last else None


def repeated(key: str, container: Mapping[str, Any], path: Sequence[str]) -> str:
    """What to do about a key below `path` that its map has already."""
    if key == "name" and {"on", "then", "use"} & set(container):
        return "begin a new rule with a hyphen, as in - name: …"
    if key in ACTIONS and ("then" in path or "expect" in path):
        return f"to {key} two tasks write a list: each {key} with a hyphen before it"
    return "keep one"


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


def beside_action(data: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """What to say of fields that stand beside the one action that they belong to, by key; None without any."""
    found = [key for key in data if key in ACTIONS]
    fields = [key for key in data if key not in ACTIONS]
    if len(found) != 1 or not fields or not isinstance(data[found[0]], Mapping | None):
        return None
    if not all(properties.find(key) or key in ("custom", "if_absent", "_id") for key in fields):
        return None
    return {found[0] if data[found[0]] is None else fields[0]: [indented_too_little(fields, found[0])]}
