"""Actions on tasks that no rule creates: a `sourceId` written differently finds nothing, and nobody is told."""

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from marshmallow import ValidationError

from planhook.core.operation import ACTIONS
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Placeholder, Template
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.templates import parse_template
from planhook.rulebook.vocabulary import FIELDS

_IDS = ("deal.id", "meeting.id")
_MOST_COMPARED = 20  # keys that a misspelt one is compared with; among thousands of rules more would take seconds
_OTHER_KEYS = {"externalId", "externalID", "external_id", "sourceID", "source_id", "sourceid", "key", "id"}
_OF_OTHER_RECORDS = ("replaces", "replaced_by")  # hold ids of the same kind of record
_OURS = tuple(f"event.{name}" for name in ("id", "source", "type", "occurred_at", "received_at"))  # no record's id
_REWRITES = ("lower", "upper", "title", "slug")


def warn_of_orphans(files: Sequence[RuleFile], rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each action whose `sourceId` cannot equal that of any create.

    None where a rule cannot be understood: it may create what seems to be missing.
    """
    if not all(_is_legible(rule) for file in files for rule in file.section("rules", LocatedList)):
        return
    made = (key_made_for(rule) if action.key is None else action.key for rule, action in _actions(rules, "create"))
    created = {key.text: key for key in (*_written_creates(files), *made)}
    doubted = _doubted(rules, findings)
    for _, action in _actions(rules, "update", "complete", "cancel", "reopen", "delete"):
        if action.key is None or action.by_id or action.key.text in created:
            continue
        if any(may_equal(action.key, key) for key in created.values()):
            continue
        near = get_close_matches(action.key.text, _likely(action.key.text, created), n=1, cutoff=0.5)
        if near and near[0] in doubted:
            continue  # that key is to be changed anyway, as is told where it stands
        hint = f" (did you mean {near[0]}?)" if near else ""
        message = f"no rule creates a task {action.key.text}, so there is nothing to {action.action}{hint}"
        findings.add_at(action.where("sourceId"), message, "warning")


def _doubted(rules: Sequence[Rule], findings: Findings) -> set[str]:
    """Keys of creates of which something is told."""
    told = {(finding.file, finding.line, finding.column) for finding in findings.found}
    keys = ((action.key, action.where("sourceId")) for _, action in _actions(rules, "create"))
    return {key.text for key, place in keys if key and (place.file, place.line, place.column) in told}


def _is_legible(rule: Any) -> bool:
    """Whether all actions of a rule have names that exist, and creates no other name for their `sourceId`."""
    then = rule.get("then") if isinstance(rule, LocatedDict) else None
    actions = then if isinstance(then, LocatedList) else [then]
    if not all(isinstance(action, LocatedDict) and set(action) <= set(ACTIONS) for action in actions):
        return False
    creates = [action["create"] for action in actions if isinstance(action, LocatedDict) and "create" in action]
    return all(isinstance(body, LocatedDict) and not set(body) & _OTHER_KEYS for body in creates)


def _likely(text: str, known: Iterable[str]) -> list[str]:
    """The keys of about the same length, for which alone a slip of the pen is likely."""
    return heapq.nsmallest(_MOST_COMPARED, known, key=lambda each: abs(len(each) - len(text)))


def _actions(rules: Sequence[Rule], *names: str) -> Iterator[tuple[Rule, ActionTemplate]]:
    return ((rule, action) for rule in rules for action in rule.then if action.action in names)


def key_made_for(rule: Rule) -> Template:
    """What a create without `sourceId` uses: rule, source and id of the object."""
    tells = [path for path in _IDS if all(name.startswith(path.partition(".")[0]) for name in rule.on)]
    parts = (f"{rule.slug}-", Placeholder("event.source"), "-", Placeholder((*tells, "payload.id")[0]))
    return Template(f"{rule.slug}-{{{{ event.source }}}}-{{{{ deal.id }}}}", parts)


def _written_creates(files: Sequence[RuleFile]) -> Iterator[Template]:
    """Keys of creates as the files have them: those of rules that are switched off, or wrong elsewhere, count too."""
    for file in files:
        for rule in file.section("rules", LocatedList):
            then = rule.get("then") if isinstance(rule, LocatedDict) else None
            for action in then if isinstance(then, LocatedList) else [then]:
                body = action.get("create") if isinstance(action, LocatedDict) else None
                key = body.get("sourceId") if isinstance(body, LocatedDict) else None
                try:
                    # A $ before the braces is told where it stands.
                    yield from [parse_template(key.strip().replace("${{", "{{"))] if isinstance(key, str) else []
                except ValidationError:
                    continue  # told where it stands


def may_equal(one: Template, other: Template) -> bool:
    """Whether some event makes the same text of both, or some two events do."""
    if not one.parts or not other.parts:
        return all(isinstance(part, Placeholder) for part in (*one.parts, *other.parts))
    if shared := _shared_id(one, other):
        # The same record fills both alike there, so that the texts around it must be the same too.
        pairs = zip(_halves(one, shared), _halves(other, shared), strict=True)
        return all(may_equal(mine, theirs) for mine, theirs in pairs)
    for fixed, gaps in ((one, other), (other, one)):
        if all(isinstance(part, str) for part in fixed.parts):
            return _fills(gaps, fixed)
    (before, behind), (other_before, other_behind) = _ends(one), _ends(other)
    if not (before.startswith(other_before) or other_before.startswith(before)):
        return False
    if not (behind.endswith(other_behind) or other_behind.endswith(behind)):
        return False
    has_gaps = any(isinstance(part, Placeholder) for part in (*one.parts, *other.parts))
    return one.parts == other.parts or (has_gaps and not _same_but_for_fields(one, other))


def _fills(template: Template, fixed: Template) -> bool:
    """Whether some values in the gaps of `template` give the fixed text."""
    gap = "(?s:.*)"
    pattern = "".join(
        re.escape(part) if isinstance(part, str) else gap if part.filters else ".+" for part in template.parts
    )
    return re.fullmatch(pattern, "".join(str(part) for part in fixed.parts), re.DOTALL) is not None


def _shared_id(one: Template, other: Template) -> Placeholder | None:
    """The placeholder of a record's id that stands once in both."""
    return next(
        (part for part in map(Placeholder, _IDS) if one.parts.count(part) == other.parts.count(part) == 1), None
    )


def _halves(template: Template, middle: Placeholder) -> tuple[Template, Template]:
    cut = template.parts.index(middle)
    return Template(template.text, template.parts[:cut]), Template(template.text, template.parts[cut + 1 :])


def _ends(template: Template) -> tuple[str, str]:
    """The fixed text before the first placeholder, and behind the last."""
    parts = template.parts or ("",)
    return (parts[0] if isinstance(parts[0], str) else ""), (parts[-1] if isinstance(parts[-1], str) else "")


def _same_but_for_fields(one: Template, other: Template) -> bool:
    """Whether the texts are the same, but the events' fields in them are not: `deal.id` is never `deal.name`."""
    if len(one.parts) != len(other.parts):
        return False
    pairs = list(zip(one.parts, other.parts, strict=True))
    return all(a == b for a, b in pairs if isinstance(a, str) or isinstance(b, str)) and any(
        _differ(a, b) for a, b in pairs if isinstance(a, Placeholder) and isinstance(b, Placeholder)
    )


def _differ(one: Placeholder, other: Placeholder) -> bool:
    if one.path == other.path:
        return _rewrites(one) != _rewrites(other)
    root, _, name = one.path.partition(".")
    other_root, _, other_name = other.path.partition(".")
    if root != other_root:
        is_ours = {one.path, other.path} & set(_OURS)
        return {one.path, other.path} == set(_IDS) or (bool(is_ours) and {root, other_root} <= set(FIELDS))
    if {name, other_name} & set(_OF_OTHER_RECORDS):
        return False
    return name in FIELDS.get(root, ()) and other_name in FIELDS.get(root, ())


def _rewrites(placeholder: Placeholder) -> list[str]:
    return [used.name for used in placeholder.filters if used.name in _REWRITES]
