"""YAML becomes data as written; what is meant to hurt costs nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.rulebook.document import MAX_FILE_BYTES, read_document
from planhook.rulebook.located import place_of
from tests.effort import computing_less_than


def read(text: str) -> Any:
    data, findings = read_document("a.yaml", text.encode())
    assert findings == []
    return data


@pytest.mark.parametrize(
    "written",
    [
        "on",
        "off",
        "yes",
        "no",
        "y",
        "12:30",
        "2026-12-25",
        "2026-10-02T15:00:00Z",
        "007",
        "1e3",
        "0x1f",
        "1_000",
        ".5",
        ".inf",
    ],
)
def test_what_only_looks_like_something_else_stays_text(written: str) -> None:
    assert read(f"a: {written}") == {"a": written}


@pytest.mark.parametrize(
    ("written", "value"),
    [("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("5", 5), ("-1.5", -1.5), ("'5'", "5")],
)
def test_numbers_booleans_and_null_are_what_they_are(written: str, value: object) -> None:
    found = read(f"a: {written}")["a"]

    assert found == value
    assert type(found) is type(value)


def test_keys_are_text() -> None:
    assert read("on: 1\nno: 2\n7: 3\ntrue: 4") == {"on": 1, "no": 2, "7": 3, "true": 4}


def test_every_key_and_item_knows_its_line_and_column() -> None:
    data = read("a:\n  - x\n  - b: 1\n    c: {d: 2}\n")

    paths = [("a",), ("a", 0), ("a", 1, "c"), ("a", 1, "c", "d"), ("a", 1, "no")]

    places = [place_of(data, path) for path in paths]

    assert [(place.line, place.column) for place in places] == [(1, 1), (2, 5), (4, 5), (4, 9), (3, 5)]


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    data, findings = read_document("a.yaml", b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")

    assert (data, findings) == ({"a": 1, "b": 2}, [])


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: b: c", "a.yaml:1:5"),
        ("a: {{ x }}", "a.yaml:1:5"),
        ("a: [1, 2\nb: 3", "a.yaml:1:4"),
        ("a: 'x", "a.yaml:1:4"),
        ("a: 1\nb: 2\na: 3", "a.yaml:3:1"),
        ("a: [1, 2", "a.yaml:1:4"),
        ("a: @x", "a.yaml:1:4"),
        ("a: [\n", "a.yaml:1:4"),
        ("a: [1,\n\n# b\n", "a.yaml:1:4"),
        ("a: [{b: 1},\n  {c:\n", "a.yaml:2:3"),
    ],
)
def test_what_cannot_be_read_is_reported_with_line_and_column(text: str, where: str) -> None:
    _, (finding,) = read_document("a.yaml", text.encode())

    assert finding.where == where


def test_what_cannot_be_read_is_an_error_although_there_is_a_doubt_about_its_line() -> None:
    data, findings = read_document("a.yaml", b"a:\n  b: text\n    - given: x\n  c: 1\n")

    assert data is None
    assert [(finding.line, finding.severity) for finding in findings] == [(3, "error")]
    assert "this hyphen is part of the text above" in findings[0].message


@pytest.mark.parametrize("text", ["null", "~", "--- null\n# only this\n"])
def test_a_file_that_says_null_is_an_error(text: str) -> None:
    data, (finding,) = read_document("a.yaml", text.encode())

    assert (data, finding.severity) == (None, "error")


@pytest.mark.parametrize("text", ["", "\n\n", "# rules:\n", "---\n# rules:\n"])
def test_a_file_that_says_nothing_is_fine(text: str) -> None:
    assert read(text) is None


def test_another_encoding_is_reported_with_its_line() -> None:
    _, (finding,) = read_document("a.yaml", "a: 1\nb: grün".encode("latin-1"))

    assert str(finding) == "a.yaml:2: this is not UTF-8 text; save the file with the encoding UTF-8"


BOMBS = {
    "billion laughs": lambda: "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 20)),
    "merges": lambda: (
        "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{f'*a{n - 1},' * 9}]}}\n" for n in range(1, 12))
    ),
    "open brackets": lambda: "[" * 2000,
    "open maps": lambda: "{a: " * 2000,
    "open blocks": lambda: "".join(f"{' ' * n}a:\n" for n in range(1000)),
    "hyphens": lambda: "- " * 5000,
    "a huge file": lambda: "#" * (5 * MAX_FILE_BYTES),
    "a long number": lambda: f"a: {'9' * 100_000}",
}


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in BOMBS.items()])
def test_a_bomb_is_refused_at_once(make: Callable[[], str]) -> None:
    content = make().encode()

    with computing_less_than(1):
        _, findings = read_document("a.yaml", content)
    assert findings


@given(st.binary(max_size=200) | st.text(alphabet="a:-{}[]&*!<'\"\\ \n\t#|>?,%@~0.", max_size=80).map(str.encode))
def test_any_bytes_give_data_or_findings_and_never_an_exception(content: bytes) -> None:
    data, findings = read_document("a.yaml", content)

    assert all(finding.file == "a.yaml" and finding.message for finding in findings)
    is_read = isinstance(data, dict | list | str | int | float | bool)
    says_nothing = not re.sub(rb"#[^\n]*", b"", content.removeprefix(b"\xef\xbb\xbf")).strip(b" \t\r\n-.")
    assert is_read or says_nothing or any(finding.severity == "error" for finding in findings)
