"""Tasks that several meetings share although nothing tells which of these came last: invitations count by SEQUENCE."""

from collections.abc import Mapping, Sequence
from typing import Any

from planhook.core.rule import Rule
from planhook.core.template import Placeholder, Template
from planhook.rulebook.findings import Findings
from planhook.rulebook.identity import tells_apart
from planhook.rulebook.templates import placeholders
from planhook.rulebook.vocabulary import TYPES, listens

_BY_SEQUENCE = ("icalendar", "mailgun", "postmark", "sendgrid", "ses")
# With one of these in its key, a task belongs to one meeting or one event.
_NAMES_ONE = ("meeting.id", "meeting.url", "meeting.replaces", "meeting.replaced_by", "event.id", "event.sender_id")
_MAY_NAME_ONE = ("payload", "changes")
_WHY = "which says nothing about other meetings and other sources, so what comes last may count for nothing"
_INSTEAD = (
    "name the task by {{ meeting.id }}, or take the meetings from a source that tells times,"
    " such as google-calendar, calendly, calcom or json"
)


def warn_of_sequence_order(rules: Sequence[Rule], sources: Mapping[str, Any], findings: Findings) -> None:
    """Add a warning for each `sourceId` that meetings of such a source share. `sources` has them as written."""
    for rule in rules:
        heard = [name for name in sorted(sources) if _hears(rule, name, sources[name])]
        for action in rule.then if heard else ():
            if action.key is None or action.by_id or not _is_shared(action.key):
                continue
            told = f"meetings of {' and '.join(heard)} are ordered by their SEQUENCE, {_WHY}; {_INSTEAD}"
            findings.add_at(action.where("sourceId"), told, "warning")


def _hears(rule: Rule, source: str, config: Any) -> bool:
    if not isinstance(config, Mapping) or config.get("kind") not in _BY_SEQUENCE:
        return False
    is_welcome = not rule.sources or listens(rule.sources, source)
    return is_welcome and any(listens(rule.on, each) for each in TYPES if each.startswith("meeting."))


def _is_shared(key: Template) -> bool:
    """Whether a key is the same for several meetings on purpose; what is so by mistake is told anyway."""
    found = placeholders(key)
    return any(tells_apart(each) for each in found) and not any(map(_names_one, found))


def _names_one(placeholder: Placeholder) -> bool:
    return placeholder.path in _NAMES_ONE or placeholder.path.partition(".")[0] in _MAY_NAME_ONE
