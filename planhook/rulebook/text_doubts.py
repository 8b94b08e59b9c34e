"""Texts of a rule that go out as they stand and hardly should: what only other places fill, signs beside braces."""

import re
from collections.abc import Iterator
from typing import Any

from planhook.core.filters import FILTERS
from planhook.rulebook.actions import flat_fields
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList, Path, texts_in
from planhook.rulebook.vocabulary import names_value

_VARIABLE = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")
_ESCAPED = re.compile(r"(?:^|(?<=\s))\\(?=\{\{)")
_OUTSIDE = re.compile(rf"\}}\}}\s*\|\s*({'|'.join(sorted(FILTERS))})\s*(?:\([^()]*\)\s*)?(?=\||\Z)")


_PROSE = ("action", "description", "checklist", "activityTags", "custom")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BARE = re.compile(r"(?<![^\s(\"'])(?:deal|meeting|event)\.[a-z_]+(?=[.,;:!?)\"']*(?:\s|\Z))")


def warn_of_text_doubts(file: RuleFile, findings: Findings) -> None:
    """Add a warning for each. Works on files as they are, also on broken ones."""
    for index, rule in enumerate(file.section("rules", LocatedList)):
        for path, message in _of_rule(rule) if isinstance(rule, LocatedDict) else ():
            findings.add(file, ("rules", index, *path), message, "warning")


def _of_rule(rule: LocatedDict) -> Iterator[tuple[Path, str]]:
    if "{{" in str(rule.get("name")):
        yield ("name",), "a rule has one name for all events, and {{ }} is not filled in it; put it into action"
    for key in ("if", "then"):
        for path, text in texts_in(rule.get(key), (key,)):
            if variable := _VARIABLE.search(text):
                yield path, f"{variable[0]} stays as it stands here: variables are filled under sources only"
    yield from _of_then(rule.get("then"))


def _of_then(then: Any) -> Iterator[tuple[Path, str]]:
    for path, text in texts_in(then, ("then",)):
        if _ESCAPED.search(text):
            yield path, "the \\ before {{ stays in the text, and the placeholder is filled all the same; delete the \\"
        if outside := _OUTSIDE.search(text):
            yield path, f"| {outside[1]} stands outside the braces and stays in the text; put it before the }}}}"
        if len(path) > 2 and set(path) & set(_PROSE):
            for bare in _bare_fields(text):
                yield path, f"{bare} is written as it stands; did you mean {{{{ {bare} }}}}?"
    for path, body in _bodies(then, ("then",)):
        for below, _ in flat_fields(body):
            if below[0] == "custom" and "{{" in below[-1]:
                yield (*path, *below), f"a custom field has a fixed name: {below[-1]} is not filled here"


def _bare_fields(text: str) -> list[str]:
    """Words that are fields of an event; none where other signs seem to stand for the braces, which is told."""
    outside = _PLACEHOLDER.sub(" … ", text)
    is_marked = any(sign in outside for sign in ("{", "}", "%", "(("))
    return [] if is_marked else [word for word in _BARE.findall(outside) if names_value(word)]


def _bodies(then: Any, path: Path) -> Iterator[tuple[Path, LocatedDict]]:
    """What stands below the name of each action, and where."""
    if isinstance(then, LocatedList):
        for index, action in enumerate(then):
            yield from _bodies(action, (*path, index))
    elif isinstance(then, LocatedDict):
        for name, body in then.items():
            if isinstance(body, LocatedDict):
                yield (*path, name), body
