"""Items of a Google calendar in the words all rules share: as their invitation by mail would be."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.event import Event
from planhook.sources import build
from planhook.sources.google_item import GoogleItems, Memory
from tests.sources.delivery import deliver

SAMPLES = Path(__file__).parent / "samples" / "google-calendar"
NOW = datetime(2026, 6, 4, 12, tzinfo=UTC)
ITEMS = GoogleItems("gcal", frozenset({"ourco.example"}), frozenset())
CALENDAR = "mara.lindqvist@ourco.example"
REVIEW, OFF, DELETED, SERIES = json.loads((SAMPLES / "events-list-incremental.json").read_bytes())["items"]
WORKSHOP = json.loads((SAMPLES / "event-all-day.json").read_bytes())
STRANGE = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=3), max_size=2)


def read(item: dict[str, Any], **more: Any) -> Event:
    return ITEMS.event(CALENDAR, item, NOW, **more)


def meeting(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    event = read(item, **more)
    assert event.problem is None, event.problem
    assert event.meeting is not None
    return dict(event.meeting)


def test_a_changed_meeting() -> None:
    event = read(REVIEW)

    assert event.types == ("meeting.updated", "meeting.scheduled")
    assert event.order == (1, 1780496100590)
    assert meeting(REVIEW) == {
        "id": "6k2p8o1rq5d0t7c3b9v4m6s2hn@google.com",
        "title": "Quarterly review: Northgate Cycles – Q3",
        "description": "Agenda\n1. Adoption, seats and usage\n2. Renewal",
        "start": "2026-06-11T12:00:00.000Z",
        "end": "2026-06-11T13:00:00.000Z",
        "all_day": False,
        "timezone": "Europe/Stockholm",
        "status": "confirmed",
        "location": "Stockholm-3-Aurora (8)",
        "url": "https://meet.google.com/abc-mnop-xyz",
        "organizer": {"email": "mara.lindqvist@ourco.example"},
        "attendees": [
            {"email": "mara.lindqvist@ourco.example", "response": "accepted"},
            {"email": "tomas.reyes@northgate-cycles.example", "response": "needs-action"},
        ],
        "domains": ["northgate-cycles.example"],
    }
    assert event.payload == REVIEW


def test_whole_days_are_dates_and_the_last_one_is_inside() -> None:
    found = meeting(WORKSHOP)

    assert (found["start"], found["end"]) == ("2026-09-22T00:00:00.000Z", "2026-09-23T00:00:00.000Z")
    assert found["all_day"] is True
    assert "timezone" not in found


def test_a_series_with_holes_repeats_by_no_rule_of_planhat() -> None:
    found = meeting(SERIES)
    assert found["recurrence"] == "FREQ=WEEKLY;BYDAY=MO"
    assert "repeat" not in found


@pytest.mark.parametrize(
    ("rule", "repeat"),
    [
        ("RRULE:FREQ=WEEKLY;BYDAY=MO", {"repeat": "weekly"}),
        ("RRULE:FREQ=DAILY;INTERVAL=3", {"repeat": "custom", "repeat_days": 3}),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=5", {"repeat": "monthly"}),
        ("RRULE:FREQ=WEEKLY;COUNT=5", {}),
    ],
)
def test_a_series_without_end_repeats(rule: str, repeat: dict[str, Any]) -> None:
    found = meeting({**SERIES, "recurrence": [rule]})
    assert {name: found[name] for name in ("repeat", "repeat_days") if name in found} == repeat


def test_the_day_of_a_series_is_that_of_its_own_zone() -> None:
    """Google writes times with the offset of the calendar, which may have another day."""
    late = {"dateTime": "2026-10-06T05:00:00+02:00", "timeZone": "America/Los_Angeles"}
    assert meeting({**SERIES, "start": late, "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO"]})["repeat"] == "weekly"


def test_one_of_a_series_is_named_as_in_its_invitation() -> None:
    """`UID_<original start>`, which the icalendar kind makes of UID and RECURRENCE-ID."""
    ics = build("mail", {"kind": "icalendar", "verify": {"scheme": "bearer", "token": "t"}})
    text = (
        "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nBEGIN:VEVENT\r\nUID:3v8c1x6z0a5s9d2f7g4h1j6k8l@google.com\r\n"
        "RECURRENCE-ID;TZID=Europe/Stockholm:20261019T100000\r\nSTATUS:CANCELLED\r\nDTSTAMP:20260604T120000Z\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    (by_mail,) = ics.parse(deliver(text.encode()))
    event = read(OFF, details=SERIES)

    assert by_mail.meeting is not None
    assert event.meeting is not None
    assert event.meeting["id"] == by_mail.meeting["id"]
    assert (event.type, by_mail.type) == ("meeting.cancelled", "meeting.cancelled")


def test_what_is_left_of_one_of_a_series_is_filled_from_the_series() -> None:
    found = meeting(OFF, details=SERIES)

    assert found["id"] == "3v8c1x6z0a5s9d2f7g4h1j6k8l@google.com_20261019T080000Z"
    assert (found["status"], found["title"]) == ("cancelled", "Weekly onboarding sync")
    assert (found["start"], found["end"]) == ("2026-10-19T08:00:00.000Z", "2026-10-19T08:30:00.000Z")
    assert found["domains"] == ["northgate-cycles.example"]
    assert "recurrence" not in found


def test_an_id_alone_names_the_meeting() -> None:
    event = read(DELETED)
    assert event.type == "meeting.cancelled"
    assert event.meeting == {"id": "7q1w5e9r3t0y4u8i2o6p1a5s9d@google.com", "status": "cancelled"}
    assert event.occurred_at == NOW


def test_what_was_remembered_names_the_meeting_and_its_version() -> None:
    event = read(DELETED, memory=Memory("imported@elsewhere.example", 4))
    assert event.meeting is not None
    assert (event.meeting["id"], event.order[0]) == ("imported@elsewhere.example", 4)


def test_only_what_the_id_does_not_tell_is_remembered() -> None:
    assert Memory.of(WORKSHOP) == Memory()
    assert Memory.of({**WORKSHOP, "iCalUID": "x@y", "sequence": 2}) == Memory("x@y", 2)
    assert Memory.of({**OFF, "iCalUID": "3v8c1x6z0a5s9d2f7g4h1j6k8l@google.com"}) == Memory()


def test_instances_of_exchange_share_the_uid_of_their_series() -> None:
    uid = "040000008200E00074C5B7101A82E008" + "07EA0A13" + "00" * 20
    series = uid[:32] + "00000000" + uid[40:]
    assert meeting({**SERIES, "iCalUID": uid})["id"] == series
    assert meeting({**OFF, "iCalUID": uid, "start": OFF["originalStartTime"]})["id"].startswith(series + "_2026")


def test_a_private_meeting_does_not_tell_what_it_is_about() -> None:
    event = read({**REVIEW, "visibility": "private", "description": "Salary talk"})
    assert event.meeting is not None
    assert event.meeting["title"] == "Private appointment"
    assert "Salary" not in json.dumps(event.to_json())
    assert "Quarterly" not in json.dumps(event.to_json())


def test_a_new_meeting_is_scheduled_and_a_changed_one_also_updated() -> None:
    new = {**REVIEW, "sequence": 0, "created": "2026-06-03T14:15:00.000Z"}
    assert read(new).types == ("meeting.scheduled",)
    assert read({**new, "created": "2026-06-03T14:10:00.000Z"}).types == ("meeting.updated", "meeting.scheduled")


@pytest.mark.parametrize("created", ["0000-12-29T00:00:00.000Z", "1900-01-01T12:00:00.000Z", None])
def test_an_imported_meeting_that_was_made_at_no_time_is_scheduled(created: str | None) -> None:
    assert read({**REVIEW, "sequence": 0, "created": created}).types == ("meeting.scheduled",)


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://meet.google.com/abc-mnop-xyz"),
        ({"hangoutLink": None, "location": "https://acme.zoom.us/j/1"}, "https://acme.zoom.us/j/1"),
        ({"hangoutLink": None}, REVIEW["htmlLink"]),
        (
            {"conferenceData": {"entryPoints": [{"entryPointType": "video", "uri": "https://teams.example/1"}]}},
            "https://teams.example/1",
        ),
        (
            {"conferenceData": {"entryPoints": [{"entryPointType": "phone", "uri": "tel:+46"}]}},
            "https://meet.google.com/abc-mnop-xyz",
        ),
    ],
)
def test_the_address_is_where_one_joins(changes: dict[str, Any], url: str) -> None:
    assert meeting({**REVIEW, **changes})["url"] == url


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
        ("<p>One</p><ul><li>two &amp; three</li></ul>", "One\ntwo & three"),
        ('See <a href="https://x.example">this</a>', "See this"),
        ("a <script>b</script><br/>c", "a <script>b</script>\nc"),
    ],
)
def test_descriptions_in_html_become_text(written: str, plain: str) -> None:
    assert meeting({**REVIEW, "description": written})["description"] == plain


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"start": {}}, "start is not a time of Google's"),
        ({"start": {"dateTime": "9999-12-31T23:59:59-12:00"}}, "start is not a time of Google's"),
        ({"end": {"date": 7}}, "end is not a time of Google's"),
        ({"start": 7}, "start is a number, not an object"),
        ({"attendees": "all"}, "attendees is not a list"),
        ({"summary": {"en": "x"}}, "is an object, not a text"),
        ({"updated": "now"}, 'updated is not a time in ISO 8601, such as 2026-03-02T09:00:00Z: "now"'),
    ],
)
def test_what_cannot_be_read_is_told(changes: dict[str, Any], problem: str) -> None:
    event = read({**REVIEW, **changes})
    assert event.type == "gcal.unknown"
    assert event.problem is not None
    assert event.problem.endswith(problem)


def test_the_same_version_is_the_same_event() -> None:
    later = datetime(2026, 7, 1, tzinfo=UTC)
    assert read(OFF).id == ITEMS.event(CALENDAR, OFF, later, details=SERIES).id
    assert read(OFF).id != read({**OFF, "etag": "other"}).id
    assert read(OFF).id != ITEMS.event("another@ourco.example", OFF, NOW).id


@given(st.sampled_from(sorted({*REVIEW, *OFF, "recurrence", "visibility", "conferenceData"})), STRANGE)
def test_nothing_leaves_an_item_but_an_event(name: str, value: Any) -> None:
    if name == "id":
        value = str(value)
    for item, details in ((REVIEW, None), (OFF, {**SERIES, name: value}), (SERIES, None)):
        ITEMS.event(CALENDAR, {**item, name: value}, NOW, Memory.of({**item, name: value}), details)
