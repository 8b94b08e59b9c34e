"""Conditions: every operator both ways, what absence does, and the sentences that explain a verdict."""

import re
from datetime import date
from typing import Any

import pytest

from planhook.core.condition import OPERATORS, Condition, Group, check
from planhook.core.condition import Test as One
from tests.core.samples import STOCKHOLM

DATA = {
    "deal": {
        "stage": "Closed Won",
        "name": "Åcme Corp",
        "amount": 4900,
        "amount_text": " 4900.50 ",
        "zip": "0123",
        "hot": True,
        "hot_text": "True",
        "one": 1,
        "note": "",
        "gone": None,
        "tags": ["Gold", 7, "eu", {"x": 1}, None],
        "nothing": [],
        "closed_at": "2026-10-02T22:30:00.000Z",
        "properties": {"region": "North"},
        "long": "x" * 500,
        "big": "12345678901234567891",
        "when": "soon",
        "half": "\ud800 won",
        "closed_ms": "1790980200000",
    },
    "changes": {
        "stage": {"from": "Open", "to": "Closed Won"},
        "name": {"to": "Åcme Corp"},
        "amount": {"from": 100},
        "zip": {"from": "1", "to": "1"},
        "gone": {"from": "x", "to": None},
        "properties.region": {"from": "South", "to": "North"},
        "odd": "yes",
    },
}

HOLDS: list[tuple[str, str, Any]] = [
    ("deal.stage", "is", "closed won"),
    ("deal.name", "is", "ÅCME CORP"),
    ("deal.amount", "is", 4900),
    ("deal.amount", "is", "4900"),
    ("deal.amount", "is", 4900.0),
    ("deal.amount_text", "is", 4900.5),
    ("deal.zip", "is", 123),
    ("deal.zip", "is", "0123"),
    ("deal.hot", "is", True),
    ("deal.hot_text", "is", True),
    ("deal.hot", "is", "true"),
    ("deal.big", "is", 12345678901234567891),
    ("deal.tags", "is", "gold"),
    ("deal.tags", "is", 7),
    ("deal.tags.0", "is", "gold"),
    ("deal.properties.region", "is", "north"),
    ("changes.stage.from", "is", "open"),
    ("deal.stage", "is_not", "open"),
    ("deal.missing", "is_not", "open"),
    ("deal.note", "is_not", "open"),
    ("deal.gone", "is_not", "open"),
    ("deal.missing.deeper", "is_not", "open"),
    ("deal.tags", "is_not", "silver"),
    ("deal.stage", "one_of", ["x", "Closed won"]),
    ("deal.amount", "one_of", [1, 4900]),
    ("deal.tags", "one_of", ["silver", "EU"]),
    ("deal.stage", "not_one_of", ["x", "y"]),
    ("deal.missing", "not_one_of", ["x"]),
    ("deal.tags", "not_one_of", ["silver"]),
    ("deal.amount", "at_least", 4900),
    ("deal.amount_text", "at_least", 4900.5),
    ("deal.amount", "at_most", 4900),
    ("deal.amount", "more_than", 4899.99),
    ("deal.amount_text", "less_than", 5000),
    ("deal.zip", "less_than", "02"),
    ("deal.name", "contains", "ÅCME"),
    ("deal.amount", "contains", "90"),
    ("deal.amount", "contains", 90),
    ("deal.tags", "contains", "EU"),
    ("deal.name", "starts_with", "åcme"),
    ("deal.name", "ends_with", "CORP"),
    ("deal.stage", "matches", re.compile("^Closed")),
    ("deal.half", "matches", re.compile("won$")),
    ("deal.amount", "present", True),
    ("deal.nothing", "present", True),
    ("deal.note", "present", False),
    ("deal.gone", "present", False),
    ("meeting.id", "present", False),
    ("deal.stage", "changed", True),
    ("deal.gone", "changed", True),
    ("deal.properties.region", "changed", True),
    ("changes.stage", "changed", True),
    ("deal.odd", "changed", True),
    ("deal.hot", "changed", False),
    ("deal.zip", "changed", False),
    ("deal.stage", "changed_to", "closed won"),
    ("deal.stage", "changed_to", ["lost", "closed won"]),
    ("deal.name", "changed_to", "Åcme corp"),
    ("deal.amount", "changed_to", 4900),
    ("deal.stage", "changed_from", "OPEN"),
    ("deal.amount", "changed_from", 100),
    ("deal.closed_at", "after", "2026-10-03"),
    ("deal.closed_at", "after", date(2026, 10, 3)),
    ("deal.closed_at", "before", "2026-10-03T00:31:00"),
    ("deal.closed_at", "before", "2026-10-02T22:31:00Z"),
    ("deal.closed_ms", "after", "2026-10-02"),
]

