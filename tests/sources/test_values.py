"""Values of senders in the form that events have them."""

from collections.abc import Callable

import pytest

from planhook.core.event import from_iso, iso
from planhook.sources import values
from planhook.sources.deal import read_deal
from planhook.sources.meeting import read_meeting


@pytest.mark.parametrize(
    ("read", "given", "shown"),
    [
        (values.text, "a", "a"),
        (values.text, 5, "5"),
        (values.text, 5.0, "5"),
        (values.text, 5.25, "5.25"),
        (values.text, True, "true"),
        (values.identifier, " D1 ", "D1"),
        (values.number, "48000.00", 48000),
        (values.number, "-1.5e3", -1500),
        (values.number, " 12.5 ", 12.5),
        (values.number, 7, 7),
        (values.number, -0.0, 0),
        (values.number, "-0.0", 0),
        (values.one_line, " a\tb\r\n\x00 c\u2028d ", "a b c d"),
        (values.whole, "12", 12),
        (values.whole, 3.0, 3),
        (values.texts, [1, None, "b"], ["1", "b"]),
        (values.texts, "a", ["a"]),
        (values.flag, "TRUE", True),
        (values.flag, False, False),
        (values.mapping, {"a": 1}, {"a": 1}),
    ],
)
def test_a_value_is_brought_into_its_form(read: Callable[[object], object], given: object, shown: object) -> None:
    found = read(given)
    assert (found, type(found)) == (shown, type(shown))


@pytest.mark.parametrize(
    ("told", "sequence"),
    [
        ("0007", 7),
        (12, 12),
        (-3, -3),
        (1.75, 1),
        ("-1.5", -2),
        (2**60, 2**53 - 1),
        (-(10**300), 1 - 2**53),
        (-(10**400), 4),
        ("v7", 4),
        ("1e999", 4),
        ("", 4),
        (None, 4),
        (True, 4),
        ([7], 4),
    ],
)
def test_a_sequence_is_a_bounded_whole_number_or_else_the_position(told: object, sequence: int) -> None:
    found = values.sequence(told, position=4)
    assert (found, type(found)) == (sequence, int)


@pytest.mark.parametrize(
    ("read", "given", "words"),
    [
        (values.text, [], "is a list, not a text"),
        (values.text, None, "is missing, not a text"),
        (values.identifier, True, "is a boolean, not an id"),
        (values.number, True, "is a boolean, not a number"),
        (values.number, {}, "is an object, not a number"),
        (values.number, "1_000", 'is not a number: "1_000"'),
        (values.number, "٣", 'is not a number: "٣"'),
        (values.number, "1e999", "is too large a number"),
        (values.whole, -1, "is not a whole number from 0 to .*: -1"),
        (values.whole, 1.5, "is not a whole number"),
        (values.moment, None, "is missing, not a time"),
        (values.moment, "03/04/2026", 'is not a time in ISO 8601, such as 2026-03-02T09:00:00Z: "03/04/2026"'),
        (values.moment, "x" * 80, f'is not a time in .*: "{"x" * 59}…'),
        (values.moment, 1e300, "is a time out of range"),
        (values.moment, "1969-12-31", "is a time before 1970"),
        (values.mapping, 5, "is a number, not an object"),
        (values.flag, "yes", 'is neither true nor false: "yes"'),
    ],
)
def test_what_has_no_such_form_is_said(read: Callable[[object], object], given: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(given)


def test_an_error_names_the_field() -> None:
    with pytest.raises(ValueError, match=r"deal\.amount is a list"):
        read_deal({"amount": []})
    with pytest.raises(ValueError, match=r"meeting\.start is not a time"):
        read_meeting({"start": "soon"}, frozenset())


def test_null_and_empty_text_are_absent() -> None:
    assert read_deal({"id": "1", "name": "", "stage": None}) == {"id": "1"}


def test_a_meeting_never_ends_before_it_starts_and_keeps_given_domains() -> None:
    given = {
        "start": 1790928000,
        "end": 1790927000,
        "status": " Tentative ",
        "domains": "Acme.example",
        "attendees": [],
    }
    assert read_meeting(given, frozenset()) == {
        "start": "2026-10-02T08:00:00.000Z",
        "end": "2026-10-02T08:00:00.000Z",
        "status": "tentative",
        "domains": ["acme.example"],
        "attendees": [],
    }


def test_a_person_without_an_address_keeps_a_name() -> None:
    assert read_meeting({"organizer": {"name": "Ann"}}, frozenset()) == {"organizer": {"name": "Ann"}, "domains": []}


@pytest.mark.parametrize("given", ["2026-05-06T10:00:00.356897Z", 1778061600.356897, "1778061600356"])
def test_a_time_is_kept_as_exactly_as_events_are_stored(given: object) -> None:
    found = values.moment(given)
    assert from_iso(iso(found)) == found
