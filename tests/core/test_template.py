"""Templates: types that stay, values as text, escaping, and what counts as no value."""

from typing import Any

import pytest

from planhook.core.errors import ValueMissing
from planhook.core.template import Context, Placeholder, Template, fill
from tests.core.samples import STOCKHOLM, text, use, value

DATA: dict[str, Any] = {
    "deal": {
        "id": "D1",
        "name": "Åcme <b> & 'Co'",
        "amount": 9000.0,
        "share": 0.1,
        "tiny": 1e-7,
        "large": 1e22,
        "hot": True,
        "tags": ["a", 2.0, False],
        "people": [{"id": 1}],
        "nothing": [],
        "note": "",
        "null": None,
        "nan": float("nan"),
        "long": "x" * 100_001,
        "braces": "{{ deal.id }}",
    }
}
CONTEXT = Context({}, STOCKHOLM)


def filled(*parts: str | Placeholder, escape: bool = False) -> Any:
    return fill(text(*parts), DATA, CONTEXT, escape=escape)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("deal.amount", 9000.0),
        ("deal.hot", True),
        ("deal.tags", ["a", 2.0, False]),
        ("deal.nothing", []),
        ("deal.people", [{"id": 1}]),
        ("deal.people.0.id", 1),
    ],
)
def test_a_single_placeholder_keeps_the_type(path: str, expected: Any) -> None:
    result = filled(value(path))
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("deal.amount", "9000"),
        ("deal.share", "0.1"),
        ("deal.tiny", "0.0000001"),
        ("deal.large", "10000000000000000000000"),
        ("deal.hot", "true"),
        ("deal.tags", "a, 2, false"),
        ("deal.braces", "{{ deal.id }}"),
    ],
)
def test_values_in_text_are_written_for_people(path: str, expected: str) -> None:
    assert filled("<", value(path), ">") == f"<{expected}>"


@pytest.mark.parametrize(
    "path", ["deal.x", "meeting.id", "deal.note", "deal.null", "deal.id.x", "deal.tags.7", "deal.nothing.0"]
)
def test_a_placeholder_without_a_value_is_a_problem(path: str) -> None:
    with pytest.raises(ValueMissing, match=f"{path} has no value"):
        filled("Onboard ", value(path))
    with pytest.raises(ValueMissing, match=f"{path} has no value"):
        filled(value(path))


def test_an_empty_list_is_a_value_by_itself_but_not_in_text() -> None:
    assert filled(value("deal.nothing")) == []
    with pytest.raises(ValueMissing, match=r"deal\.nothing has no value"):
        filled("Onboard ", value("deal.nothing"))


def test_an_empty_default_is_a_value() -> None:
    assert filled("<", value("deal.x", use("default", "")), ">") == "<>"
    assert filled(value("deal.x", use("default", ""), use("upper"))) == ""


@pytest.mark.parametrize("path", ["deal", "deal.people", "deal.nan"])
def test_objects_cannot_be_written_as_text(path: str) -> None:
    with pytest.raises(ValueMissing, match="cannot be written as text"):
        filled("Onboard ", value(path))


def test_only_inserted_values_are_escaped() -> None:
    expected = "<p>Åcme &lt;b&gt; &amp; &#x27;Co&#x27; & 9000</p>"
    assert filled("<p>", value("deal.name"), " & ", value("deal.amount"), "</p>", escape=True) == expected
    assert filled(value("deal.name"), escape=True) == "Åcme &lt;b&gt; &amp; &#x27;Co&#x27;"
    assert filled("<p>&nbsp;</p>", escape=True) == "<p>&nbsp;</p>"


@pytest.mark.parametrize("escape", [True, False])
def test_text_has_a_greatest_length(escape: bool) -> None:
    for parts in ([value("deal.long")], ["x", value("deal.long")], ["x" * 99_999, value("deal.id")]):
        with pytest.raises(ValueMissing, match="longer than 100000 characters"):
            filled(*parts, escape=escape)
    assert filled(value("deal.long", use("truncate", 3))) == "xx…"


def test_lists_and_maps_are_filled_within_and_literals_stay() -> None:
    template = {"steps": [text("Call ", value("deal.id")), {"title": "x"}], "n": 1, "none": None, "t": True}
    assert fill(template, DATA, CONTEXT) == {
        "steps": ["Call D1", {"title": "x"}],
        "n": 1,
        "none": None,
        "t": True,
    }


def test_an_empty_template_is_empty_text() -> None:
    assert fill(Template("", ()), DATA, CONTEXT) == ""
