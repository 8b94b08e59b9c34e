"""Faults that the YAML parser sees a line too late: it blames a right line for what is wrong above it."""

import re

from planhook.core.operation import ACTIONS
from planhook.rulebook.misplaced import RULE_KEYS

_BELOW = "this line does not line up with those below it; correct the indent"
_KEY_ALONE = re.compile(r"\s*(?:- )?(\w+)\s*[= ][^:]*\Z")
_JOINED = re.compile(r"\s*(?:- )?([\w.-]+):(?!//)([^\s/].*)\Z")
_KEY = re.compile(r"\s*(?:- +)?([^\s:'\"]+|'[^']*'|\"[^\"]*\"):(?:\s|\Z)")
_OPENS = re.compile(r":\s*(?:#.*)?\Z")
_WORD_ALONE = re.compile(r"\s*(?:- +)?(\w+)\s*(?:#.*)?\Z")
_SECTIONS = ("rules", "sources", "tables", "calendar", "templates", "defaults")
_BELOW_FRAMES = ("given", "expect", "custom", "events", "verify", "fetch")
_LISTS = ("rules", "then", "examples", "expect", "checklist", "any", "all", "none", "on", "from")
_OF_FRAMES = (*RULE_KEYS, *ACTIONS, "description", "rules")  # keys that other keys stand below, or beside


def explain_line_above(lines: list[str], number: int) -> tuple[int, int, str] | None:
    """Line and column, from 1, and message when what is wrong at index `number` of `lines` begins above it."""
    number = min(number, len(lines) - 1)
    above = _before(lines, number)
    if above is None:
        return None
    written = lines[above].strip()
    if written.startswith("//"):
        return above + 1, _indent(lines[above]) + 1, "a comment begins with #"
    if joined := _JOINED.match(lines[above]):
        return above + 1, joined.start(1) + 1, f"put a blank after the colon: {joined[1]}: {joined[2]}"
    if (word := key_without_colon(lines[above])) and _raw(lines[above]) <= _raw(lines[number]):
        return above + 1, lines[above].index(word) + 1, f"a colon is missing behind {word}"
    if key := _KEY_ALONE.match(lines[above]):
        return above + 1, key.start(1) + 1, f"a colon is missing behind the key: {key[1]}: …"
    if (hyphen := _needless_hyphen(lines, number)) is not None:
        return hyphen + 1, _raw(lines[hyphen]) + 1, "delete the hyphen: the line below that is as deep has none"
    first = next((index for index, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"), number)
    if _indent(lines[number]) == 0 < _indent(lines[first]):
        return first + 1, _indent(lines[first]) + 1, _BELOW
    if _is_too_deep(lines, above, number):
        return above + 1, _indent(lines[above]) + 1, _BELOW
    if (shallow := _too_shallow(lines, above, number)) is not None:
        return shallow + 1, _indent(lines[shallow]) + 1, _BELOW
    return None


def key_without_colon(line: str) -> str | None:
    """The key that a line holds and nothing else, as `create` before the fields of an action."""
    word = _WORD_ALONE.match(line)
    return word[1] if word and word[1] in (*_OF_FRAMES, *_SECTIONS, *_BELOW_FRAMES) else None


def _needless_hyphen(lines: list[str], number: int) -> int | None:
    """The line with the only hyphen below its key, where the line at `number` goes on as deep and without one."""
    depth, item = _raw(lines[number]), _before(lines, number)
    while item is not None and _raw(lines[item]) > depth:
        item = _before(lines, item)
    if item is None or _raw(lines[item]) != depth or not lines[item].lstrip().startswith("- "):
        return None
    opener = _before(lines, item)
    if opener is None or _raw(lines[opener]) >= depth or lines[number].lstrip().startswith("- "):
        return None
    key = _KEY.match(lines[opener])
    return item if key and _OPENS.search(lines[opener]) and key[1] not in _LISTS else None


def _too_shallow(lines: list[str], above: int, number: int) -> int | None:
    """The line that should be as deep as the one at `number`, which stands right below it."""
    depth = _indent(lines[above])
    key = _KEY.match(lines[above])
    if key is None or _OPENS.search(lines[above]) or depth >= _indent(lines[number]):
        return None
    first, before = above, _before(lines, above)
    while before is not None and _indent(lines[before]) == depth and not _OPENS.search(lines[before]):
        first, before = before, _before(lines, before)
    if before is None:
        return None
    if _indent(lines[before]) == depth:
        return first  # the line before opens what nothing stands in
    if _indent(lines[before]) == _indent(lines[number]):
        return above if key[1] not in _OF_FRAMES else None
    return above if _OPENS.search(lines[before]) and _goes_on(lines, number) else None


def _is_too_deep(lines: list[str], above: int, number: int) -> bool:
    """Whether the first line below a key is deeper than those after it, of which the one at `number` is the first."""
    before = _before(lines, above)
    if before is None or not _OPENS.search(lines[before]):
        return False
    return _indent(lines[before]) < _indent(lines[number]) < _indent(lines[above]) and _goes_on(lines, number)


def _goes_on(lines: list[str], number: int) -> bool:
    """Whether the next line that says something is as deep: of three lines the one that differs is wrong."""
    if _OPENS.search(lines[number]):
        return False
    behind = next((line for line in lines[number + 1 :] if line.strip() and line.lstrip()[0] != "#"), "")
    return bool(behind) and _indent(behind) == _indent(lines[number])


def _before(lines: list[str], number: int) -> int | None:
    """The nearest line before that says something."""
    told = (index for index in range(number - 1, -1, -1) if lines[index].strip() and lines[index].lstrip()[0] != "#")
    return next(told, None)


def _indent(line: str) -> int:
    """The column of the first key in a line; hyphens before it are part of the indent."""
    match = re.match(r"\s*(?:- +)*", line)
    return match.end() if match else 0


def _raw(line: str) -> int:
    return len(line) - len(line.lstrip())
