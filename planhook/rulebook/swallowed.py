"""Items and keys that stand too deep below a text and became part of it, without anybody noticing."""

import re
from collections.abc import Container, Iterator, Sequence

from ruamel.yaml.events import ScalarEvent

from planhook.core.operation import ACTIONS
from planhook.core.properties import PROPERTIES
from planhook.rulebook.line_above import key_without_colon

_ITEM = "this hyphen is part of the text above, and begins no item; correct the indent"
_SECTIONS = ("rules", "templates", "defaults")
_WRITES = ("then", "defaults")
_KEY = re.compile(r"(- +)?([A-Za-z_]+):(?:\s+(\S.*?))?\s*\Z")
# Texts may say "from: Ann" or "status: open"; what nothing follows, and what nobody writes to people, is a key.
_OPENS_IN_RULE = ("on", "from", "if", "then", "with", "examples", "mode")
_TAKES_WORD = re.compile(r"(?:on|from|use|mode|enabled): +(?:[\w.*-]+|\[.*\])\Z")
_OPENS_IN_ACTION = (*_OPENS_IN_RULE, *ACTIONS, "checklist", "custom")
_NO_WORD = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+\Z|_id\Z|if_absent\Z")


def swallowed(
    lines: Sequence[str], event: ScalarEvent, keys: Container[str], *, is_item: bool
) -> Iterator[tuple[int, int, str]]:
    """Line and column, from 1, and message for each in a text without quotes, below `keys` or as an item of a list."""
    if event.style in ("|", ">"):
        yield from _in_block(lines, event.start_mark.line, keys, is_item=is_item)
        return
    if key_without_colon(lines[event.start_mark.line]):
        return  # told in that line
    for index in range(event.start_mark.line + 1, event.end_mark.line + 1):
        if lines[index].lstrip().startswith("- "):
            yield index + 1, _column(lines[index]), _ITEM


def _in_block(
    lines: Sequence[str], first: int, keys: Container[str], *, is_item: bool
) -> Iterator[tuple[int, int, str]]:
    text = list(_text(lines, first))
    begins_with_item = bool(text) and text[0][1].startswith("- ")
    for index, line in text:
        if is_item and line.startswith("- ") and not begins_with_item:
            yield index + 1, _column(lines[index]), _ITEM
        elif key := _key(line, keys):
            yield index + 1, _column(lines[index]), f"{key}: is part of the text above; correct the indent"


def _text(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """The lines of a block that are as deep as its first one."""
    outer, depth = _column(lines[first]), 0
    for index in range(first + 1, len(lines)):
        written = lines[index].strip()
        if not written:
            continue
        depth = depth or _column(lines[index])
        if _column(lines[index]) < depth or depth <= outer:
            return
        if _column(lines[index]) == depth:
            yield index, written


def _key(line: str, keys: Container[str]) -> str | None:
    """The key of a rule or an action that a line begins with, None when it says something to people."""
    if not (written := _KEY.match(line)) or not any(each in keys for each in _SECTIONS):
        return None
    hyphen, key, value = written.groups()
    is_action = any(each in keys for each in _WRITES)
    if hyphen:
        return key if (key == "name" and value) or (key in ACTIONS and not value) else None
    if not value:
        return key if key in (_OPENS_IN_ACTION if is_action else _OPENS_IN_RULE) else None
    if is_action:
        return key if _NO_WORD.match(key) and key in (*PROPERTIES, "if_absent") else None
    return key if _TAKES_WORD.match(line) else None


def _column(line: str) -> int:
    return len(line) - len(line.lstrip()) + 1
