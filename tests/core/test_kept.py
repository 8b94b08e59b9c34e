"""What counts as kept by Planhat: other forms do, other values do not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.kept import CHANGED, DROPPED, fault
from planhook.core.properties import PROPERTIES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*PROPERTIES, "custom.Deal value"])


@pytest.mark.parametrize(
    ("name", "wrote", "has"),
    [
        ("action", " Call  Acme", "Call Acme"),
        ("description", "Fish & chips", "<p>Fish &amp; chips</p>"),
        ("description", "<p>a</p>\n<h1>b</h1>", "<p>a</p><p><strong>b</strong></p>"),
        ("description", "<p></p>", None),
        ("startTime", "2026-10-07T07:00:00.000Z", "2026-10-07T09:00:00+02:00"),
        ("startTime", "2026-10-07T07:00:00.000Z", "2026-10-07T00:00:00.000Z"),
        ("dateDone", None, None),
        ("dateDone", "2026-10-07T07:00:00.000Z", "2026-10-09T07:30:00.000Z"),
        ("status", "Done", "done"),
        ("ownerId", "58e231b14246fc73139f29e8", "58E231B14246FC73139F29E8"),
        ("companyId", "srcid-acme", "61006bc89a3e0b702ed8ea49"),
        ("repeatDays", 3, 3.0),
        ("activityTags", ["b", "a"], ["a", "b"]),
        ("activityTags", [], None),
        ("checklist", [{"title": "One"}], [{"title": "One", "done": False}]),
        ("endusers", [{"_id": "58e231b14246fc73139f29e8"}], [{"id": "58e231b14246fc73139f29e8", "name": "Ann"}]),
        ("custom.Value", "9000", 9000),
        ("custom.Value", 1.5, "1.50"),
        ("custom.Signed", True, True),
        ("custom.Day", "2026-10-07T07:00:00.000Z", "2026-10-07"),
        ("custom.Team", ["a", "b"], ["b", "a"]),
        ("custom.Lead", "58e231b14246fc73139f29e8", {"_id": "58e231b14246fc73139f29e8", "name": "Ann"}),
        ("custom.Phone", "070-123 45 67", "+46701234567"),
        ("custom.Note", "", None),
    ],
)
def test_another_form_of_the_same_is_kept(name: str, wrote: Any, has: Any) -> None:
    assert fault(name, wrote, None, has) is None


@pytest.mark.parametrize(
    ("name", "wrote", "before", "has", "told"),
    [
        ("custom.Value", 9000, None, None, DROPPED),
        ("custom.Value", 9000, 8000, "8000", DROPPED),
        ("custom.Tier", "Gold", "Silver", "Silver", DROPPED),
        ("activityTags", ["vip"], None, [], DROPPED),
        ("description", "new", "old", "<p>old</p>", DROPPED),
        ("dateDone", None, "2026-10-07T07:00:00.000Z", "2026-10-07T07:00:00.000Z", DROPPED),
        ("noSpecificTime", True, False, False, DROPPED),
        ("noSpecificTime", True, None, False, CHANGED),
        ("status", "Negotiating", None, "In-progress", CHANGED),
        ("startTime", "2026-10-07T07:00:00.000Z", None, "2026-10-08T07:00:00.000Z", CHANGED),
        ("checklist", [{"title": "One"}, {"title": "Two"}], None, [{"title": "One"}], CHANGED),
        ("ownerId", "58e231b14246fc73139f29e8", None, "61f91285d40d7d112020c7b6", CHANGED),
    ],
)
def test_what_planhat_does_not_have_is_told(name: str, wrote: Any, before: Any, has: Any, told: str) -> None:
    assert fault(name, wrote, before, has) == told


@given(NAMES, JSON, JSON, JSON)
def test_no_value_whatever_is_too_strange_to_compare(name: str, wrote: Any, before: Any, has: Any) -> None:
    assert fault(name, wrote, before, has) in (None, DROPPED, CHANGED)


@given(NAMES, st.text() | st.integers() | st.lists(st.text(), max_size=4))
def test_what_is_there_as_it_was_written_is_kept(name: str, wrote: Any) -> None:
    assert fault(name, wrote, None, wrote) is None