FAILS: list[tuple[str, str, Any]] = [
    ("deal.one", "is", True),
    ("deal.hot", "is", 1),
    ("deal.hot", "at_least", 1),
    ("deal.stage", "is", "closed"),
    ("deal.zip", "is", "123"),
    ("deal.missing", "is", "x"),
    ("deal.note", "is", ""),
    ("deal.gone", "is", None),
    ("deal.big", "is", 12345678901234567890),
    ("deal.tags", "is_not", "gold"),
    ("deal.stage", "is_not", "CLOSED WON"),
    ("deal.missing", "one_of", ["x"]),
    ("deal.stage", "not_one_of", ["closed won"]),
    ("deal.amount", "at_least", 4900.01),
    ("deal.amount", "at_most", 4899),
    ("deal.amount", "more_than", 4900),
    ("deal.amount", "less_than", 4900),
    ("deal.missing", "less_than", 4900),
    ("deal.stage", "less_than", 4900),
    ("deal.tags", "at_least", 1),
    ("deal.name", "contains", "beta"),
    ("deal.tags", "contains", "gol"),
    ("deal.missing", "contains", ""),
    ("deal.name", "starts_with", "corp"),
    ("deal.name", "ends_with", "acme"),
    ("deal.stage", "matches", re.compile("Lost")),
    ("deal.tags", "matches", re.compile("Gold")),
    ("deal.missing", "matches", re.compile("")),
    ("deal.amount", "present", False),
    ("deal.missing", "present", True),
    ("deal.zip", "changed", True),
    ("deal.hot", "changed", True),
    ("deal.stage", "changed", False),
    ("deal.gone", "changed_to", "x"),
    ("deal.stage", "changed_to", "open"),
    ("deal.hot", "changed_to", True),
    ("deal.name", "changed_from", "Åcme Corp"),
    ("deal.zip", "changed_from", "1"),
    ("deal.closed_at", "before", "2026-10-03"),
    ("deal.closed_at", "after", "2026-10-03T00:30:00"),
    ("deal.when", "before", "2026-10-03"),
    ("deal.hot", "after", "2026-10-03"),
    ("deal.missing", "before", "2026-10-03"),
    ("deal.tags.9", "is", "gold"),
    ("deal.stage.0", "is", "c"),
]


@pytest.mark.parametrize(("path", "operator", "expected"), HOLDS)
def test_a_condition_holds(path: str, operator: str, expected: Any) -> None:
    assert check(One(path, operator, expected), DATA, STOCKHOLM).holds


@pytest.mark.parametrize(("path", "operator", "expected"), FAILS)
def test_a_condition_does_not_hold(path: str, operator: str, expected: Any) -> None:
    assert not check(One(path, operator, expected), DATA, STOCKHOLM).holds


def test_every_operator_is_tried_both_ways() -> None:
    assert {operator for _, operator, _ in HOLDS} == OPERATORS
    assert {operator for _, operator, _ in FAILS} == OPERATORS


def test_an_unknown_operator_cannot_become_a_condition() -> None:
    with pytest.raises(ValueError, match="'equals' is not an operator"):
        One("deal.stage", "equals", 1)


def test_a_change_is_unknown_where_the_sender_tells_no_changes() -> None:
    assert not check(One("deal.stage", "changed", True), {"deal": {"stage": "x"}}, STOCKHOLM).holds
    assert not check(One("deal.stage", "changed", True), {"changes": "odd"}, STOCKHOLM).holds


