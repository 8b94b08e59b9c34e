"""Tests that can hold and hardly mean what they say: operators for another kind of value, words that nothing is."""

import re
from collections.abc import Iterator, Sequence

from planhook.core.condition import Condition, Group, Test
from planhook.core.rule import Rule
from planhook.core.scalar import as_number, as_text
from planhook.rulebook.conditions import NUMBERS, TEXTS
from planhook.rulebook.findings import Findings
from planhook.rulebook.kinds import KINDS, NUMBER, TEXT, TIME
from planhook.rulebook.operator_words import meant_number, meant_test
from planhook.rulebook.suggestion import closest, suggestion
from planhook.rulebook.vocabulary import WORDS
from planhook.rulebook.worded_tests import meant_pattern

_EXCLUDES = ("is_not", "not_one_of")
_ANCHORED = re.compile(r"\^\w")
_ADDRESS = re.compile(r"deal\.owner_email|meeting\.(?:organizer|attendees\.\d+)\.email")
_DOMAIN = re.compile(r"@[\w.-]+")
_NAMES = ("is", "one_of", *_EXCLUDES)


def warn_of_condition_doubts(rules: Sequence[Rule], sources: Sequence[str], findings: Findings) -> None:
    """Add a warning for each. `sources` are the names of all sources, none when they are not all known."""
    for rule in rules:
        for test, is_excluded in tests_in(rule.condition, is_excluded=False):
            told = (
                _of_kind(test, is_excluded=is_excluded)
                or _of_words(test, is_excluded=is_excluded)
                or _of_source(test, sources)
                or _of_anchor(test)
                or _of_address(test)
            )
            if message := told or meant_pattern(test):
                findings.add_at(test.place, message, "warning")


def tests_in(condition: Condition | None, *, is_excluded: bool) -> Iterator[tuple[Test, bool]]:
    """Every test of a condition, and whether it stands under `none`."""
    if isinstance(condition, Group):
        for part in condition.parts:
            yield from tests_in(part, is_excluded=is_excluded != (condition.kind == "none"))
    elif condition is not None:
        yield condition, is_excluded


def _of_kind(test: Test, *, is_excluded: bool) -> str | None:
    kind, path, operator = KINDS.get(test.path), test.path, test.operator
    if kind == TEXT and operator in NUMBERS:
        return f"{path} is a text, and {operator} compares numbers; name the texts, as in [a, b]"
    if kind == NUMBER and operator in TEXTS:
        return f"{operator} compares the digits of {path}, which is a number; write at_least, at_most or is"
    if kind == TIME and operator in TEXTS:
        return f"{operator} compares {path} as text, in UTC; write after and before"
    if kind == NUMBER and operator == "one_of" and not is_excluded:  # a sender may tell a text, which is left out
        odd = [text for text in _texts(test) if as_number(text) is None and not meant_test(text)]
        odd = [text for text in odd if "{{" not in text and not meant_number(text)]
        if odd and len(odd) < len(_texts(test)):  # else told that it never holds
            return f"{path} is a number, never {odd[0]}"
    return None


def _of_words(test: Test, *, is_excluded: bool) -> str | None:
    """A word that is nearly one of those that a field can be, where not being it is asked for."""
    allowed = WORDS.get(test.path, ())
    if not allowed or not (test.operator in _EXCLUDES or (is_excluded and test.operator in ("is", "one_of"))):
        return None
    slips = [text for text in _texts(test) if text.casefold() not in allowed and closest(text, allowed)]
    if len(slips) < len(_texts(test)):
        return None
    return f"{test.path} is {' or '.join(allowed)}, never {slips[0]} (did you mean {closest(slips[0], allowed)}?)"


def _of_source(test: Test, sources: Sequence[str]) -> str | None:
    if test.path != "event.source" or test.operator not in _NAMES or not sources:
        return None
    unknown = [text for text in _texts(test) if text.casefold() not in sources]
    return f"there is no source {unknown[0]} ({suggestion(unknown[0], sources)})" if unknown else None


def _of_anchor(test: Test) -> str | None:
    """A sign of a pattern before a text that is none."""
    text = str(test.expected)
    if test.operator != "starts_with" or not _ANCHORED.match(text):
        return None
    return f"starts_with takes the text as it stands, and ^ is part of it; write {{starts_with: {text[1:]}}}"


def _of_address(test: Test) -> str | None:
    """A domain with its sign where a whole address stands."""
    if not _ADDRESS.fullmatch(test.path) or test.operator not in _NAMES:
        return None
    part = next((text for text in _texts(test) if _DOMAIN.fullmatch(text.strip())), None)
    return f"no whole address is {part}; write {{ends_with: '{part}'}}" if part else None


def _texts(test: Test) -> list[str]:
    values = test.expected if isinstance(test.expected, list | tuple) else (test.expected,)
    return [as_text(value) or "" for value in values]
