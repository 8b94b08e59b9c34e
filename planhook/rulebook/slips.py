"""What is allowed but hardly meant: texts that look like an operator, a number, a placeholder, or quotes."""

import re
from collections.abc import Iterator
from typing import Any

from planhook.rulebook.conditions import BLOCKS, FIXED, MOMENTS, NUMBERS, OPERATORS, TEXTS
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.kinds import FLAG, KINDS, NUMBER, TIME
from planhook.rulebook.list_conditions import asks_list_for_text
from planhook.rulebook.located import ITS_TEXT, LocatedDict, LocatedList, Path, texts_in
from planhook.rulebook.misplaced import RULE_KEYS, below_empty
from planhook.rulebook.operator_words import meant_number, meant_test
from planhook.rulebook.suggestion import suggestion
from planhook.rulebook.vocabulary import FIELDS, doubt_type, names_value
from planhook.rulebook.worded_tests import meant_alternatives, meant_items

CURLY = re.compile("[“”„‟‘’‚].*[“”‟‘’]\\Z", re.DOTALL)
_HYPHEN = re.compile(r"-[^\W\d]")
_PATH = r"[a-z]+(?:\.\w+)+"
_BRACED = re.compile(rf"(?<!\{{)\{{\s*((?P<path>{_PATH})\s*(?:\|[^{{}}]*)?)\}}")
_BRACKETED = re.compile(rf"\[\s*((?P<path>{_PATH})\s*)\]")
_BARE = re.compile(r"(?:deal|meeting|event)(?:\.[a-z]\w*)+")
_WORDS = ("action", "description", "custom", "checklist", "activityTags")  # elsewhere it is told that this is no value
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_DOLLAR = re.compile(r"\$(\{\{\s*([\w.]+)[^{}]*\}\})")
_OTHERWISE = re.compile(rf"(?:\(\(|%|<)\s*((?P<path>{_PATH})\s*)(?:\)\)|%|>)")  # as other tools mark their fields


_RULE_KEYS = (*RULE_KEYS, "description")


def warn_of_slips(file: RuleFile, findings: Findings) -> None:
    """Add a warning for each. Works on files as they are, also on broken ones."""
    for path, text in texts_in(file.data, ()):
        if CURLY.match(text.strip()):
            message = "curly quotes are part of the text; write straight ones (' or \")"
            findings.add(file, path, message, "warning")
    if "rules" in file.data and file.data["rules"] is None:
        findings.add(file, ("rules",), "rules: is empty, so this file has no rule; write one below it", "warning")
    for index, rule in enumerate(file.section("rules", LocatedList)):
        if isinstance(rule, LocatedDict):
            for below, message in _of_rule(rule):
                findings.add(file, ("rules", index, *below), message, "warning")


def _of_rule(rule: LocatedDict) -> Iterator[tuple[Path, str]]:
    if "if" in rule and rule["if"] is None and "if" not in below_empty(rule, _RULE_KEYS).values():
        yield ("if",), "if: is empty, so the rule always applies; delete it or name a condition"
    for path, text in texts_in(rule.get("if"), ("if",)):
        if (message := _of_condition(path, text)) is not None:
            yield path, message
    for path, text in texts_in(rule.get("then"), ("then",)):
        for message in _of_value(text):
            yield (*path, ITS_TEXT), message
        if any(step in _WORDS for step in path) and _BARE.fullmatch(text.strip()) and names_value(text.strip()):
            yield (*path, ITS_TEXT), f"{text.strip()} is written as it stands; did you mean {{{{ {text.strip()} }}}}?"
    examples = rule.get("examples")
    for index, example in enumerate(examples if isinstance(examples, LocatedList) else ()):
        given: Any = example.get("given") if isinstance(example, LocatedDict) else None
        for below, message in _of_given(given) if isinstance(given, LocatedDict) else ():
            yield ("examples", index, "given", *below), message


def _of_value(text: str) -> Iterator[str]:
    if _HYPHEN.match(text):
        yield f"{text.split()[0]} is text; an item of a list has a blank behind its hyphen"
    if "}}" in text and "{" not in text:
        yield "}} closes nothing here; a placeholder begins with {{, as in {{ deal.name }}"
    for dollar in _DOLLAR.finditer(text):
        if KINDS.get(dollar[2]) != NUMBER:  # of which it is the currency
            yield f"the $ before {{{{ stays in the text; write {dollar[1]} without it"
    for marked, path in marked_otherwise(text):
        yield f"{marked} is written as it stands; did you mean {{{{ {path} }}}}?"


def marked_otherwise(text: str) -> list[tuple[str, str]]:
    """The fields that are marked as other tools mark them, as in `{deal.name}`: each as written, and what is meant."""
    outside = _PLACEHOLDER.sub("{{ }}", text)
    found = (match for pattern in (_BRACED, _BRACKETED, _OTHERWISE) for match in pattern.finditer(outside))
    return [(match[0], match[1].strip()) for match in found if names_value(match["path"])]


def _of_given(given: LocatedDict) -> Iterator[tuple[Path, str]]:
    event_type = given.get("type")
    if isinstance(event_type, str) and (doubt := doubt_type(event_type)):
        yield ("type",), doubt
    for root in ("deal", "meeting"):
        fields = given.get(root)
        for name in fields if isinstance(fields, LocatedDict) else ():
            if name not in FIELDS[root]:
                hint = suggestion(name, FIELDS[root])
                yield (root, name), f"no event has {root}.{name}, so this example tries what never comes ({hint})"


def _is_no_operator(step: str | int) -> bool:
    """Whether the schema tells that there is no such operator; what is meant may take any text."""
    return isinstance(step, str) and "." not in step and step not in (*OPERATORS, *BLOCKS)


def _of_condition(path: Path, text: str) -> str | None:
    if "{{" in text and path != ("if",) and path[-1] not in (*NUMBERS, *MOMENTS):
        return FIXED
    if any(step in TEXTS or _is_no_operator(step) for step in path[1:]):
        return None
    field = next((str(step) for step in reversed(path) if "." in str(step)), "")
    if isinstance(path[-1], int) and (told := meant_items(field, text.strip())):
        return f"{text.strip()!r} is one text; write {told}"
    if path[-1] != field and KINDS.get(field) not in (NUMBER, TIME, FLAG):
        return None  # an operator or a list says that the text is meant
    if (test := meant_test(text)) and not asks_list_for_text(field, text, test):
        return f"{text.strip()!r} looks like an operator; write {test}"
    if path[-1] == field and (told := meant_alternatives(field, text.strip())):
        return f"{text.strip()!r} is compared as it stands; write {told}"
    number = meant_number(text) if path[-1] not in NUMBERS else None
    return f"{text.strip()!r} is compared as text; for the number {number}" if number else None