@pytest.mark.parametrize(
    ("path", "operator", "expected", "reason"),
    [
        ("deal.amount", "at_least", 5000, "deal.amount is 4900, not at least 5000"),
        ("deal.amount", "at_least", 4000, "deal.amount is 4900, at least 4000"),
        ("deal.stage", "at_least", 4000, "deal.stage is Closed Won, not a number"),
        ("deal.stage", "is", "closed won", "deal.stage is Closed Won"),
        ("deal.stage", "is", "lost", "deal.stage is Closed Won, not lost"),
        ("deal.stage", "is_not", "lost", "deal.stage is Closed Won, not lost"),
        ("deal.stage", "is_not", "closed won", "deal.stage is Closed Won, must not be closed won"),
        ("deal.zip", "one_of", ["0123", 9], "deal.zip is 0123, one of 0123, 9"),
        ("deal.zip", "one_of", [8, 9], "deal.zip is 0123, not one of 8, 9"),
        ("deal.zip", "not_one_of", ["0123"], "deal.zip is 0123, one of 0123"),
        ("deal.company_id", "is", 1, "deal.company_id is absent"),
        ("deal.note", "present", True, "deal.note is absent"),
        ("deal.amount", "present", True, "deal.amount is 4900"),
        ("deal.properties", "is", 1, "deal.properties is an object, not 1"),
        ("deal.tags", "contains", "x", "deal.tags is [Gold, 7, eu, …, null], which does not contain x"),
        ("deal.name", "contains", "corp", "deal.name is Åcme Corp, which contains corp"),
        ("deal.zip", "starts_with", "9", "deal.zip is 0123, which does not start with 9"),
        ("deal.zip", "ends_with", "9", "deal.zip is 0123, which does not end with 9"),
        ("deal.zip", "matches", re.compile("^9"), "deal.zip is 0123, which does not match ^9"),
        ("deal.when", "before", "2026-10-03", "deal.when is soon, not a time"),
        ("deal.hot", "is", False, "deal.hot is true, not false"),
        ("deal.stage", "changed", True, "deal.stage changed from Open to Closed Won"),
        ("deal.name", "changed", True, "deal.name changed to Åcme Corp"),
        ("deal.amount", "changed", True, "deal.amount changed from 100"),
        ("deal.hot", "changed", True, "deal.hot did not change"),
        ("deal.stage", "changed_to", "x", "deal.stage changed from Open to Closed Won, not to x"),
        ("deal.stage", "changed_from", "x", "deal.stage changed from Open to Closed Won, not from x"),
    ],
)
def test_a_verdict_says_what_was_seen(path: str, operator: str, expected: Any, reason: str) -> None:
    assert check(One(path, operator, expected), DATA, STOCKHOLM).reasons == (reason,)


def test_long_values_are_cut_in_reasons() -> None:
    (reason,) = check(One("deal.long", "is", "y" * 500), DATA, STOCKHOLM).reasons
    assert reason == f"deal.long is {'x' * 79}…, not {'y' * 79}…"


def test_reasons_stay_on_one_line() -> None:
    (reason,) = check(One("deal.x", "is", "y"), {"deal": {"x": "a\nb\x00c"}}, STOCKHOLM).reasons
    assert reason == "deal.x is a b c, not y"


YES = One("deal.amount", "more_than", 1)
NO = One("deal.amount", "less_than", 1)
WHY_YES = "deal.amount is 4900, more than 1"
WHY_NO = "deal.amount is 4900, not less than 1"


@pytest.mark.parametrize(
    ("condition", "holds", "reasons"),
    [
        (Group("all", (YES, YES)), True, (WHY_YES, WHY_YES)),
        (Group("all", (YES, NO, NO)), False, (WHY_NO, WHY_NO)),
        (Group("any", (YES, NO)), True, (WHY_YES,)),
        (Group("any", (NO, NO)), False, (WHY_NO, WHY_NO)),
        (Group("none", (NO,)), True, (WHY_NO,)),
        (Group("none", (NO, YES)), False, (WHY_YES,)),
        (Group("all", ()), True, ()),
        (Group("any", ()), False, ()),
        (Group("none", ()), True, ()),
        (Group("all", (Group("none", (NO,)), Group("any", (NO, YES)))), True, (WHY_NO, WHY_YES)),
        (Group("none", (Group("all", (YES, NO)),)), True, (WHY_NO,)),
    ],
)
def test_groups_combine_and_explain(condition: Condition, holds: bool, reasons: tuple[str, ...]) -> None:
    verdict = check(condition, DATA, STOCKHOLM)
    assert (verdict.holds, verdict.reasons) == (holds, reasons)
