"""Words of known names found where they do not stand whole: `gruber` of Anna Gruber in the id `deal-gruber-7`. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

_RUN = re.compile(r"[^\W\d_]+")
_JOINT = re.compile(r"[\s\-_.+&,]{0,3}|%20")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_SHORTEST = 3  # letters; a shorter word tells nothing

# Whose a word is that several have: of people that are named first, then of those who are known by an address.
COMPANY, ADDRESSED, NAMED = range(3)

# What many names have, and what stand-ins are made of.
_COMMON_WORDS = """
    account accounts admin and bank client com company consulting contact corp corporation customer deal der die
    digital domain event example fax finance foundation gmbh global group gruppe hello holding holdings http https
    iban inc industries info international kontakt labs lead limited link llc llp ltd mail management marketing mbh
    media meeting name net new noreply none office operations org owner partner partners person phone place platform
    plc products reply robot sales service services shop software solutions store studio success support system
    systems team tech technologies technology test text the title und unassigned unknown user von web www
"""
_COMMON = frozenset(_COMMON_WORDS.split())

# Names too, but seldom when they stand alone.
_EVERYDAY_WORDS = """
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday will januar februar märz mai juni juli oktober dezember montag dienstag mittwoch
    donnerstag freitag samstag sonntag
"""
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())


@dataclass(frozen=True, slots=True)
class _Name:
    """A name by its words: all of them, those that tell it, and in ids what is made of several."""

    text: str
    stand_in: str
    size: int
    rank: int
    words: frozenset[str]
    telling: frozenset[str]
    joined: frozenset[str]

    def tells(self, unit: "_Unit", *, is_id: bool) -> bool:
        """Whether a word is enough to say that this name is meant."""
        if is_id:
            told = unit.spellings & (self.telling | self.joined)
            return any(unit.stands_out or len(word) > _SHORTEST for word in told)
        return unit.is_capital and not unit.spellings.isdisjoint(self.telling)


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    spellings: frozenset[str]
    is_capital: bool
    stands_out: bool


@dataclass(slots=True)
class NameWords:
    """Names of one event, by the words that they are made of."""

    _by_word: dict[str, list[_Name]] = field(default_factory=dict)

    def add(self, text: str, stand_in: str, known: Collection[str], *, rank: int) -> None:
        """Have the words of a name stand for it, apart from those that many names have and those in `known`."""
        is_person = rank != COMPANY
        units = list(_units(text))
        words = frozenset(spelling for unit in units for spelling in unit.spellings)
        shortest = _SHORTEST if is_person else _SHORTEST + 1
        excluded = _COMMON.union(_EVERYDAY, known)
        telling = frozenset(word for word in words - excluded if len(word) >= shortest)
        joined = frozenset(_joined(units, is_person=is_person)) - excluded if len(units) > 1 else frozenset()
        name = _Name(text.casefold(), stand_in, len(units), rank, words, telling, joined)
        for word in words | joined:
            self._by_word.setdefault(word, []).append(name)

    def replaced(self, text: str) -> tuple[str, set[str]]:
        """A text without those words, and the names that they were of. A text without blanks, as ids are, stays one."""
        is_id = not any(letter.isspace() for letter in text)
        units = list(_units(text)) if self._by_word else []
        made, used, at, index = "", set[str](), 0, 0
        while index < len(units):
            name, length = self._name_at(text, units[index:], is_id=is_id)
            if name:
                end = units[index + length - 1].end
                made += text[at : units[index].start] + (compact(name.stand_in) if is_id else name.stand_in)
                made += "-" if text[end : end + 1].isdigit() else ""
                used.add(name.text)
                at = end
            index += length
        return made + text[at:], used

    def _name_at(self, text: str, units: list[_Unit], *, is_id: bool) -> tuple[_Name | None, int]:
        """The name of which most words stand at the first of `units`, and how many; no name and 1 for none."""
        found, most = None, (0, 0)
        for name in dict.fromkeys(name for word in units[0].spellings for name in self._by_word.get(word, ())):
            length, is_told, seen = 0, False, set[str]()
            for unit in units:
                if length and not _JOINT.fullmatch(text[units[length - 1].end : unit.start]):
                    break
                if unit.spellings.isdisjoint(name.words | name.joined) or (not is_id and unit.spellings & seen):
                    break
                seen |= unit.spellings
                is_told |= name.tells(unit, is_id=is_id)
                length += 1
            if (length, name.rank) > most and (is_told or 1 < name.size <= length):
                found, most = name, (length, name.rank)
        return found, most[0] or 1


def _units(text: str) -> Iterator[_Unit]:
    """The words of a text, those that capital letters begin within others too: `NordlysRobotics` has two."""
    for run in _RUN.finditer(text):
        inner = _capitals(text, run.start(), run.end()) if run[0].casefold() not in _COMMON else ()
        edges = [run.start(), *inner, run.end()]
        for start, end in pairwise(edges):
            is_capital, is_behind_digit = text[start].isupper(), text[start - 1 : start].isdigit()
            yield _Unit(start, end, _spellings(text[start:end]), is_capital, is_capital or not is_behind_digit)


def _capitals(text: str, start: int, end: int) -> Iterator[int]:
    for at in range(start + 1, end):
        is_last_capital = text[at - 1].isupper() and at + 1 < end and text[at + 1].islower()
        if text[at].isupper() and (text[at - 1].islower() or is_last_capital):
            yield at


def _spellings(word: str) -> frozenset[str]:
    """A word as ids may have it: without accents, or with two letters for one."""
    folded = unicodedata.normalize("NFC", word.casefold())
    plain = "".join(each for each in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(each))
    return frozenset({folded, plain, folded.translate(_GERMAN)})


def _joined(units: list[_Unit], *, is_person: bool) -> Iterator[str]:
    """What a name is as one word: all of its words, and of a person the first letter with the last name."""
    for choose in (min, max):
        words = [choose(unit.spellings, key=lambda word: (len(word), word.isascii())) for unit in units]
        yield "".join(words)
        yield "".join(word for word in words if word not in _COMMON)
        if is_person and len(words[-1]) >= _SHORTEST:
            yield words[0][0] + words[-1]
        if is_person and len(words[0]) > _SHORTEST:
            yield words[0] + words[-1][0]


def is_common(text: str) -> bool:
    """Whether a text has only words that many names have, as `Sales Team`."""
    return all(word[0].casefold() in _COMMON for word in _RUN.finditer(text))


def compact(stand_in: str) -> str:
    """`Person 1` as a part of an id: `person1`."""
    return stand_in.replace(" ", "").casefold()
