"""Ids of Planhat around whose gaps something stands that no id has: the wrong prefix, a second one, a blank."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planhook.core import properties
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Placeholder, Template
from planhook.rulebook.findings import Findings
from planhook.rulebook.kinds import templates_of
from planhook.rulebook.slips import CURLY
from planhook.rulebook.templates import placeholders

_PREFIXES = ("srcid-", "extid-")
_QUOTED = re.compile("['\"“”„‟‘’‚]\\s*(?=\\{\\{)|\\}\\}\\s*['\"“”„‟‘’]")
_BEHIND = re.compile(r"\s*[-_:]?(srcid|extid)-?\s*\Z")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]*")
_LENGTH = 24
Rows = Mapping[str, Any]


def warn_of_fixed_ids(rules: Sequence[Rule], tables: Mapping[str, Rows], findings: Findings) -> None:
    """Add a warning for each id that none can be, whatever the event fills in."""
    for action in (action for rule in rules for action in rule.then):
        for name, kind, template in _ids(action):
            if placeholders(template) and (message := _fault(kind, template) or _twice(template, tables)):
                findings.add_at(action.where(name), f"{name} {message}", "warning")


def _ids(action: ActionTemplate) -> Iterator[tuple[str, str, Template]]:
    if action.key and action.by_id:
        yield "_id", "objectId", action.key
    for name, value in action.fields.items():
        if (prop := properties.find(name)) and prop.type in ("objectId", "prefixedId", "people"):
            yield from ((name, prop.type, template) for template in templates_of(value))


def _fault(kind: str, template: Template) -> str | None:
    fixed = "".join(part for part in template.parts if isinstance(part, str)).strip()
    if CURLY.match(template.text.strip()):
        return None  # told of any text
    if quoted := _QUOTED.search(template.text):
        return f"has {quoted[0].strip('{} ')} inside, which is no part of an id; delete it"
    first, last = template.parts[0], template.parts[-1]
    begins = first.lstrip() if isinstance(first, str) else ""
    if kind == "prefixedId":
        if begins.startswith(_PREFIXES):
            is_apart = re.match(r"\w+-\s", begins)
            return f"has a blank behind {begins[:6]}, which is no part of an id; delete it" if is_apart else None
        if not begins:  # the value may bring the prefix
            behind = _BEHIND.match(last) if isinstance(last, str) else None
            gap = template.text[: template.text.find("}}") + 2].strip()
            return f"has {behind[1]} behind the id; write {behind[1]}-{gap}" if behind else None
        if f"{begins}-" in _PREFIXES:
            return f"lacks the hyphen behind {begins}; write {begins}-"
    if _HEXADECIMAL.fullmatch(fixed) and len(fixed) <= _LENGTH:
        return None
    if kind == "prefixedId":
        return f"begins with {begins.strip()}, and no id does; write srcid- or extid- before the sender's id"
    return f"is Planhat's own id, 24 hexadecimal digits, and {fixed} is no part of one"


def _twice(template: Template, tables: Mapping[str, Rows]) -> str | None:
    """A prefix before a lookup whose rows have one."""
    for before, part in zip(template.parts, template.parts[1:], strict=False):
        if not (isinstance(part, Placeholder) and part.filters and part.filters[-1].name == "lookup"):
            continue
        (table,) = (*part.filters[-1].args, *part.filters[-1].kwargs.values())
        for key, row in tables.get(str(table), {}).items():
            if str(before).endswith(_PREFIXES) and str(row).startswith(_PREFIXES):
                return f"has its prefix twice: for {key} of {table} it becomes {before}{row}; delete one"
    return None
