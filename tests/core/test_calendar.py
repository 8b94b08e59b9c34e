"""Times and days: what counts as a time, clock changes, days off."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from planhook.core.calendar import Calendar
from planhook.core.event import iso
from tests.core.samples import STOCKHOLM


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-10-02T15:00:00Z", "2026-10-02T15:00:00.000Z"),
        ("2026-10-02T15:00:00.123456+02:00", "2026-10-02T13:00:00.123Z"),
        ("2026-10-02T15:00:00", "2026-10-02T13:00:00.000Z"),
        ("2026-10-02", "2026-10-01T22:00:00.000Z"),
        (" 20261002 ", "2026-10-01T22:00:00.000Z"),
        ("2026-12-02", "2026-12-01T23:00:00.000Z"),
        (date(2026, 12, 2), "2026-12-01T23:00:00.000Z"),
        (datetime(2026, 12, 2, tzinfo=UTC), "2026-12-02T00:00:00.000Z"),
        (1790953200000, "2026-10-02T15:00:00.000Z"),
        (1790953200123.0, "2026-10-02T15:00:00.123Z"),
        (1790953200, "2026-10-02T15:00:00.000Z"),
        ("1790953200000", "2026-10-02T15:00:00.000Z"),
        ("1790953200", "2026-10-02T15:00:00.000Z"),
    ],
)
def test_a_value_names_a_time(value: Any, expected: str) -> None:
    moment = STOCKHOLM.moment(value)
    assert moment is not None
    assert iso(moment) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        5,
        True,
        1e300,
        float("nan"),
        None,
        [],
        {},
        "1" * 500,
        "123456789012345",
        "2026-02-30",
        "\ud800",
    ],
)
def test_a_value_names_no_time(value: Any) -> None:
    assert STOCKHOLM.moment(value) is None


def shifted(text: str, days: int) -> str:
    moment = STOCKHOLM.moment(text)
    assert moment is not None
    return iso(STOCKHOLM.add_days(moment, days))


def test_a_day_later_has_the_same_wall_clock_time_over_a_clock_change() -> None:
    assert shifted("2026-03-28T09:00:00", 1) == "2026-03-29T07:00:00.000Z"
    assert shifted("2026-10-24T09:00:00", 1) == "2026-10-25T08:00:00.000Z"
    assert shifted("2026-10-26T09:00:00", -2) == "2026-10-24T07:00:00.000Z"


def test_a_wall_clock_time_that_the_spring_skips_moves_forward() -> None:
    assert shifted("2026-03-28T02:30:00", 1) == "2026-03-29T01:30:00.000Z"


def test_zero_days_keep_the_instant_in_the_doubled_hour_of_autumn() -> None:
    assert shifted("2026-10-25T00:30:00Z", 0) == "2026-10-25T00:30:00.000Z"
    assert shifted("2026-10-25T01:30:00Z", 0) == "2026-10-25T01:30:00.000Z"


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-10-02T17:00", 3, "2026-10-07T17:00"),  # from a Friday
        ("2026-10-02T17:00", 0, "2026-10-02T17:00"),
        ("2026-10-03T17:00", 0, "2026-10-05T17:00"),  # from a Saturday
        ("2026-10-03T17:00", 1, "2026-10-05T17:00"),
        ("2026-10-05T17:00", -1, "2026-10-02T17:00"),
        ("2026-10-04T17:00", -1, "2026-10-02T17:00"),
        ("2026-12-24T17:00", 1, "2026-12-28T17:00"),  # over a holiday and a weekend
        ("2026-12-25T17:00", 0, "2026-12-28T17:00"),
        ("2026-10-23T09:00", 1, "2026-10-26T09:00"),  # over the end of summer time
        ("2026-10-02T23:30", 1, "2026-10-05T23:30"),
    ],
)
def test_business_days_skip_weekends_and_holidays(start: str, days: int, expected: str) -> None:
    calendar = replace(STOCKHOLM, holidays=frozenset({date(2026, 12, 25)}))
    first, last = calendar.moment(start), calendar.moment(expected)
    assert first is not None
    assert last is not None
    assert calendar.add_business_days(first, days) == last


def test_the_weekend_is_what_the_calendar_says() -> None:
    calendar = Calendar(weekend=frozenset({4, 5}))
    thursday = datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert calendar.add_business_days(thursday, 1) == datetime(2026, 10, 4, 9, tzinfo=UTC)


def test_a_calendar_without_business_days_ends_instead_of_searching() -> None:
    calendar = Calendar(weekend=frozenset(range(7)))
    with pytest.raises(OverflowError):
        calendar.add_business_days(datetime(2026, 10, 1, tzinfo=UTC), 1)


def test_a_time_of_day_is_set_on_the_local_day() -> None:
    late = datetime(2026, 10, 2, 22, 30, tzinfo=UTC)
    assert iso(STOCKHOLM.at(late, time(9))) == "2026-10-03T07:00:00.000Z"
