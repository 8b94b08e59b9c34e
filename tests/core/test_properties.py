"""Task properties: what each takes, what it becomes over the wire, what people meant by a wrong name."""

from typing import Any

import pytest

from planhook.core.errors import ValueMissing
from planhook.core.properties import PROPERTIES, coerce, find, suggest
from tests.core.samples import OWNER, STOCKHOLM


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("action", 9000.0, "9000"),
        ("action", ["a", 1], "a, 1"),
        ("description", "<p>x</p>", "<p>x</p>"),
        ("description", None, None),
        ("startTime", "2026-10-02", "2026-10-01T22:00:00.000Z"),
        ("startTime", 1790953200000, "2026-10-02T15:00:00.000Z"),
        ("endTime", "2026-10-02T15:00:00+00:00", "2026-10-02T15:00:00.000Z"),
        ("startTime", None, None),
        ("noSpecificTime", "True", True),
        ("isArchived", False, False),
        ("repeatDays", "7", 7),
        ("repeatDays", 7.0, 7),
        ("ownerId", f" {OWNER.upper()} ", OWNER),
        ("ownerId", None, None),
        ("companyId", " srcid-C7 ", "srcid-C7"),
        ("companyId", "extid-77 ", "extid-77"),
        ("companyId", f" {OWNER.upper()}", OWNER),
        ("mainType", "Event", "event"),
        ("repeat", "weekly", "weekly"),
        ("activityTags", ["a", 1, True], ["a", "1", "true"]),
        ("activityTags", "a", ["a"]),
        ("activityTags", [], []),
        ("checklist", ["a", {"title": "b"}, 3], [{"title": "a"}, {"title": "b"}, {"title": "3"}]),
        ("endusers", [OWNER, {"_id": OWNER}], [{"_id": OWNER}, {"_id": OWNER}]),
        ("custom.Deal value", 9000.5, 9000.5),
        ("custom.Deal value", 9000.0, 9000),
        ("custom.Deal value", -0.0, 0),
        ("custom.Deal value", 1e300, 1e300),
        ("custom.Scores", [3.0, 2.5], [3, 2.5]),
        ("custom.Hot", True, True),
        ("custom.Hot", None, None),
        ("custom.Tags", ["a", 1], ["a", 1]),
        ("custom.Name", "x", "x"),
    ],
)
def test_a_property_takes(name: str, given: Any, expected: Any) -> None:
    result = coerce(name, given, STOCKHOLM)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("startTime", "soon", "startTime is 'soon', not a time"),
        ("startTime", True, "startTime is true, not a time"),
        ("ownerId", "ann", "ownerId is 'ann', not a Planhat id"),
        ("ownerId", 5, "ownerId is 5, not a Planhat id"),
        ("companyId", "srcid-", "companyId is srcid- with nothing behind it"),
        ("companyId", " srcid- ", "companyId is srcid- with nothing behind it"),
        ("companyId", "Acme", "companyId is 'Acme', not a Planhat id .24 hexadecimal digits., srcid-<its id at the"),
        ("companyId", 77, "companyId is '77', not a Planhat id"),
        ("companyId", "srcid-a\nb", "companyId contains control characters"),
        ("companyId", " ", "companyId is empty"),
        ("companyId", None, "companyId is empty"),
        ("action", "", "action is empty"),
        ("action", {}, "action is an object, not a text"),
        ("action", float("inf"), "action is float, not a text"),
        ("action", "x" * 100_001, "action is longer than 100000 characters"),
        ("status", "", "status is empty"),
        ("mainType", "call", "mainType is 'call', not one of task, event"),
        ("mainType", ["task"], "mainType is \\[task\\], not one of"),
        ("repeat", "hourly", "not one of daily"),
        ("noSpecificTime", "yes", "noSpecificTime is 'yes', not true or false"),
        ("noSpecificTime", 1, "not true or false"),
        ("repeatDays", 0, "repeatDays is 0, not a whole number of at least 1"),
        ("repeatDays", 1.5, "not a whole number"),
        ("repeatDays", True, "not a whole number"),
        ("activityTags", ["x"] * 1001, "more than 1000 elements"),
        ("activityTags", [["x"]], "activityTags is a list of lists"),
        ("checklist", [{"name": "x"}], "checklist is absent, not a text"),
        ("endusers", ["ann"], "endusers is 'ann', not a Planhat id"),
        ("custom.X", {"a": 1}, "custom.X is an object, not a text"),
        ("custom.X", [{"a": 1}], "custom.X is an object, not a text"),
        ("custom.X", float("nan"), "not a text"),
        ("custom.", "x", "not a property that can be written"),
        ("title", "x", "title is not a property that can be written"),
        ("snippet", "x", "snippet is not a property that can be written"),
    ],
)
def test_a_property_refuses(name: str, given: Any, problem: str) -> None:
    with pytest.raises(ValueMissing, match=problem):
        coerce(name, given, STOCKHOLM)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("title", "action"),
        ("Name", "action"),
        ("subject", "action"),
        ("dueDate", "startTime (or endTime)"),
        ("owner", "ownerId"),
        ("assignee", "ownerId"),
        ("starttime", "startTime"),
        ("mainTyp", "mainType"),
        ("endUsers", "endusers"),
        ("descripton", "description"),
        ("xyzzy", None),
    ],
)
def test_a_wrong_name_gets_a_suggestion(name: str, meant: str | None) -> None:
    assert suggest(name) == meant


def test_suggestions_are_properties_that_can_be_written() -> None:
    for name in ("title", "body", "start", "end", "owner", "company", "tags", "steps", "kind", "doneAt"):
        meant = suggest(name)
        assert meant is not None
        assert PROPERTIES[meant].writable


def test_a_custom_field_is_found_by_its_display_name() -> None:
    custom = find("custom.Deal value")
    assert custom is not None
    assert custom.writable
    assert find("custom") is None
