"""JSON that two readers could understand differently, or that costs too much, is refused."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.errors import BodyInvalid
from planhook.sources.strict_json import decode
from tests.effort import computing_less_than

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(_JSON)
def test_ordinary_json_comes_out_as_it_went_in(value: object) -> None:
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary())
def test_any_bytes_give_a_value_or_body_invalid(body: bytes) -> None:
    try:
        value = decode(body)
    except BodyInvalid:
        return
    assert value == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[1,]",
        b"{'a': 1}",
        b"NaN",
        b"[-Infinity]",
        b"1e999",
        b"[-1E400]",
        b"9" * 5000,
        b'{"id": 1, "id": 2}',
        b'[{"a": {"b": 1, "b": 1}}]',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32-le"),
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'{"\\uDFFF": 1}',
        b'["\\ude00\\ud83d"]',
        b'"a\\u0000"',
        b'{"\\u0000": 1}',
        b'"a\nb"',
        b"[" * 100_000,
        b"[" * 20_000 + b"]" * 20_000,
        b"[" * 33 + b"]" * 33,
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_strict_json_is_refused_quickly(body: bytes) -> None:
    with computing_less_than(0.5), pytest.raises(BodyInvalid):
        decode(body)


def test_thirty_two_levels_are_allowed_and_many_shallow_ones_too() -> None:
    decode(b"[" * 32 + b"]" * 32)
    decode(b'{"a":' * 32 + b"1" + b"}" * 32)
    assert len(decode(b"[" + b",".join([b"[[]]"] * 1000) + b"]")) == 1000


def test_fifty_thousand_objects_and_lists_are_allowed_and_brackets_in_texts_are_none() -> None:
    decode(b"[" + b",".join([b"{}"] * 49_999) + b"]")
    decode(b'["' + b"[{" * 100_000 + b'"]')
    for one in (b"{}", b"[]"):
        with pytest.raises(BodyInvalid) as caught:
            decode(b"[" + b",".join([one] * 50_000) + b"]")
        assert caught.value.status == 413


def test_a_megabyte_of_empty_lists_is_refused_before_it_is_read() -> None:
    body = b"[" + b",".join([b"[]"] * 340_000) + b"]"
    tracemalloc.start()
    with pytest.raises(BodyInvalid):
        decode(body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(body)  # the lists alone would take twenty times as much


def test_escapes_that_only_look_dangerous_are_kept() -> None:
    assert decode(b'"\\\\u0000 \\\\ud800 \\ud83d\\ude00"') == "\\u0000 \\ud800 \U0001f600"


def test_the_message_repeats_nothing_of_the_body() -> None:
    with pytest.raises(BodyInvalid) as caught:
        decode(b'{"canary": canary}')
    assert "canary" not in str(caught.value)
