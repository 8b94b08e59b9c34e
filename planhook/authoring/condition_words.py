"""A condition as a clause: "is worth at least 5,000 and its stage is “demo”"."""

from collections.abc import Mapping

from planhook.authoring.nouns import constant, listed, noun
from planhook.core.condition import Condition, Test

_PLURALS = ("domains", "attendees", "contact_ids", "types")
_WORTH = {
    "at_least": "at least ",
    "at_most": "at most ",
    "more_than": "more than ",
    "less_than": "less than ",
    "is": "",
}
_OPERATORS: Mapping[str, str] = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is",
    "not_one_of": "is not",
    "at_least": "is at least",
    "at_most": "is at most",
    "more_than": "is more than",
    "less_than": "is less than",
    "contains": "contains",
    "starts_with": "begins with",
    "ends_with": "ends with",
    "matches": "matches",
    "changed_to": "changed to",
    "changed_from": "changed from",
    "before": "is before",
    "after": "is after",
}
_DENIED: Mapping[str, str] = {
    "is": "is not",
    "is_not": "is",
    "one_of": "is not",
    "not_one_of": "is",
    "at_least": "is not at least",
    "at_most": "is not at most",
    "more_than": "is not more than",
    "less_than": "is not less than",
    "contains": "does not contain",
    "starts_with": "does not begin with",
    "ends_with": "does not end with",
    "matches": "does not match",
    "changed_to": "did not change to",
    "changed_from": "did not change from",
    "before": "is not before",
    "after": "is not after",
}
_OF_SEVERAL: Mapping[str, str] = {
    "is": "are",
    "does": "do",
    "contains": "contain",
    "begins": "begin",
    "ends": "end",
    "matches": "match",
}
_SAME = ("is", "one_of", "is_not", "not_one_of")


def condition_words(condition: Condition, *, leads: bool = True) -> str:
    """A condition as a clause that follows "when a deal is won and"; one that does not lead names its subject."""
    if isinstance(condition, Test):
        return _test_words(condition, leads=leads)
    parts = condition.parts
    if condition.kind == "all":
        return listed([_part_words(part, leads=leads and index == 0) for index, part in enumerate(parts)])
    if condition.kind == "any":
        told = listed([_part_words(part, leads=False) for part in parts], "or")
        return f"either {told}" if len(parts) > 1 else told
    tests = [part for part in parts if isinstance(part, Test)]
    if len(tests) == len(parts):
        return listed([_test_words(test, leads=leads and not index, denied=True) for index, test in enumerate(tests)])
    bracketed = [f"({condition_words(part, leads=False)})" for part in parts]
    return f"neither {' nor '.join(bracketed)} holds" if len(parts) > 1 else f"it is not so that {bracketed[0]}"


def _part_words(part: Condition, *, leads: bool) -> str:
    return _test_words(part, leads=leads) if isinstance(part, Test) else f"({condition_words(part, leads=False)})"


def _test_words(test: Test, *, leads: bool, denied: bool = False) -> str:
    if test.path == "deal.amount" and test.operator in _WORTH:
        worth = f"{'not ' if denied else ''}worth {_WORTH[test.operator]}{constant(test.expected)}"
        return f"is {worth}" if leads else f"it is {worth}"
    subject = noun(test.path, owner="its")
    is_plural = test.path.rpartition(".")[2] in _PLURALS
    if test.operator == "present":
        return f"{subject} {'are' if is_plural else 'is'} {'' if bool(test.expected) != denied else 'not '}known"
    if test.operator == "changed":
        return f"{subject} {'changed' if bool(test.expected) != denied else 'did not change'}"
    expected = test.expected if isinstance(test.expected, list | tuple) else (test.expected,)
    verb = _verb(test.operator, is_plural=is_plural, denied=denied)
    return f"{subject} {verb} {listed([constant(each) for each in expected], 'or')}"


def _verb(operator: str, *, is_plural: bool, denied: bool) -> str:
    verb = (_DENIED if denied else _OPERATORS)[operator]
    if not is_plural:
        return verb
    if operator in _SAME:
        return "include" if verb == "is" else "do not include"
    first, _, rest = verb.partition(" ")
    return f"{_OF_SEVERAL.get(first, first)} {rest}".strip()
