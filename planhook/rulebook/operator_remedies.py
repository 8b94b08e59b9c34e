"""What to write for operators that do not exist, or not in that form: negations, ranges, several values at once."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from planhook.core.condition import OPERATORS
from planhook.core.scalar import as_text
from planhook.rulebook.kinds import KINDS, LIST, NUMBER, TIME
from planhook.rulebook.operator_words import SEVERAL, TIMES, meant_operator, meant_test
from planhook.rulebook.suggestion import closest

_TEXTS = ("contains", "starts_with", "ends_with")
_MOMENTS = ("before", "after")
_NEGATED = re.compile(r"(?:does_not|do_not|doesnt|dont|is_not|isnt|not|no|!)_?([a-z_]+)|([a-z_]+)_not")
_ENDING = re.compile(r"(contain|include|match|start|begin|end)(?=_|\Z)")  # does not contain
_EMPTY = ("empty", "null", "nil", "blank", "absent", "missing", "undefined", "unset", "unknown")
_RANGES = ("between", "range", "within", "in_range", "from_to", "is_between")
_ANY = re.compile(r"(contains|starts_with|ends_with)_(?:any|one|all)(?:_of)?")
_CONDITION = re.compile(r"([a-z]+(?:\.\w+)+)\s*(\S.*)\Z")
_TWO = re.compile(r"\s*(\d\S*)\s*(?:and|to|-|–|,|\.\.)\s*(\d\S*)\s*\Z")
_NEEDS_QUOTES = re.compile(r"[{}\[\],#:&*!|>'\"%@`]|\A[-?] |\A\s|\s\Z|\A\Z")


def meant_instead(path: str, word: str, value: Any, known: Sequence[str]) -> str:
    """The sentence that follows "there is no operator": `path` was tested with `word: value`; `known` are all."""
    if value is None and (test := meant_test(word)):
        return f"write {test}"
    plain = re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word.strip().replace("'", ""))).casefold()
    operator = meant_operator(word)
    if KINDS.get(path) == TIME:
        operator = TIMES.get(operator or "", operator)
    if isinstance(value, list):
        operator = SEVERAL.get(operator or "", operator)
    if operator:
        return f"did you mean {operator}?"
    return _of_other_form(path, plain, value) or _near(path, plain, known)


def meant_condition(text: str) -> str | None:
    """What to write for a whole condition in one text, as in `deal.amount >= 5000`; None for any other text."""
    written = _CONDITION.match(text.strip())
    test = meant_test(written[2]) if written else None
    return f"{written[1]}: {test}" if written and test else None


def several_texts(path: str, operator: str, values: Sequence[Any]) -> str:
    """How to compare one field with several texts."""
    if KINDS.get(path) == LIST and operator == "contains":
        return f"write {{one_of: {_written(values)}}}"
    tests = ", ".join(f"{{{path}: {{{operator}: {_written(value)}}}}}" for value in values)
    return f"write any: [{tests}] in place of {path}"


def cut_at_commas(tests: Mapping[str, Any]) -> str | None:
    """What to write for `{one_of: a, b}` and `{a, b}`, which YAML cuts into keys with nothing behind them."""
    (word, first), *rest = tests.items()
    if any(value is not None or key in OPERATORS or meant_operator(key) or meant_test(key) for key, value in rest):
        return None
    if word in OPERATORS and rest and isinstance(first, str | int) and not isinstance(first, bool):
        if word in _TEXTS:
            text = ", ".join([str(first), *(key for key, _ in rest)])
            return f"write {{{word}: {_written(text)}}} where the comma is part of the text"
        if word not in (*SEVERAL, *SEVERAL.values(), "changed_to", "changed_from"):
            return None
        return f"write {{{SEVERAL.get(word, word)}: {_written([first, *(key for key, _ in rest)])}}}"
    if first is None and word not in OPERATORS and not (meant_operator(word) or meant_test(word)):
        return f"several values stand in brackets: {_written(list(tests))}" if rest else f"write {word} without braces"
    return None


def merged(path: str, tests: Sequence[Any]) -> str | None:
    """What to write for a list of tests of one field, None for any other list."""
    if not all(isinstance(test, Mapping) and test for test in tests):
        return None
    operators = [operator for test in tests for operator in test]
    if not all(operator in OPERATORS or meant_operator(operator) for operator in operators):
        return None
    if set(operators) == {"is"}:
        return f"write {_written([test['is'] for test in tests])}"
    if len(set(operators)) == len(operators):
        return f"write {{{', '.join(f'{key}: {_written(test[key])}' for test in tests for key in test)}}}"
    alternatives = ", ".join(
        f"{{{path}: {{{', '.join(f'{key}: {_written(value)}' for key, value in test.items())}}}}}" for test in tests
    )
    return f"write any: [{alternatives}] in place of {path}, or all:"


def _of_other_form(path: str, word: str, value: Any) -> str | None:
    if word in _RANGES:
        return f"write {_range(path, value)}"
    if word.removeprefix("is_") in _EMPTY:
        return f"write {{present: {'true' if value is False else 'false'}}}"
    if (several := _ANY.fullmatch(word)) and isinstance(value, list):
        return several_texts(path, several[1], value)
    if not (negated := _NEGATED.fullmatch(word)):
        return None
    base = negated[1] or negated[2]
    if base in _EMPTY:
        return f"write {{present: {'false' if value is False else 'true'}}}"
    if base in _RANGES:
        return _none_of(path, _range(path, value))
    base = _ENDING.sub(lambda match: f"{match[0]}{'es' if match[0] == 'match' else 's'}", base)
    operator = base if base in OPERATORS else meant_operator(base)
    if operator == "present":
        return f"write {{present: {'true' if value is False else 'false'}}}"
    if operator and isinstance(value, list) and operator not in SEVERAL.values():
        tests = ", ".join(f"{{{path}: {{{operator}: {_written(each)}}}}}" for each in value)
        return f"write none: [{tests}] in place of {path}"
    return _none_of(path, f"{{{operator}: {_written(value)}}}") if operator else None


def _none_of(path: str, test: str) -> str:
    return f"write none: [{{{path}: {test}}}] in place of {path}"


def _range(path: str, value: Any) -> str:
    given = list(value) if isinstance(value, list) else []
    if isinstance(value, str) and (two := _TWO.match(value)):
        given = list(two.groups())
    low, high = (_written(each) for each in given) if len(given) == 2 else ("…", "…")
    return f"{{after: {low}, before: {high}}}" if KINDS.get(path) == TIME else f"{{at_least: {low}, at_most: {high}}}"


def _near(path: str, word: str, known: Sequence[str]) -> str:
    """What comes near a word, without what compares something else or says the opposite; else the list of all."""
    fitting = [each for each in known if not (KINDS.get(path) == NUMBER and each in _MOMENTS)]
    if _NEGATED.fullmatch(word):
        fitting = [each for each in fitting if "not" in each]
    near = closest(word, fitting)
    return f"did you mean {near}?" if near else f"known are {', '.join(known)}"


def _written(value: Any) -> str:
    """A value as YAML takes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(each) for each in value)}]"
    text = as_text(value)
    if text is None:
        return "…"
    return f"'{text}'" if isinstance(value, str) and _NEEDS_QUOTES.search(text) and "'" not in text else text
