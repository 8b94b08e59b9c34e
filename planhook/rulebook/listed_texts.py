"""Texts that their author meant as a list: with semicolons, bullets, numbers or hashes, or a list within quotes."""

import re
from collections.abc import Sequence

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ENTITY = re.compile(r"&#?\w+;")  # as in R&amp;D
_BULLETS = "•▪‣◦·–—"
_BULLET = re.compile(rf"(?:^|(?<=\s))[{_BULLETS}]\s+")
_HYPHEN = re.compile(r"^[ \t]*[-*–—+]\s+", re.MULTILINE)
_NUMBER = re.compile(r"(?:^|(?<=\s))(\d{1,2})[.)]\s+")
_TAGS = re.compile(r"#\w[\w-]*(?:[\s,;]+#\w[\w-]*)+\Z")
_SEMICOLON = re.compile(r"\s*;\s+")
_BRACKETS = re.compile(r"\[(.*)\]\Z", re.DOTALL)
_QUOTES = "'\""
_NEEDS_QUOTES = re.compile(r"[{}\[\],#:\"]|\A[-?&*!|>'%@`]")
_SHOWN = 3


def meant_items(text: str) -> list[str] | None:
    """The items of a text that lists them by signs which mean nothing here; None for any other text."""
    text = text.strip()
    hidden = _hidden(text)
    if _TAGS.match(text):
        return [tag.strip("#,;") for tag in text.split()]
    if _BULLET.match(hidden):
        return _pieces(text, [match.span() for match in _BULLET.finditer(hidden)])
    if len(hyphens := list(_HYPHEN.finditer(hidden))) > 1:
        return _pieces(text, [match.span() for match in hyphens])
    numbers = list(_NUMBER.finditer(hidden))
    if numbers and numbers[0].start() == 0 and _count_up([int(match[1]) for match in numbers]):
        return _pieces(text, [match.span() for match in numbers])
    if parted := [match.span() for match in _SEMICOLON.finditer(hidden)]:
        return _pieces(text, [(0, 0), *parted])
    return None


def unquoted_list(text: str) -> list[str] | None:
    """The items of `[a, b]` that stands in quotes and so is a text; None for any other text."""
    if not (written := _BRACKETS.match(text.strip())):
        return None
    return [item for part in written[1].split(",") if (item := part.strip().strip(_QUOTES))]


def as_list(items: Sequence[str]) -> str:
    """How the items are written as a list, the first of them when there are many."""
    shown = [_quoted(item) if _NEEDS_QUOTES.search(item) else item for item in items[:_SHOWN]]
    return f"a list: [{', '.join([*shown, *(['…'] if len(items) > _SHOWN else [])])}]"


def _quoted(item: str) -> str:
    return f"'{item}'" if '"' in item else f'"{item}"'


def _hidden(text: str) -> str:
    """The text as long as it is, without signs inside of placeholders and entities."""
    for pattern in (_PLACEHOLDER, _ENTITY):
        text = pattern.sub(lambda match: "x" * len(match[0]), text)
    return text


def _pieces(text: str, marks: Sequence[tuple[int, int]]) -> list[str] | None:
    """What stands between the marks, None when that is fewer than two."""
    ends = [start for start, _ in marks[1:]] + [len(text)]
    found = [text[begin:end].strip() for (_, begin), end in zip(marks, ends, strict=True)]
    found = [each for each in found if each]
    return found if len(found) > 1 else None


def _count_up(numbers: Sequence[int]) -> bool:
    """Whether numbers are 1, 2, 3 and so on."""
    return list(numbers) == list(range(1, len(numbers) + 1))
