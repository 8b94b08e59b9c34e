"""Keys of tasks that cannot tell two records apart, or may be the same for all that lack something."""

import re
from collections.abc import Iterator, Sequence

from planhook.core.properties import is_object_id
from planhook.core.rule import Rule
from planhook.core.template import Placeholder, Template
from planhook.rulebook.findings import Findings
from planhook.rulebook.templates import placeholders
from planhook.rulebook.vocabulary import FIELDS, names_value

# Of these no two records share one, or it is meant that they share the task.
_TELLS_APART = frozenset(
    {
        *("event.id", "event.sender_id"),
        *("deal.id", "deal.company_id", "deal.contact_ids", "deal.url", "deal.properties"),
        *("meeting.id", "meeting.domains", "meeting.url", "meeting.replaces", "meeting.replaced_by"),
    }
)
# Every record has one of its own; a payload's names for that end so.
_IDENTITIES = frozenset({"event.id", "event.sender_id", "deal.id", "deal.url", "meeting.id", "meeting.url"})
_NAMES_IDENTITY = re.compile(r"(?:.*[_-])?(?:id|key|number|no|reference|uuid|guid)\Z|.*[a-z](?:Id|ID|Key|Number|No)\Z")
_BARE = re.compile(r"\b(?:event|deal|meeting|payload)(?:\.[a-z]\w*)+")
_LOSES = ("length", "truncate", "date", "round")


def warn_of_shared_keys(rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each `sourceId` that several records may have in common, and for each `_id` that is none."""
    for action in (action for rule in rules for action in rule.then):
        if action.key is None:
            continue
        if not action.by_id:
            for message in _faults(action.key):
                findings.add_at(action.where("sourceId"), message, "warning")
        elif not placeholders(action.key) and not is_object_id(action.key.text.strip()):
            message = (
                f"_id is {action.key.text!r}, not a Planhat id (24 hexadecimal digits); a key of ours is a sourceId"
            )
            findings.add_at(action.where("_id"), message, "warning")


def _faults(key: Template) -> Iterator[str]:
    found = placeholders(key)
    for placeholder in found:
        if _has_default(placeholder) and _decides(placeholder, [each for each in found if not _has_default(each)]):
            yield (
                f"every record without {placeholder.path} gets the same sourceId;"
                " leave the default out, so that such an event is told instead"
            )
    if found and not any(tells_apart(placeholder) for placeholder in found):
        if lost := next((told for each in found if (told := _lost(each))), None):
            yield lost
            return
        named = " and ".join(placeholder.path for placeholder in found)
        better = id_for(found[0])
        yield f"two records may have the same {named}, and would share one task; put {better} into the sourceId"


def fixed_key(key: str, root: str) -> str:
    """What to say of a key without a placeholder; `root` is what the rule's events are about."""
    meant = _BARE.sub(lambda path: f"{{{{ {path[0]} }}}}" if names_value(path[0]) else path[0], key)
    if meant != key:
        return f"every event writes the same task {key}; a path stands in braces: write {meant}"
    return f"every event writes the same task {key}; put the object's id in, as in {key}-{{{{ {root}.id }}}}"


def _lost(placeholder: Placeholder) -> str | None:
    """What to say of a filter that leaves too little of what tells records apart."""
    if tells_apart(placeholder) or not tells_apart(Placeholder(placeholder.path)):
        return None
    name = next(used.name for used in placeholder.filters if used.name in _LOSES)
    return f"{name} leaves too little of {placeholder.path}, so that two records may share one task; delete | {name}"


def _has_default(placeholder: Placeholder) -> bool:
    return any(used.name == "default" for used in placeholder.filters)


def _decides(placeholder: Placeholder, others: Sequence[Placeholder]) -> bool:
    """Whether records share a task where `placeholder` is the same; `others` of the key are always filled."""
    if any(_is_identity(other) for other in others):
        return False
    return tells_apart(placeholder) or not any(tells_apart(other) for other in others)


def _is_identity(placeholder: Placeholder) -> bool:
    root, _, rest = placeholder.path.partition(".")
    if not tells_apart(placeholder):
        return False
    return placeholder.path in _IDENTITIES or (root == "payload" and bool(_NAMES_IDENTITY.match(rest.split(".")[-1])))


def id_for(placeholder: Placeholder) -> str:
    """What to put into a key beside a placeholder that does not tell records apart."""
    root = placeholder.path.partition(".")[0]
    return f"{root}.id" if root in ("deal", "meeting", "event") else "the record's id"


def tells_apart(placeholder: Placeholder) -> bool:
    """Whether no two records are filled in alike, or are meant to share the task where they are."""
    root, _, rest = placeholder.path.partition(".")
    if any(used.name in _LOSES for used in placeholder.filters):
        return False
    name = rest.partition(".")[0]
    return root not in FIELDS or name not in FIELDS[root] or f"{root}.{name}" in _TELLS_APART
