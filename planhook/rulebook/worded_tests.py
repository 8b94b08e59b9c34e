"""Operators that stand in a text, as other tools write them; names that merely look like one are left alone."""

import re

from planhook.core.condition import Test
from planhook.rulebook.kinds import FLAG, KINDS, NUMBER, TIME
from planhook.rulebook.vocabulary import FIELDS, WORDS

# Whatever people call something: it may hold commas, "or" and exclamation marks.
_FREE = ("name", "title", "description", "location", "company_name", "properties", "recurrence")
_TOLD_ELSEWHERE = (NUMBER, TIME, FLAG)
_MAY_BE_SAID = ("stage", "status")  # "Present" and "Not started" are stages
_SLASHED = re.compile(r"/(.+)/[gimsux]+\Z")
_PERCENT = re.compile(r"%([^%]*[^%\s][^%]*)%\Z")
_NEGATED = re.compile(r"!\s*(\w.*)\Z")
_NOT = re.compile(r"not ([a-z0-9_-]+)\Z")
_PRESENT = re.compile(r"(?:is )?(?:not (?:empty|null|blank)|present)\Z")
_ABSENT = re.compile(r"(?:is )?(?:empty|null|absent|not present)\Z")
_WORD = r"[a-z_][a-z0-9_-]*"
_BETWEEN = r"\s*[,|]\s*|\s+or\s+"
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
    if like := _PERCENT.match(text):
        return f"{{contains: {like[1].strip()}}}"
    root, _, name = path.partition(".")
    if name not in FIELDS.get(root, ()) or name in _FREE:
        return None
    if path in WORDS or path == "event.type" or KINDS.get(path) in _TOLD_ELSEWHERE:
        return None
    if negated := _NEGATED.match(text):
        return f"{{is_not: {negated[1]}}}"
    if _ALTERNATIVES.match(text):
        return f"a list: [{', '.join(re.split(_BETWEEN, text))}]"
    if name in _MAY_BE_SAID:
        return None
    if _PRESENT.match(text):
        return "{present: true}"
    if _ABSENT.match(text):
        return "{present: false}"
    if said := _NOT.match(text):
        return f"{{is_not: {said[1]}}}"
    return None
