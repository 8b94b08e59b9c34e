"""Statuses that differ by a slip from one that Planhat knows: it saves any text, and shows the task nowhere."""

from collections.abc import Sequence
from difflib import get_close_matches

from planhook.core.rule import Rule
from planhook.rulebook.findings import Findings
from planhook.rulebook.values import STATES, is_static, static_text

_KNOWN = {**{name.casefold(): name for name in STATES.values()}, "in progress": "In progress"}
_NEAR = 0.85  # "In Progres" and "Ignord" are; "Undone" and "Not in progress" may be a tenant's own


def warn_of_statuses(rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each. What differs by case, hyphens or a number is left alone: every Planhat has its own."""
    for action in (action for rule in rules for action in rule.then if "status" in action.fields):
        value = action.fields["status"]
        written = static_text(value) if is_static(value) else None
        if isinstance(written, str) and (meant := _meant(written)):
            told = f"Planhat saves any status, and {written} is probably none of yours (did you mean {meant}?)"
            findings.add_at(action.where("status"), told, "warning")


def _meant(written: str) -> str | None:
    plain = " ".join(written.casefold().replace("-", " ").replace("_", " ").split())
    if plain in _KNOWN or any(letter.isdigit() for letter in plain):
        return None
    near = get_close_matches(plain, _KNOWN, n=1, cutoff=_NEAR)
    return _KNOWN[near[0]] if near else None
