"""What can be read of a file in spite of faults that the YAML parser gives up at, and the faults that these hide.

Each piece of the file is read by itself: what cannot be read alone is left out, and nothing else is blamed for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice, pairwise
from typing import Any

from planhook.core.errors import Finding
from planhook.rulebook.boundaries import SECTIONS
from planhook.rulebook.document import LINE_ENDS, MAX_FILE_BYTES, read_document
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.pieces import Layout, Piece, Section, keys_of, layout
from planhook.rulebook.syntax_faults import SECOND_DOCUMENT

ALL_SECTIONS = frozenset(SECTIONS)
_MOST_PIECES = 3_000  # a file of more is not looked at
_MOST_READS = 2_000  # of pieces; with more faults than that something else is wrong
_MOST_TOLD = 20  # further faults of one file
_SHOWN_ABOVE = 2  # pieces that a fault is seen beside, as its author sees it
_MOST_JOINED = 6  # pieces that may be one, where a line only looks like the beginning of an entry


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of a file. It must never be used as if it were the file: there is an error in what is left out.

    `left_out` names the sections that had more in them, `partial` the lines at which rules begin that had more keys.
    `findings` are further faults, beside the one at which the parser gave up.
    """

    data: LocatedDict = field(default_factory=LocatedDict)
    left_out: frozenset[str] = ALL_SECTIONS
    partial: frozenset[int] = frozenset()
    findings: tuple[Finding, ...] = ()


def read_remains(file: str, content: bytes, told: Sequence[Finding]) -> Remains:
    """What can be read of a file that `read_document` cannot read and tells `told` of."""
    if len(content) > MAX_FILE_BYTES:
        return Remains()
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return _Reader(file, LINE_ENDS.split(text)).read(told)


@dataclass(slots=True)
class _Split:
    """Pieces that can be read, in order, and those that cannot; `partial` as in `Remains`."""

    sound: list[Piece] = field(default_factory=list)
    broken: list[Piece] = field(default_factory=list)
    partial: set[int] = field(default_factory=set)


