"""Expressions find what JMESPath finds, also those that take the short way."""

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from planhook.sources.expression import compile_expression
from planhook.sources.expression_slips import meant_constant

_NAMES = ("a", "b", "_c", "null", "true", "and", "length", "headers")
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES, st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4))
def test_a_plain_path_finds_what_jmespath_finds(item: Any, path: list[str]) -> None:
    text = ".".join(path)
    seen = {"headers": {"x": "1"}} if text.startswith("headers.") else item
    assert compile_expression(text).find(item, {"x": "1"}) == jmespath.search(text, seen)


@given(_VALUES, st.sampled_from(["a[0]", "a.b || b", "length(@)", "a[].b", "'text'", '"a".b', "@", "a.*"]))
def test_everything_else_is_left_to_jmespath(item: Any, text: str) -> None:
    try:
        expected = jmespath.search(text, item)
    except jmespath.exceptions.JMESPathError:
        return
    assert compile_expression(text).find(item, {}) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lower(type)", "no function lower"),
        ("items[?now() > at].id", "no function now"),
        ("to_number()", "takes 1 in its brackets"),
        ("to_number(a, b)", "here are 2"),
        ("not_null()", "takes at least 1"),
        ("sort_by(items, &float(x))[0:2]", "no function float"),
    ],
)
def test_a_call_that_never_works_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        compile_expression(text)


@pytest.mark.parametrize(
    "text", ["not_null(a, b, c)", "sort_by(items, &at)[-1:].id", "merge(a, b)", "join(' ', [a, to_string(b)])", "[0:2]"]
)
def test_calls_that_work_are_taken(text: str) -> None:
    assert compile_expression(text).text == text


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("$.items", "write items, without $. before it"),
        ("{{ items }}", "write items, without braces"),
        (".id", "write id, without . before it"),
        ("/deal/id", "write deal.id"),
        ("event-id", """write '"event-id"'"""),
        ("a.deal-id.b", """write 'a."deal-id".b'"""),
        ("a.Deal size", """write 'a."Deal size"'"""),
        ("object.value / `100`", "there is no arithmetic here; name the value as the sender gives it"),
        ("object.value * `2`", "there is no arithmetic here; name the value as the sender gives it"),
        ("to_number(a", "its end is missing"),
        ("deal!", "constants are quoted twice: \"'deal.won'\""),
    ],
)
def test_what_other_tools_write_is_refused_with_what_is_written_here(text: str, advice: str) -> None:
    with pytest.raises(ValidationError) as raised:
        compile_expression(text)

    assert raised.value.messages == [f"is no JMESPath expression: {text} ({advice})"]


@pytest.mark.parametrize("text", ["a" + "[]" * 499, "!" * 400 + "a", "||".join(["a"] * 300)])
def test_an_expression_that_no_event_could_be_read_with_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        compile_expression(text)

    assert meant_constant(text) is None
    assert len(raised.value.messages) == 1


def test_what_stands_in_many_brackets_is_still_read() -> None:
    assert compile_expression("a" + "[]" * 45).find({"a": [[[1]]]}, {}) == [1]
