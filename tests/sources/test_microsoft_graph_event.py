"""Events of Outlook calendars as Graph shows them: what meeting each tells of, and which version of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.event import Event, milliseconds
from planhook.core.version import version_of
from planhook.sources.ical.invite import InviteReader
from planhook.sources.microsoft_graph_event import GraphReader
from tests.sources.delivery import NOW, deliver

SAMPLES = Path(__file__).parent / "samples" / "microsoft-graph"
OURS = frozenset({"ourco.example"})
READER = GraphReader("ms", ZoneInfo("Europe/Stockholm"), OURS)


def load(name: str, **changed: Any) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return record | changed


def read(record: dict[str, Any]) -> Event:
    return READER.read(record, None, NOW)[0]


def meeting_of(record: dict[str, Any]) -> dict[str, Any]:
    return dict(read(record).meeting or {})


def test_an_event_is_a_meeting_with_its_people_and_its_link() -> None:
    record = load("event-get-response")
    event = read(record)
    assert (event.type, event.problem, event.ignored, event.sender_id) == (
        "meeting.scheduled",
        None,
        None,
        record["id"],
    )
    assert event.meeting == {
        "id": record["iCalUId"],
        "title": "Statusgespräch Einführung",
        "description": "Hallo Mara,\n\nbitte die Zahlen mitbringen.",
        "start": "2026-10-28T13:00:00.000Z",
        "end": "2026-10-28T13:45:00.000Z",
        "all_day": False,
        "timezone": "Europe/Berlin",
        "status": "confirmed",
        "location": "Microsoft Teams-Besprechung",
        "url": "https://teams.microsoft.com/l/meetup-join/19%3ameeting_EXAMPLE%40thread.v2/0",
        "organizer": {"email": "jonas.berger@kestrel-pumpen.example", "name": "Berger, Jonas"},
        "attendees": [
            {"email": "mara.lindqvist@ourco.example", "name": "Mara Lindqvist", "response": "needs-action"},
            {"email": "leyla.oezdemir@kestrel-pumpen.example", "name": "Özdemir, Leyla", "response": "needs-action"},
        ],
        "domains": ["kestrel-pumpen.example"],
    }


def test_whole_days_keep_their_dates_and_end_on_the_last_one() -> None:
    event = read(load("event-cancelled-all-day"))
    meeting = event.meeting or {}
    assert (event.type, meeting["status"], meeting["all_day"]) == ("meeting.cancelled", "cancelled", True)
    assert (meeting["start"], meeting["end"]) == ("2026-09-22T00:00:00.000Z", "2026-09-23T00:00:00.000Z")
    assert "timezone" not in meeting


def test_a_series_repeats_where_planhat_can_say_so_exactly() -> None:
    meeting = meeting_of(load("event-series-master"))
    assert (meeting["recurrence"], meeting["repeat"]) == ("FREQ=WEEKLY;BYDAY=MO", "weekly")


@pytest.mark.parametrize(
    ("pattern", "limits", "rule", "repeat"),
    [
        ({"type": "daily", "interval": 1}, {}, "FREQ=DAILY", "daily"),
        ({"type": "daily", "interval": 10}, {}, "FREQ=DAILY;INTERVAL=10", ("custom", 10)),
        (
            {"type": "weekly", "interval": 2, "daysOfWeek": ["monday"]},
            {},
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
            ("custom", 14),
        ),
        (
            {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "friday"]},
            {},
            "FREQ=WEEKLY;BYDAY=MO,FR",
            None,
        ),
        ({"type": "weekly", "interval": 1, "daysOfWeek": ["sunday"]}, {}, "FREQ=WEEKLY;BYDAY=SU", None),
        ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 5}, {}, "FREQ=MONTHLY;BYMONTHDAY=5", "monthly"),
        (
            {"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 5},
            {},
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=5",
            "quarterly",
        ),
        (
            {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "last"},
            {},
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1",
            None,
        ),
        (
            {"type": "absoluteYearly", "interval": 1, "month": 10, "dayOfMonth": 5},
            {},
            "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=5",
            "yearly",
        ),
        (
            {"type": "relativeYearly", "interval": 1, "month": 10, "daysOfWeek": ["monday"], "index": "first"},
            {},
            "FREQ=YEARLY;BYMONTH=10;BYDAY=MO;BYSETPOS=1",
            None,
        ),
        (
            {"type": "daily", "interval": 1},
            {"type": "endDate", "endDate": "2026-12-24"},
            "FREQ=DAILY;UNTIL=20261224",
            None,
        ),
        ({"type": "daily", "interval": 1}, {"type": "numbered", "numberOfOccurrences": 4}, "FREQ=DAILY;COUNT=4", None),
        ({"type": "lunar", "interval": 1}, {}, None, None),
    ],
)
def test_each_pattern_is_the_rule_of_its_invitation(
    pattern: dict[str, Any], limits: dict[str, Any], rule: str | None, repeat: Any
) -> None:
    recurrence = {"pattern": pattern, "range": {"type": "noEnd", "startDate": "2026-10-05", **limits}}
    meeting = meeting_of(load("event-series-master", recurrence=recurrence))
    assert meeting.get("recurrence") == rule
    found = (meeting["repeat"], meeting["repeat_days"]) if "repeat_days" in meeting else meeting.get("repeat")
    assert found == repeat


def test_one_of_a_series_has_the_id_that_its_invitation_gives_it() -> None:
    """One rule serves both, because both name the meeting alike."""
    series = load("event-series-master")
    day = f"{series['iCalUId'][:32]}07EA0A0C{series['iCalUId'][40:]}"
    moved = load("event-get-response", type="exception", iCalUId=day, originalStart="2026-10-12T08:00:00Z")
    lines = (f"UID:{day}", "RECURRENCE-ID;TZID=W. Europe Standard Time:20261012T100000", "DTSTART:20261013T080000Z")
    ics = "\r\n".join(["BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    (mailed,) = InviteReader("mail", ZoneInfo("UTC"), OURS).read(ics.encode(), deliver(ics.encode()))
    assert mailed.meeting
    assert meeting_of(moved)["id"] == mailed.meeting["id"] == f"{series['iCalUId']}_20261012T080000Z"


@pytest.mark.parametrize(
    ("original", "zone"),
    [
        ("2026-10-11T22:00:00Z", "W. Europe Standard Time"),
        ("2026-10-12T00:00:00Z", "UTC"),
        ("2026-10-12T07:00:00Z", "Pacific Standard Time"),
        ("2026-10-11T11:00:00Z", "New Zealand Standard Time"),
        ("2026-10-12T00:00:00Z", "tzone://Microsoft/Custom"),
    ],
)
def test_a_whole_day_of_a_series_goes_by_its_date_where_it_was_planned(original: str, zone: str) -> None:
    record = load("event-cancelled-all-day", type="exception", originalStart=original, originalStartTimeZone=zone)
    assert meeting_of(record)["id"] == f"{record['iCalUId']}_20261012"


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("W. Europe Standard Time", "2026-10-28T12:00:00.000Z"),
        ("America/New_York", "2026-10-28T17:00:00.000Z"),
        ("", "2026-10-28T13:00:00.000Z"),
    ],
)
def test_times_are_understood_in_any_zone_that_has_a_name(zone: str, start: str) -> None:
    point = {"dateTime": "2026-10-28T13:00:00.0000000", "timeZone": zone}
    meeting = meeting_of(load("event-get-response", start=point, end=point))
    assert (meeting["start"], meeting["end"]) == (start, start)
    assert "timezone_problem" not in meeting


def test_a_zone_of_no_known_name_is_read_as_ours_and_says_so() -> None:
    point = {"dateTime": "2026-10-28T13:00:00.0000000", "timeZone": "Customized Time Zone"}
    record = load("event-get-response", start=point, end=point, originalStartTimeZone="Customized Time Zone")
    meeting = meeting_of(record)
    assert meeting["start"] == "2026-10-28T12:00:00.000Z"
    assert meeting["timezone_problem"] == "Customized Time Zone is no known time zone, read as Europe/Stockholm"
    assert "timezone" not in meeting


@pytest.mark.parametrize("sensitivity", ["private", "personal"])
def test_nothing_of_a_private_text_is_taken_along(sensitivity: str) -> None:
    event = read(load("event-get-response", sensitivity=sensitivity))
    meeting = event.meeting or {}
    assert (meeting["title"], meeting["start"]) == ("Private appointment", "2026-10-28T13:00:00.000Z")
    told = json.dumps(event.to_json(), ensure_ascii=False)
    assert not any(word in told for word in ("Statusgespräch", "Zahlen", "teams.microsoft", "Besprechung"))


def test_a_text_body_is_the_description_and_markup_never_is() -> None:
    text = load("event-get-response", body={"contentType": "text", "content": "All\r\nof it"})
    html = load("event-get-response", body={"contentType": "html", "content": "<p>All of it</p>"})
    assert meeting_of(text)["description"] == "All\nof it"
    assert meeting_of(html)["description"].startswith("Hallo Mara")


def test_exchange_s_own_addresses_are_no_mail_addresses() -> None:
    own = {"emailAddress": {"name": "Ann", "address": "/O=EXCHANGELABS/OU=EXCHANGE/CN=ANN"}}
    meeting = meeting_of(load("event-get-response", organizer=own, attendees=[own]))
    assert (meeting["organizer"], meeting["attendees"]) == (
        {"name": "Ann"},
        [{"name": "Ann", "response": "needs-action"}],
    )


def test_a_later_version_is_a_change_and_the_same_version_the_same_event() -> None:
    record = load("event-get-response")
    first, sighting = READER.read(record, None, NOW)
    again, same = READER.read(record, sighting, NOW + timedelta(hours=1))
    later = {**record, "changeKey": "next", "lastModifiedDateTime": "2026-06-03T14:15:00.7659Z"}
    moved, _ = READER.read(later, same, NOW)
    back, _ = READER.read(record, READER.read(later, same, NOW)[1], NOW)

    assert (again.id, again.types, again.order) == (first.id, ("meeting.scheduled",), first.order)
    assert moved.types == ("meeting.updated", "meeting.scheduled")
    assert version_of(first, 0, 0) < version_of(moved, 0, 0)
    assert back.types == first.types


def test_a_deletion_is_newer_than_the_last_version_whatever_our_clock_says() -> None:
    record = load("event-get-response")
    planned, sighting = READER.read(record, None, NOW)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    gone = READER.removed(record["id"], sighting, long_ago)
    assert version_of(planned, 9, 9) < version_of(gone, 0, 0)
    assert READER.removed(record["id"], sighting, NOW).order == (milliseconds(NOW), 0)
    assert READER.removed(record["id"], sighting, NOW).id == gone.id
    assert READER.removed(record["id"], replace(sighting, last_key="restored"), NOW).id != gone.id


def test_a_deletion_shows_the_meeting_as_it_was_without_its_text() -> None:
    record = load("event-get-response")
    _, sighting = READER.read(record, None, NOW)
    meeting = READER.removed(record["id"], sighting, NOW).meeting or {}
    assert meeting == {**{k: v for k, v in meeting_of(record).items() if k != "description"}, "status": "cancelled"}


def test_outlook_is_certain_of_the_organiser_as_a_mail_is_not() -> None:
    record = load("event-get-response")
    planned, sighting = READER.read(record, None, NOW)
    gone = READER.removed(record["id"], sighting, NOW)
    day = f"{record['iCalUId'][:32]}07EA0A0C{record['iCalUId'][40:]}"
    one = read(load("event-get-response", type="exception", iCalUId=day, originalStart="2026-10-12T08:00:00Z"))
    host = "ORGANIZER:mailto:jonas.berger@kestrel-pumpen.example"
    lines = (f"UID:{record['iCalUId']}", host, "DTSTART:20261028T130000Z")
    ics = "\r\n".join(["BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    author = frozenset({"jonas.berger@kestrel-pumpen.example"})
    (mailed,) = InviteReader("mail", ZoneInfo("UTC"), OURS).read(ics.encode(), deliver(ics.encode()), author)
    (binding,) = mailed.bindings

    assert binding.holder == "kestrel-pumpen.example"
    assert planned.bindings == gone.bindings == one.bindings == (replace(binding, is_certain=True),)
    assert READER.removed(record["id"], None, NOW).bindings == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(load("event-series-master"))), _JSON)
def test_whatever_a_field_holds_an_event_is_read_or_ends_dead(name: str, value: Any) -> None:
    record = load("event-series-master", **{name: value})
    event = _read_or_unusable(record)
    assert event.meeting or event.problem
    json.dumps(event.to_json(), allow_nan=False)


def _read_or_unusable(record: dict[str, Any]) -> Event:
    try:
        return read(record)
    except ValueError as fault:
        return READER.unusable(record, str(fault), NOW)
