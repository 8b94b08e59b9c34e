"""Two actions that write one field of one task on the same event: the later one always wins, which nobody sees."""

from collections.abc import Sequence

from planhook.core.place import Place
from planhook.core.rule import ActionTemplate, Rule
from planhook.rulebook.findings import Findings
from planhook.rulebook.vocabulary import EVENT_TYPES, listens

_LOOK_BACK = 50  # actions on one key; more would take long and tell nothing new
_Written = tuple[Rule, ActionTemplate]


def warn_of_overlaps(rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning where it is plain to see: same key text, same field, different values, and the next one before."""
    by_key: dict[str, list[_Written]] = {}
    for rule in rules:
        for action in rule.then:
            if action.key is not None and rule.mode == "live":
                by_key.setdefault(action.key.text, []).append((rule, action))
    for writers in by_key.values():
        for index, later in enumerate(writers):
            before = reversed(writers[max(0, index - _LOOK_BACK) : index])
            met = (_warnings(earlier, later) for earlier in before if _meet(earlier[0], later[0]))
            for place, message in next((warnings for warnings in met if warnings), ()):
                findings.add_at(place, message, "warning")


def _warnings(earlier: _Written, later: _Written) -> list[tuple[Place, str]]:
    (first, lost), (_, won) = earlier, later
    other = f"is also written by {first.name!r} ({lost.place}) on the same event; this one, the later, always wins"
    return [
        (won.place, f"{name} {other}")
        for name in won.fields
        if name in lost.fields and won.fields[name] != lost.fields[name]
    ]


def _meet(first: Rule, second: Rule) -> bool:
    """Whether both surely act on some event: conditions that differ may exclude each other."""
    if first is second:
        return True
    if first.condition != second.condition or (first.sources and second.sources and first.sources != second.sources):
        return False
    together = set(first.on) & set(second.on)
    return bool(together) or any(
        any(listens(first.on, name) for name in types) and any(listens(second.on, name) for name in types)
        for types in EVENT_TYPES
    )
