"""Operators that stand in a text, as other tools write them; names that merely look like one are left alone."""

import re

from planhook.core.condition import Test
from planhook.rulebook.kinds import FLAG, KINDS, LIST, NUMBER, TIME
from planhook.rulebook.vocabulary import FIELDS, WORDS

# Whatever people call something: it may hold commas, "or" and exclamation marks.
_FREE = ("name", "title", "description", "location", "company_name", "properties", "recurrence")
_NAMES = ("name", "title", "company_name")
_TOLD_ELSEWHERE = (NUMBER, TIME, FLAG)
_MAY_BE_SAID = ("stage", "status")  # "Present" and "Not started" are stages
_SLASHED = re.compile(r"/(.+)/[gimsux]+\Z")
_PERCENT = re.compile(r"%([^%]*[^%\s][^%]*)%\Z")
_NEGATED = re.compile(r"!\s*(\w.*)\Z")
_NOT = re.compile(r"not ([a-z0-9_-]+)\Z")
_NOTHING = re.compile(r"(?:is )?(not )(?:empty|null|blank)\Z|is (?:empty|null|blank)\Z")  # nobody's name
_PRESENT = re.compile(r"(?:is )?present\Z")
_ABSENT = re.compile(r"(?:is )?(?:absent|not present)\Z|(?:empty|null)\Z")
_SIDES = {"before": "before", "until": "before", "<": "before", "after": "after", "since": "after", ">": "after"}
_MOMENT = re.compile(r"(before|until|after|since|[<>])=?\s*[a-z]", re.IGNORECASE)
_WORD = r"[a-z_][a-z0-9_-]*"
_BETWEEN = r"\s*[,|;]\s*|\s+or\s+"
_SEMICOLONS = re.compile(rf"{_WORD}(?:\s*;\s*{_WORD})+\Z")
_ALTERNATIVES = re.compile(rf"{_WORD}(?:(?:{_BETWEEN}){_WORD})+\Z")


def meant_pattern(test: Test) -> str | None:
    """What to write for a pattern between slashes, which are part of it here."""
    if test.operator != "matches":
        return None
    slashed = _SLASHED.match(str(getattr(test.expected, "pattern", test.expected)))
    return (
        f"the slashes are part of the pattern here; write {slashed[1]} (case makes no difference)" if slashed else None
    )


def meant_alternatives(path: str, text: str) -> str | None:
    """What to write for a text that holds an operator and stands behind a field."""
    if (like := _PERCENT.match(text)) and KINDS.get(path) != LIST:
        return f"{{contains: {like[1].strip()}}}"
    if KINDS.get(path) == TIME and (moment := _MOMENT.match(text)):
        return f"{{{_SIDES[moment[1].casefold()]}: 2026-12-31}}, with a fixed day"
    if path in WORDS or path == "event.type" or KINDS.get(path) in _TOLD_ELSEWHERE:
        return None
    if nothing := _NOTHING.match(text):
        return f"{{present: {'true' if nothing[1] else 'false'}}}"
    root, _, name = path.partition(".")
    return _of_field(name, text) if name in FIELDS.get(root, ()) else None


def meant_items(path: str, text: str) -> str | None:
    """Likewise for an item of a list: between its items stand commas."""
    root, _, name = path.partition(".")
    if name in _FREE or name not in FIELDS.get(root, ()) or not _SEMICOLONS.match(text):
        return None
    return f"a comma between them: {', '.join(each.strip() for each in text.split(';'))}"


def _of_field(name: str, text: str) -> str | None:
    if (name not in _FREE or name in _NAMES) and (negated := _NEGATED.match(text)):
        return f"{{is_not: {negated[1]}}}"
    if name in _FREE:
        return None
    if _ALTERNATIVES.match(text):
        return f"a list: [{', '.join(re.split(_BETWEEN, text))}]"
    return None if name in _MAY_BE_SAID else _said(text)


def _said(text: str) -> str | None:
    if _PRESENT.match(text):
        return "{present: true}"
    if _ABSENT.match(text):
        return "{present: false}"
    said = _NOT.match(text)
    return f"{{is_not: {said[1]}}}" if said else None
