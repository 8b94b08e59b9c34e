"""A sender's VTIMEZONE is evaluated by ourselves, within bounds, and forgotten."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.sources.ical.component import Component, read_calendars
from planhook.sources.ical.vtimezone import read_vtimezone
from planhook.sources.ical.zone import Zones

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NEW_YORK = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def local(*fields: int) -> datetime:
    """What a clock on a wall shows."""
    return datetime(*fields)  # type: ignore[arg-type]  # noqa: DTZ001


def component(text: str) -> Component:
    (calendar,) = read_calendars(f"BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR".encode())
    return calendar.children[0]


def test_the_sender_s_zone_counts_where_its_name_means_nothing() -> None:
    zones = Zones([component(NEW_YORK)], STOCKHOLM)
    zone = zones.find("Customized Time Zone")
    assert zone.to_utc(local(2026, 7, 1, 12)) == datetime(2026, 7, 1, 16, tzinfo=UTC)
    assert zone.to_utc(local(2026, 1, 1, 12)) == datetime(2026, 1, 1, 17, tzinfo=UTC)


def test_in_a_gap_the_offset_before_it_counts_and_in_an_overlap_the_first_time() -> None:
    zone = read_vtimezone(component(NEW_YORK), "x")
    assert zone is not None
    assert zone.to_utc(local(2027, 3, 14, 2, 30)) == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    assert zone.to_utc(local(2026, 11, 1, 1, 30)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@given(st.datetimes(local(2008, 1, 1), local(2100, 1, 1)))
def test_its_rules_agree_with_the_zone_data(clock: datetime) -> None:
    zone = read_vtimezone(component(NEW_YORK), "x")
    assert zone is not None
    clock = clock.replace(fold=0)  # iCalendar cannot say that it means the second of two equal times
    assert zone.to_utc(clock) == clock.replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)


def test_one_sender_s_zone_is_unknown_to_the_next() -> None:
    Zones([component(NEW_YORK)], STOCKHOLM).find("Customized Time Zone")
    shifted = NEW_YORK.replace("-0400", "+0900").replace("-0500", "+0900")
    later = Zones([component(shifted)], STOCKHOLM).find("Customized Time Zone")
    assert later.to_utc(local(2026, 7, 1, 12)) == datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert Zones([], STOCKHOLM).find("Customized Time Zone").name == "Europe/Stockholm"


def test_a_known_name_beats_what_the_sender_says_of_it() -> None:
    poisoned = NEW_YORK.replace("Customized Time Zone", "Eastern Standard Time").replace("-0400", "+0900")
    assert Zones([component(poisoned)], STOCKHOLM).find("Eastern Standard Time").name == "America/New_York"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FREQ=YEARLY", "FREQ=SECONDLY"),
        ("FREQ=YEARLY", "FREQ=HOURLY"),
        ("INTERVAL=1", "INTERVAL=2"),
        ("BYMONTH=11", "BYMONTH=13"),
        ("BYDAY=1SU", "BYDAY=SU"),
        ("RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11", "RRULE:;;="),
        ("TZOFFSETTO:-0500", "TZOFFSETTO:-9900"),
        ("TZOFFSETTO:-0500", "TZOFFSETTO:soon"),
        ("DTSTART:16010101T020000", "DTSTART:00010101T020000"),
        ("DTSTART:16010101T020000", "DTSTART:16010101"),
        ("RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11", "RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY"),
        ("BEGIN:DAYLIGHT", "BEGIN:OTHER"),
        ("END:DAYLIGHT", "END:DAYLIGHT\n" + "BEGIN:STANDARD\nEND:STANDARD\n" * 20),
    ],
)
def test_a_zone_that_no_real_zone_is_like_is_unknown(old: str, new: str) -> None:
    changed = NEW_YORK.replace(old, new)
    if old == "BEGIN:DAYLIGHT":
        changed = changed.replace("END:DAYLIGHT", "END:OTHER").replace("STANDARD", "OTHER")
    begun = time.perf_counter()
    zone = Zones([component(changed)], STOCKHOLM).find("Customized Time Zone")
    assert zone.name == "Europe/Stockholm"
    assert time.perf_counter() - begun < 0.1


def test_a_rule_that_ended_leaves_its_last_offset() -> None:
    ended = NEW_YORK.replace("BYMONTH=11", "BYMONTH=11;UNTIL=20101107T060000Z").replace(
        "BYMONTH=3", "BYMONTH=3;UNTIL=20100314T070000Z"
    )
    zone = read_vtimezone(component(ended), "x")
    assert zone is not None
    july = local(2026, 7, 1, 12)
    assert zone.to_utc(july) == (july + timedelta(hours=5)).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/localtime", "localtime", "Europe", "right/UTC", "a" * 5000, ""]
)
def test_a_name_never_reaches_a_file_outside_the_zone_data(name: str) -> None:
    assert Zones([], STOCKHOLM).find(name).name == "Europe/Stockholm"


def test_a_zone_may_list_its_changes_one_by_one() -> None:
    listed = """BEGIN:VTIMEZONE
TZID:x
BEGIN:STANDARD
DTSTART:20200101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0530
RDATE:20250101T000000,20260101T000000
END:STANDARD
END:VTIMEZONE"""
    zone = read_vtimezone(component(listed), "x")
    assert zone is not None
    assert zone.to_utc(local(2026, 7, 1, 12)) == datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    assert zone.to_utc(local(2019, 7, 1, 12)) == datetime(2019, 7, 1, 12, tzinfo=UTC)
    many = listed.replace("RDATE:", "RDATE:" + "20240101T000000," * 200)
    assert read_vtimezone(component(many), "x") is None


def test_a_month_without_a_fifth_sunday_changes_nothing() -> None:
    fifth = NEW_YORK.replace("BYDAY=1SU;BYMONTH=11", "BYDAY=5SU;BYMONTH=2")
    zone = read_vtimezone(component(fifth), "x")
    assert zone is not None
    assert zone.to_utc(local(2026, 7, 1, 12)) == datetime(2026, 7, 1, 16, tzinfo=UTC)