class _Reader:
    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self._reads = 0
        self._pieces = 0

    def read(self, told: Sequence[Finding]) -> Remains:
        found = layout(self._lines)
        splits = [self._split(section) for section in found.sections]
        sound = sorted((piece for split in splits for piece in split.sound), key=lambda piece: piece.first)
        broken = [piece for split in splits for piece in split.broken]
        data, findings = self._read_together(sound)
        if not isinstance(data, LocatedDict):
            data, findings = LocatedDict(), []
            left_out = ALL_SECTIONS
        elif found.loose or any(piece.section not in SECTIONS or piece.may_hide_section for piece in broken):
            left_out = ALL_SECTIONS
        else:
            left_out = frozenset(piece.section for piece in broken)
        known = {(finding.line, finding.message) for finding in told}
        more = (*self._further(found, broken, sound, told), *findings)
        return Remains(
            data,
            left_out,
            frozenset(line for split in splits for line in split.partial),
            tuple(finding for finding in more if (finding.line, finding.message) not in known),
        )

    def _split(self, section: Section) -> _Split:
        entries = section.entries() or [section.whole()]
        self._pieces += len(entries)
        if self._pieces > _MOST_PIECES:
            return _Split(broken=[section.whole()])
        split = self._sorted(entries)
        for rule in split.broken if section.name == "rules" else []:
            if rule.depth > 1 and not rule.is_misplaced:
                self._keep_keys(rule, split)
        return split

    def _keep_keys(self, rule: Piece, split: _Split) -> None:
        """Take the keys of a rule that can be read out of what cannot."""
        keys = self._sorted(keys_of(rule))
        if keys.sound and keys.sound[-1].ends_empty:
            keys.sound.pop()  # what belongs into it may stand below the rule
        if not keys.sound or not self._is_sound([replace(_joined(keys.sound), depth=2)], 1):
            return
        split.broken = [piece for each in split.broken for piece in (keys.broken if each is rule else [each])]
        split.sound += keys.sound
        split.partial.add(min(index for piece in keys.sound for index in piece.told) + 1)

    def _sorted(self, pieces: list[Piece]) -> _Split:
        """Which of the pieces can be read, each by itself."""
        flags = {id(piece): False for piece in pieces}
        for piece in self._sound([piece for piece in pieces if not piece.is_misplaced]):
            flags[id(piece)] = True
        split = _Split()
        for piece, below in pairwise(pieces):
            flags[id(piece)] &= flags[id(below)] or not piece.ends_empty  # what belongs into it may stand there
        for is_sound, run in groupby(pieces, key=lambda piece: flags[id(piece)]):
            for joined, is_right in [(each, True) for each in run] if is_sound else self._rejoined(list(run)):
                (split.sound if is_right else split.broken).append(joined)
        return split

    def _sound(self, pieces: list[Piece]) -> Iterator[Piece]:
        if not pieces:
            return
        if self._is_sound(pieces, len(pieces)):
            yield from pieces
        elif len(pieces) > 1:
            middle = len(pieces) // 2
            yield from self._sound(pieces[:middle])
            yield from self._sound(pieces[middle:])

    def _rejoined(self, run: list[Piece]) -> Iterator[tuple[Piece, bool]]:
        """Neighbours that cannot be read alone, and whether they can be: some of them perhaps as one."""
        while run:
            ends = range(2, min(len(run), _MOST_JOINED) + 1)
            joined = next((end for end in ends if self._is_sound([_joined(run[:end])], 1)), 0)
            yield (_joined(run[:joined]), True) if joined else (run[0], False)
            run = run[joined or 1 :]

    def _is_sound(self, pieces: Sequence[Piece], count: int) -> bool:
        """Whether that many keys or items can be read in the pieces, and nothing else."""
        self._reads += 1
        kept = _lines_of(pieces)
        if self._reads > _MOST_READS or any("\ufffd" in line for line in kept.values()):
            return False
        node, _ = read_document(self._file, "\n".join(kept[index] for index in sorted(kept)).encode())
        for _ in range(pieces[0].depth - 1):
            if not isinstance(node, LocatedDict | LocatedList) or len(node) != 1:
                return False
            (node,) = node.values() if isinstance(node, LocatedDict) else node
        return isinstance(node, LocatedDict | LocatedList) and len(node) == count

    def _read_together(self, pieces: Iterable[Piece]) -> tuple[Any, list[Finding]]:
        """What the pieces say, at the lines at which they stand."""
        kept = _lines_of(pieces)
        text = "\n".join(kept.get(index, "") for index in range(len(self._lines)))
        return read_document(self._file, text.encode())

    def _further(
        self, found: Layout, broken: list[Piece], sound: list[Piece], told: Sequence[Finding]
    ) -> Iterator[Finding]:
        """The faults of the pieces that cannot be read, and between them, but for the one that is told already."""
        for line in found.loose:
            if self._lines[line].startswith("---"):
                yield Finding(self._file, line + 1, SECOND_DOCUMENT, column=1)
        faulty = list(islice((piece for piece in broken if self._faults_in(piece, [])), _MOST_TOLD + 1))
        lines = {finding.line - 1 for finding in told[-1:]}
        between = {*found.loose, *(line for section in found.sections for line in section.frame)}
        other = faulty[0] if faulty and lines.isdisjoint(between) else None
        first = next((piece for piece in broken if lines & piece.content.keys()), other)
        for piece in (piece for piece in faulty if piece is not first):
            above = [each for each in sound if each.first < piece.first][-_SHOWN_ABOVE:]
            below = [each for each in sound if each.first > piece.first]
            yield from self._faults_in(piece, [*above, *below]) or self._faults_in(piece, [])

    def _faults_in(self, piece: Piece, others: list[Piece]) -> list[Finding]:
        """What is told of the piece when it stands before the others; nothing when it can be read."""
        data, findings = self._read_together([piece, *others])
        inside = [finding for finding in findings if finding.line - 1 in piece.content]
        is_read = data is not None or not any(finding.severity == "error" for finding in inside)
        return [] if is_read else inside


def _lines_of(pieces: Iterable[Piece]) -> dict[int, str]:
    frames: dict[int, str] = {}
    kept: dict[int, str] = {}
    for piece in pieces:
        frames.update(piece.frame)
        kept.update(piece.content)
    return frames | kept


def _joined(pieces: Sequence[Piece]) -> Piece:
    kept = {index: line for piece in pieces for index, line in piece.content.items()}
    return replace(pieces[0], content=kept)
