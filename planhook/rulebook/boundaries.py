"""Which lines of a rule file begin a section, an entry of one, or a key of a rule: judged by eye, nothing is parsed.

A line counts only when it can hardly be anything else: who takes a part of an entry for an entry blames what is right.
"""

import re
from collections.abc import Mapping

from planhook.core.operation import ACTIONS
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.misplaced import RULE_KEYS
from planhook.rulebook.source_reference import SOURCE, VERIFY
from planhook.rulebook.suggestion import closest
from planhook.rulebook.syntax_faults import INVISIBLE

SECTIONS: Mapping[str, type] = {
    "sources": LocatedDict,
    "rules": LocatedList,
    "tables": LocatedDict,
    "calendar": LocatedDict,
    "templates": LocatedDict,
    "defaults": LocatedDict,
    "allow_delete": bool,
}
_CALENDAR = ("timezone", "holidays", "weekend", "internal_domains")
_OF_RULES = (*RULE_KEYS, "description")
_WITHIN: Mapping[str, frozenset[str]] = {  # words that are no names of entries: they stand deeper
    "sources": frozenset(word for path in (*SOURCE, *VERIFY) for word in path.split(".")),
    "templates": frozenset((*_OF_RULES, *ACTIONS, "params", "given", "expect", "custom")),
    "tables": frozenset(("default",)),
}
_DEEPER = {*_OF_RULES, *ACTIONS, "params", "given", "expect", "source", "template", "parameters"}
_NEAREST_ENTRY = 2
_HEADER = re.compile(r"(?P<word>\w+)\s*(?:[;=]|(?P<colon>:)(?:\s+(?P<value>[^#\s].*))?)?\s*(?:#.*)?\Z")
_KEY = re.compile(r"(?:\"([^\"]*)\"|'([^']*)'|([^\s#\-{\[\"'][^#]*?))\s*:(?:\s+(?P<value>[^#\s].*)|\s*(?:#.*)?)\Z")
_ITEM = re.compile(r"-(?:\s|\Z)")
_NAMED_ITEM = re.compile(r"-\s*name\s*:")
_NAME = re.compile(r"name\s*:")
_UNSEEN = f"{INVISIBLE}{''.join(map(chr, range(32)))}"
_BEFORE = re.compile(r"\s*(?:-\s+)?")
_GOES_ON = re.compile(r",\s*(?:#.*)?\Z")
_OPENS = re.compile(r"[{\[]\s*(?:#.*)?\Z")
_ENDS_EMPTY = re.compile(r":\s*(?:#.*)?\Z")


def section_begun_by(line: str, *, is_first: bool) -> tuple[str, str, bool] | None:
    """Section, text and whether a value follows, of a line that begins one; a slip of the pen is put right.

    Its key may be indented a little, where no entry stands; before the first section however deep, and unknown.
    """
    is_near = is_first or indent_of(line) < _NEAREST_ENTRY or is_tabbed(line)
    written = _BEFORE.sub("", line, count=1) if is_near else line
    found = _HEADER.match(written.rstrip(_UNSEEN))
    if found is None:
        return None
    word, is_alone = found["word"], found["value"] is None
    if word in SECTIONS and is_alone and (found["colon"] or line == written):
        return word, f"{word}:", False
    if line != written or (not found["colon"] and not is_alone):
        return None
    if word in SECTIONS:
        return word, line, True
    meant = closest(word, SECTIONS) if is_alone and word not in _DEEPER else None
    if meant:
        return meant, line if found["colon"] else f"{meant}:", False
    return (word, line, not is_alone) if is_first and found["colon"] else None


def may_begin_section(line: str) -> bool:
    """Whether a line may have been meant to begin a section, be it ever so deep."""
    return line[:1].isalpha() or line.strip().rstrip(":") in SECTIONS


def begins_item(line: str) -> bool:
    """Whether an item of a list begins, however deep."""
    return _ITEM.match(line.lstrip()) is not None


def begins_rule(line: str) -> bool:
    """Whether a line looks like the beginning of a rule, however deep."""
    return _NAMED_ITEM.match(line.lstrip()) is not None


def begins_rule_beside(line: str, depth: int) -> bool:
    """Whether a line was meant to begin a rule, where rules begin that deep, and stands elsewhere, perhaps."""
    if begins_rule(line):
        return is_tabbed(line) or indent_of(line) <= depth + 2
    return _NAME.match(line.lstrip()) is not None and indent_of(line) < depth + 2


def begins_entry(section: str, line: str) -> bool:
    """Whether a line looks like the beginning of an entry of that section, none of `rules`, however deep."""
    found = _KEY.match(line.lstrip())
    if found is None or _GOES_ON.search(line):
        return False
    key = next(text for text in found.groups()[:3] if text is not None)
    if may_begin_section(line):
        return False
    if section == "calendar":
        return key in _CALENDAR
    is_map = found["value"] is None or found["value"].startswith("{")
    return is_map and (key in ACTIONS if section == "defaults" else key not in _WITHIN.get(section, ()))


def begins_key(line: str) -> bool:
    """Whether a line looks like the beginning of a rule's key, however deep."""
    found = _KEY.match(line.lstrip())
    return found is not None and found[3] in _OF_RULES and not _GOES_ON.search(line)


def opens_bracket(line: str) -> bool:
    """Whether a line ends with a bracket that opens."""
    return _OPENS.search(line) is not None


def ends_empty(line: str) -> bool:
    """Whether a line ends with a key that has nothing behind it."""
    return _ENDS_EMPTY.search(line) is not None


def says(line: str) -> bool:
    """Whether a line is more than blank, or a comment."""
    return bool(line.strip()) and line.lstrip()[0] != "#"


def blank_before(line: str) -> str:
    """What stands before the first sign of a line."""
    return line[: len(line) - len(line.lstrip())]


def indent_of(line: str) -> int:
    """How many signs stand before the first that can be seen."""
    return len(blank_before(line))


def is_tabbed(line: str) -> bool:
    """Whether a tab indents a line."""
    return "\t" in blank_before(line)
