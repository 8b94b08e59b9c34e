"""Series repeat in Planhat only where Planhat says exactly the same."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.sources import build
from planhook.sources.ical.recurrence import repeat_of
from tests.sources.delivery import deliver

SOURCE = build("invites", {"kind": "icalendar", "verify": {"scheme": "bearer", "token": "t"}})
WEDNESDAY = date(2026, 6, 10)


def meeting(*lines: str, start: str = "DTSTART;TZID=Europe/Stockholm:20260610T003000") -> dict[str, Any]:
    vevent = ["BEGIN:VEVENT", "UID:u1", "DTSTAMP:20260601T080000Z", start, *lines, "END:VEVENT"]
    body = "\r\n".join(["BEGIN:VCALENDAR", "METHOD:REQUEST", *vevent, "END:VCALENDAR"])
    (event,) = SOURCE.parse(deliver(body.encode()))
    return dict(event.meeting or {})


@pytest.mark.parametrize(
    ("rule", "repeat", "days"),
    [
        ("FREQ=DAILY", "daily", None),
        ("FREQ=DAILY;INTERVAL=3", "custom", 3),
        ("FREQ=WEEKLY", "weekly", None),
        ("FREQ=WEEKLY;WKST=SU;BYDAY=WE", "weekly", None),
        ("freq=weekly;interval=2;byday=we", "custom", 14),
        ("FREQ=MONTHLY", "monthly", None),
        ("FREQ=MONTHLY;BYMONTHDAY=10", "monthly", None),
        ("FREQ=MONTHLY;INTERVAL=3", "quarterly", None),
        ("FREQ=MONTHLY;INTERVAL=12", "yearly", None),
        ("FREQ=YEARLY", "yearly", None),
        ("FREQ=YEARLY;BYMONTH=6", "yearly", None),
        ("FREQ=YEARLY;BYMONTH=06;BYMONTHDAY=10", "yearly", None),
    ],
)
def test_an_exact_counterpart_is_named(rule: str, repeat: str, days: int | None) -> None:
    found = repeat_of(rule, WEDNESDAY)
    assert found is not None
    assert (found.repeat, found.days) == (repeat, days)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYDAY=MO,WE",
        "FREQ=WEEKLY;BYDAY=TH",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=MONTHLY;BYDAY=2WE",
        "FREQ=MONTHLY;BYDAY=-1WE",
        "FREQ=MONTHLY;BYMONTHDAY=11",
        "FREQ=MONTHLY;INTERVAL=2",
        "FREQ=MONTHLY;BYSETPOS=1;BYDAY=WE",
        "FREQ=YEARLY;INTERVAL=2",
        "FREQ=YEARLY;BYMONTHDAY=10",
        "FREQ=YEARLY;BYMONTH=7",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=x",
        "FREQ=DAILY;COUNT=5",
        "FREQ=WEEKLY;UNTIL=20270101T000000Z",
        "",
        "nonsense",
    ],
)
def test_what_planhat_cannot_say_is_left_out(rule: str) -> None:
    assert repeat_of(rule, WEDNESDAY) is None


@pytest.mark.parametrize(("rule", "first"), [("FREQ=MONTHLY", date(2026, 1, 29)), ("FREQ=YEARLY", date(2028, 2, 29))])
def test_days_that_some_months_lack_do_not_repeat(rule: str, first: date) -> None:
    assert repeat_of(rule, first) is None


def test_the_weekday_is_that_of_the_clock_on_the_wall() -> None:
    shown = meeting("RRULE:FREQ=WEEKLY;BYDAY=WE")
    assert shown["start"] == "2026-06-09T22:30:00.000Z"
    assert (shown["repeat"], shown["recurrence"]) == ("weekly", "FREQ=WEEKLY;BYDAY=WE")
    assert "repeat_days" not in shown


def test_days_between_are_told_where_the_repetition_is_a_custom_one() -> None:
    shown = meeting("RRULE:FREQ=WEEKLY;INTERVAL=2", start="DTSTART;VALUE=DATE:20260610")
    assert (shown["repeat"], shown["repeat_days"]) == ("custom", 14)


@pytest.mark.parametrize("hole", ["EXDATE:20260617T080000Z", "RDATE:20260618T080000Z", "RRULE:FREQ=DAILY"])
def test_a_series_with_holes_or_additions_does_not_repeat(hole: str) -> None:
    assert "repeat" not in meeting("RRULE:FREQ=WEEKLY", hole)


@given(st.text(max_size=40) | st.from_regex(r"FREQ=(DAILY|WEEKLY|YEARLY)(;[A-Z]{1,10}=[0-9A-Z,+-]{0,9}){0,3}"))
def test_any_rule_is_read_without_a_fault(rule: str) -> None:
    found = repeat_of(rule, WEDNESDAY)
    assert found is None or (found.repeat == "custom") == (found.days is not None)


def test_a_zone_that_nobody_knows_is_said_beside_the_times() -> None:
    shown = meeting(start="DTSTART;TZID=Customized Time Zone:20260610T100000")
    assert shown["timezone_problem"] == "Customized Time Zone is no known time zone, read as UTC"
    assert shown["start"] == "2026-06-10T10:00:00.000Z"
    assert "timezone_problem" not in meeting()


def test_an_instance_that_stands_for_all_later_ones_says_so() -> None:
    shown = meeting("RECURRENCE-ID;RANGE=THISANDFUTURE:20260610T080000Z")
    assert (shown["id"], shown["range"]) == ("u1_20260610T080000Z", "this_and_future")
    assert "range" not in meeting("RECURRENCE-ID:20260610T080000Z")
