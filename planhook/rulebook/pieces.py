"""A rule file's text in the pieces that authors see: sections, their entries, the keys of a rule. Nothing is parsed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from planhook.rulebook.boundaries import (
    begins_entry,
    begins_item,
    begins_key,
    begins_rule,
    begins_rule_beside,
    blank_before,
    ends_empty,
    indent_of,
    is_tabbed,
    may_begin_section,
    opens_bracket,
    says,
    section_begun_by,
)

_DOCUMENT = ("---", "...", "%")
_Lines = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of a file by index. `frame` has those that they stand below, which other pieces may stand below too.

    Read alone, it is a map of one key, which below `depth` - 1 levels has one key or item each. A piece that is
    `misplaced` does not line up with the others, and is not to be read.
    """

    section: str
    frame: _Lines
    content: _Lines
    depth: int
    is_misplaced: bool = False

    @property
    def first(self) -> int:
        """The index of its first line."""
        return min(self.content)

    @property
    def told(self) -> list[int]:
        """The indexes of the lines that say something, besides the hyphen that begins an item."""
        return [index for index, line in sorted(self.content.items()) if says(line) and line.strip() != "-"]

    @property
    def ends_empty(self) -> bool:
        """Whether its last line is a key that has nothing behind it."""
        return bool(self.told) and ends_empty(self.content[self.told[-1]])

    @property
    def may_hide_section(self) -> bool:
        """Whether a line in it may have been meant to begin a section."""
        return any(may_begin_section(line) for index, line in self.content.items() if index not in self.frame)


@dataclass(frozen=True, slots=True)
class Section:
    """A top-level key and the lines below it. `name` is the section that it is, or means."""

    name: str
    frame: _Lines
    lines: _Lines = field(repr=False)
    has_value: bool = False

    def whole(self) -> Piece:
        """All of it as one piece."""
        return Piece(self.name, self.frame, {**self.lines, **self.frame}, 1)

    def entries(self) -> list[Piece]:
        """Its entries; none where they cannot be told from what stands in them."""
        if self.has_value:
            return []
        if self.name == "rules":
            return self._items()
        depth = min((indent_of(line) for line in self._untabbed()), default=0)
        return self._cut(depth, lambda line: begins_entry(self.name, line)) if depth else []

    def _untabbed(self) -> list[str]:
        return [line for line in self.lines.values() if says(line) and not is_tabbed(line)]

    def _items(self) -> list[Piece]:
        lines = self._untabbed()
        named = [line for line in lines if begins_rule(line)]
        if named:
            in_line = [
                indent_of(line) for line, below in pairwise(lines) if begins_rule(line) and _is_above(line, below)
            ]
            depths = in_line or [indent_of(line) for line in named]
            return self._cut(max(sorted(set(depths)), key=depths.count), begins_item)
        is_list = lines and begins_item(lines[0]) and not any(map(begins_rule, self.lines.values()))
        return self._cut(indent_of(lines[0]), begins_item) if is_list else []

    def _cut(self, depth: int, is_begin: Callable[[str], bool]) -> list[Piece]:
        def begins(line: str) -> bool:
            return (self.name == "rules" and begins_rule_beside(line, depth)) or (
                blank_before(line) == " " * depth and is_begin(line)
            )

        pieces: list[Piece] = []
        for content in _runs(self.lines, begins):
            line = content[min(content)]
            is_misplaced = indent_of(line) != depth or is_tabbed(line) or not is_begin(line)
            pieces.append(Piece(self.name, self.frame, content, 2, is_misplaced))
        return pieces


@dataclass(frozen=True, slots=True)
class Layout:
    """The sections of a file. `loose` are lines that say something and stand in none."""

    sections: tuple[Section, ...]
    loose: tuple[int, ...]


def layout(lines: Sequence[str]) -> Layout:
    """The sections of the file with these lines. A line that begins a document is left out."""
    sections: list[Section] = []
    loose: list[int] = []
    current: dict[int, str] | None = None
    for index, line in enumerate(lines):
        if (header := section_begun_by(line, is_first=not sections)) is not None:
            name, text, has_value = header
            current = {}
            sections.append(Section(name, {index: text}, current, has_value))
        elif line.startswith(_DOCUMENT):
            loose += [index] if sections else []
        elif current is not None:
            current[index] = line
        elif says(line):
            loose.append(index)
    return Layout(tuple(sections), tuple(loose))


def keys_of(rule: Piece) -> list[Piece]:
    """The keys of a rule; none where they cannot be told from what stands in them."""
    first, line = rule.first, rule.content[rule.first]
    hyphen = blank_before(line)
    is_alone = line.strip() == "-"
    depth = len(hyphen) + 1 + indent_of(line.lstrip()[1:])
    if is_alone:
        depth = next((indent_of(rule.content[index]) for index in rule.told), 0)
    as_keys = dict(rule.content)
    as_keys[first] = "" if is_alone else " " * depth + line[depth:]
    pieces: list[Piece] = []
    is_lost = False
    for content in _runs(as_keys, lambda text: blank_before(text) == " " * depth and begins_key(text)):
        whole = {index: rule.content[index] for index in content}
        is_lost = (
            is_lost
            or not begins_key(content[min(content)])
            or any(
                says(text) and (indent_of(text) < depth or (indent_of(text) == depth and begins_rule(text)))
                for text in content.values()
            )
        )  # then another rule may be meant, from there on
        pieces.append(Piece(rule.section, {**rule.frame, first: f"{hyphen}-"}, whole, 3, is_lost))
    return pieces


def _is_above(line: str, below: str) -> bool:
    """Whether the key behind the hyphen of a line is as deep as what stands below it."""
    return indent_of(line) + 1 + indent_of(line.lstrip()[1:]) == indent_of(below)


def _runs(lines: _Lines, begins: Callable[[str], bool]) -> Iterator[dict[int, str]]:
    """Lines in runs: each begins with a line that does so, the first perhaps with something else."""
    run: dict[int, str] = {}
    closes_at = -1
    in_order = sorted(lines.items())
    for place, (index, line) in enumerate(in_order):
        if index > closes_at:
            if says(line) and begins(line):
                if any(map(says, run.values())):
                    yield run
                run = {}
            if opens_bracket(line):
                closes_at = _closing(line, in_order, place + 1)
        if run or says(line):
            run[index] = line
    if run:
        yield run


def _closing(opened: str, lines: Sequence[tuple[int, str]], place: int) -> int:
    """The line from that place on that closes the bracket at the end of `opened`; -1 when none seems to."""
    for index, line in (lines[each] for each in range(place, len(lines))):
        if says(line) and indent_of(line) <= indent_of(opened):
            return index if line.lstrip()[0] in "}]" else -1
    return -1
