"""Conditions on the lists of an event: they ask for a whole element, so that parts of it and counts never hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.condition import Test
from planhook.core.rule import Rule
from planhook.core.scalar import as_text
from planhook.rulebook.condition_doubts import tests_in
from planhook.rulebook.conditions import NUMBERS
from planhook.rulebook.findings import Findings
from planhook.rulebook.kinds import KINDS, LIST
from planhook.rulebook.operator_words import meant_test
from planhook.rulebook.vocabulary import TYPES, doubt_type, listens, meant_type
from planhook.rulebook.worded_tests import meant_alternatives, meant_pattern
from planhook.sources.mail_domain import is_free_mail, is_within

DOMAIN = re.compile(r"meeting\.domains(?:\.\d+)?")
_EXCLUDES = ("is_not", "not_one_of")
_NAMES = ("is", "one_of", *_EXCLUDES)
_OF_TEXTS = ("starts_with", "ends_with", "matches")
_TESTS_OF_TEXTS = tuple(f"{{{operator}:" for operator in ("contains", *_OF_TEXTS))
_MOST_COUNTED = 50
# What stands around a domain where people write an address, a pattern or an operator.
_AROUND = re.compile(r"\w+://|[^@/\s]*@|\*\.|(?<![\w.-])www\.|/.*\Z")
_WHOLE = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def warn_of_list_conditions(
    rules: Sequence[Rule], sources: Mapping[str, Any], calendar: Calendar, findings: Findings
) -> None:
    """Add a warning for each. `sources` has all of them as they are written, none when not all are known."""
    for rule in rules:
        senders = [config for name, config in sources.items() if not rule.sources or listens(rule.sources, name)]
        are_ours = not any(_maps_domains(config) for config in senders)  # else they are whatever the sender calls so
        for test, is_excluded in tests_in(rule.condition, is_excluded=False):
            faults = [] if meant_pattern(test) else list(_faults(test, calendar, are_ours=are_ours))
            effect = _effect(test, is_excluded=is_excluded, is_all=len(faults) == len(_texts(test)))
            for wrong, advice in faults:
                findings.add_at(test.place, f"{wrong}, so {effect}{advice}", "warning")


_Fault = tuple[str, str]  # what is wrong, and what to write instead as the end of the sentence


def _faults(test: Test, calendar: Calendar, *, are_ours: bool) -> Iterator[_Fault]:
    """Each thing that is wrong with a test."""
    if KINDS.get(test.path) == LIST:
        if test.operator in NUMBERS:
            yield f"{test.path} is a list, and {test.operator} compares one number", _counted(test)
        if test.operator in _OF_TEXTS:
            yield f"{test.path} is a list, and {test.operator} compares one text", _compared(test)
    asks_for_whole = test.operator in _NAMES or (test.operator == "contains" and KINDS.get(test.path) == LIST)
    for text in _texts(test) if asks_for_whole else ():
        if _is_slip(test, text):
            continue
        if are_ours and DOMAIN.fullmatch(test.path) and (fault := _of_domain(text, calendar)):
            yield fault
        if test.path == "event.types" and (fault := _of_type(text)):
            yield fault


def asks_list_for_text(path: str, text: str, meant: str) -> bool:
    """Whether `meant`, what a `text` behind the field `path` seems to stand for, never holds: the field is a list."""
    if DOMAIN.fullmatch(path):
        return meant.startswith(_TESTS_OF_TEXTS)
    return KINDS.get(path) == LIST and ("*" in text or meant.startswith(_TESTS_OF_TEXTS[1:]))


def _is_slip(test: Test, text: str) -> bool:
    """Whether a text is told as a slip anyway."""
    if "{{" in text:
        return True
    if test.operator != "is":
        return False
    meant = meant_test(text)
    return meant_alternatives(test.path, text) is not None or (
        meant is not None and not asks_list_for_text(test.path, text, meant)
    )


def _effect(test: Test, *, is_excluded: bool, is_all: bool) -> str:
    if not is_all:
        return "that one is never found"
    return "this excludes nothing" if is_excluded or test.operator in _EXCLUDES else "this never holds"


def _counted(test: Test) -> str:
    """How to ask whether a list has so many elements: by the first that is then there, or not."""
    number = test.expected
    first = number if test.operator in ("more_than", "at_most") else number - 1
    if not isinstance(first, int) or not 0 <= first < _MOST_COUNTED:
        return ""
    is_there = "true" if test.operator in ("more_than", "at_least") else "false"
    return f" (elements count from 0: write {test.path}.{first}: {{present: {is_there}}})"


def _compared(test: Test) -> str:
    if test.path == "event.types":
        return " (name whole types, as in [deal.won, deal.lost])"
    expected = str(getattr(test.expected, "pattern", test.expected))
    first = f"for its first write {test.path}.0: {{{test.operator}: {expected}}}"
    return f" (name whole domains, as in [acme.example], or {first})" if DOMAIN.match(test.path) else f" ({first})"


def _of_domain(text: str, calendar: Calendar) -> _Fault | None:
    domain = text.strip().casefold()
    if is_within(domain, calendar.internal_domains):
        return f"meeting.domains leaves out calendar.internal_domains, and {domain} with them", ""
    if is_free_mail(domain):
        return f"meeting.domains leaves out {domain}, where anybody can have an address", ""
    if not domain.isascii() or (_WHOLE.fullmatch(domain) and not domain.startswith("www.")):
        return None
    return f"no domain is {text}", f" ({_meant_domain(domain)})"


def _meant_domain(text: str) -> str:
    parts = (_AROUND.sub("", part).strip(".,;%*^$") for part in text.split())
    meant = [part for part in parts if _WHOLE.fullmatch(part)]
    if not meant:
        return "write it whole, as in acme.example"
    if len(meant) > 1:
        return f"write a list: [{', '.join(meant)}]"
    if "*" not in text:
        return f"write {meant[0]}"
    below = f"meeting.domains.0: {{ends_with: .{meant[0]}}}"
    return f"name each, as in [a.{meant[0]}, b.{meant[0]}], or for the first write {below}"


def _of_type(text: str) -> _Fault | None:
    name = text.strip().casefold()
    if "*" in name:
        meant = [each for each in TYPES if listens([name], each)]
        return f"no type is {text}", f" (name them: [{', '.join(meant)}])" if meant else ""
    if "." not in name:
        return f"no type is {text}", f" ({meant_type(text)})"
    return (f"no type is {text}", f" ({meant_type(text)})") if doubt_type(name) else None


def _maps_domains(config: Any) -> bool:
    events = config.get("events") if isinstance(config, Mapping) else None
    meeting = events.get("meeting") if isinstance(events, Mapping) else None
    return isinstance(meeting, Mapping) and "domains" in meeting


def _texts(test: Test) -> list[str]:
    values = test.expected if isinstance(test.expected, list | tuple) else (test.expected,)
    return [as_text(value) or "" for value in values]
