"""Invitations become meetings."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.errors import BodyInvalid
from planhook.core.event import Event
from planhook.core.rule import Calendar
from planhook.sources import Source, build
from tests.effort import computing_less_than
from tests.sources.delivery import deliver, signed

SAMPLES = Path(__file__).parent / "samples" / "ics"
VERIFY = {"scheme": "bearer", "token": "t"}


def _source(*internal: str) -> Source:
    calendar = Calendar(internal_domains=frozenset(internal))
    return build("invites", {"kind": "icalendar", "verify": VERIFY, "timezone": "Europe/Stockholm"}, calendar)


SOURCE = _source("ourco.example")


def sample(name: str) -> tuple[Event, ...]:
    (path,) = SAMPLES.glob(f"{name}*")
    delivery = signed(SOURCE, path.read_bytes())
    SOURCE.verify(delivery)
    return SOURCE.parse(delivery)


def ics(*lines: str, method: str | None = "REQUEST", start: str | None = "DTSTART:20260610T080000Z") -> bytes:
    head = ["BEGIN:VCALENDAR", *([f"METHOD:{method}"] if method else []), "BEGIN:VEVENT", "UID:u1"]
    middle = ["DTSTAMP:20260601T080000Z", *([start] if start else []), *lines]
    return "\r\n".join([*head, *middle, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def read(*lines: str, method: str | None = "REQUEST", start: str | None = "DTSTART:20260610T080000Z") -> Event:
    (event,) = SOURCE.parse(deliver(ics(*lines, method=method, start=start)))
    return event


def meeting(*lines: str, start: str | None = "DTSTART:20260610T080000Z") -> dict[str, Any]:
    event = read(*lines, start=start)
    assert event.problem is None
    return dict(event.meeting or {})


def test_an_invite_is_moved_and_cancelled() -> None:
    (first,), (moved,), (cancelled,) = sample("01"), sample("02"), sample("03")
    assert first.types == ("meeting.scheduled",)
    assert moved.types == ("meeting.updated", "meeting.scheduled")
    assert cancelled.types == ("meeting.cancelled",)
    meetings = [dict(event.meeting or {}) for event in (first, moved, cancelled)]
    assert len({each["id"] for each in meetings}) == 1
    assert [each["start"] for each in meetings] == ["2026-06-10T08:00:00.000Z", *["2026-06-11T12:00:00.000Z"] * 2]
    assert [each["status"] for each in meetings] == ["confirmed", "confirmed", "cancelled"]
    assert first.order < moved.order < cancelled.order
    assert meetings[0]["url"] == "https://meet.google.com/abc-mnop-xyz"
    assert meetings[0]["description"] == "Agenda\n1. Adoption, seats and usage\n2. Renewal"
    assert meetings[0]["domains"] == ["northgate-cycles.example"]
    assert meetings[0]["organizer"] == {"email": "mara.lindqvist@ourco.example", "name": "Mara Lindqvist"}


def test_whole_days_are_midnights_of_the_first_and_last_day() -> None:
    (event,) = sample("04")
    shown = dict(event.meeting or {})
    assert (shown["start"], shown["end"], shown["all_day"]) == (
        "2026-09-22T00:00:00.000Z",
        "2026-09-23T00:00:00.000Z",
        True,
    )


def test_outlook_writes_zones_and_folds_in_its_own_way() -> None:
    (event,) = sample("05")
    shown = dict(event.meeting or {})
    assert shown["start"] == "2026-10-28T13:00:00.000Z"
    assert shown["timezone"] == "Europe/Berlin"
    assert shown["title"] == "Statusgespräch Einführung"
    assert shown["url"] == "https://teams.microsoft.com/l/meetup-join/19%3ameeting_EXAMPLE%40thread.v2/0"
    assert [each["name"] for each in shown["attendees"]] == ["Mara Lindqvist", "Özdemir, Leyla"]
    assert shown["domains"] == ["kestrel-pumpen.example"]
    assert shown["description"] == "Hallo Mara,\n\nbitte die Zahlen mitbringen."


def test_a_series_is_one_meeting_and_each_changed_instance_another() -> None:
    series, instance = sample("07")
    (cancelled,) = sample("09")
    uid = "8E1F4C52-6A0B-4D3E-9C77-2B5D10A9F3E4"
    assert [dict(event.meeting or {})["id"] for event in (series, instance)] == [uid, f"{uid}_20261101T080000Z"]
    assert dict(series.meeting or {})["recurrence"] == "FREQ=MONTHLY;COUNT=6"
    assert dict(cancelled.meeting or {})["id"] == "3v8c1x6z0a5s9d2f7g4h1j6k8l@google.com_20261019T080000Z"


@pytest.mark.parametrize("method", ["REPLY", "counter", "REFRESH", "DECLINECOUNTER"])
def test_talk_about_a_meeting_is_ignored(method: str) -> None:
    assert read(method=method).ignored == "reply"
    assert read(method=method, start=None).problem is None


def test_a_method_that_nobody_knows_is_ignored() -> None:
    assert read(method="X-DANCE").ignored == "unknown method"


def test_an_instance_of_exchange_belongs_to_its_series() -> None:
    uid = "040000008200E00074C5B7101A82E008{}80DB0C1A3A3BD5010000000000000000"
    body = ics("RECURRENCE-ID:20261028T130000Z").replace(b"UID:u1", f"UID:{uid.format('07EA0A1C')}".encode())
    (event,) = SOURCE.parse(deliver(body))
    assert dict(event.meeting or {})["id"] == f"{uid.format('00000000')}_20261028T130000Z"


@pytest.mark.parametrize(
    ("digits", "start", "stamp"),
    [
        ("07EA0A1C", "DTSTART:20261028T130000Z", "_20261028T130000Z"),
        ("07EA0A1C", "DTSTART:20261029T130000Z", "_20261028T130000Z"),
        ("07EA0A1C", "DTSTART;VALUE=DATE:20261028", "_20261028"),
        ("07EA0D1C", "DTSTART:20261028T130000Z", None),
        ("00000000", "DTSTART:20261028T130000Z", ""),
    ],
)
def test_an_instance_of_exchange_is_known_by_the_day_in_its_uid(digits: str, start: str, stamp: str | None) -> None:
    uid = "040000008200E00074C5B7101A82E008{}80DB0C1A3A3BD5010000000000000000"
    (event,) = SOURCE.parse(deliver(ics(start=start).replace(b"UID:u1", f"UID:{uid.format(digits)}".encode())))
    expected = uid.format(digits) if stamp is None else uid.format("00000000") + stamp
    assert dict(event.meeting or {})["id"] == expected


@pytest.mark.parametrize("stamp", ["x", "19000101T000000Z", ""])
def test_an_unusable_stamp_is_the_time_of_receipt(stamp: str) -> None:
    (event,) = SOURCE.parse(deliver(ics().replace(b"20260601T080000Z", stamp.encode())))
    assert (event.occurred_at, event.problem) == (event.received_at, None)


@pytest.mark.parametrize("method", ["REQUEST", "PUBLISH", "request", None])
def test_whatever_schedules_schedules(method: str | None) -> None:
    assert read(method=method).types == ("meeting.scheduled",)


def test_an_added_instance_is_a_meeting_of_its_own() -> None:
    assert dict(read(method="ADD").meeting or {})["id"] == "u1_20260610T080000Z"


def test_what_cancels_and_what_only_uninvites() -> None:
    guest = "ATTENDEE:mailto:kim@acme.example"
    assert read("STATUS:CANCELLED").type == "meeting.cancelled"
    assert read("STATUS:CANCELLED", guest, method="CANCEL").type == "meeting.cancelled"
    assert read(method="CANCEL", start=None).type == "meeting.cancelled"
    assert read(guest, method="CANCEL").ignored == "uninvited"


@pytest.mark.parametrize(
    ("sequence", "order"),
    [
        ("3", 3),
        ("-1", 0),
        ("x", 0),
        ("9" * 10, 2**31 - 1),
        ("9" * 5000, 2**31 - 1),
        ("٣", 0),
        ("0" * 99 + "7", 7),
        ("00", 0),
    ],
)
def test_sequence_is_the_first_part_of_the_order(sequence: str, order: int) -> None:
    assert read(f"SEQUENCE:{sequence}").order == (order, 1780300800000)


def test_the_same_message_is_the_same_event_and_an_edited_one_is_not() -> None:
    assert read("SUMMARY:a").id == read("SUMMARY:a").id != read("SUMMARY:b").id


@pytest.mark.parametrize(
    ("start", "rest", "begin", "end"),
    [
        ("DTSTART;TZID=Europe/Paris:20260610T100000", [], "10T08:00", "10T08:00"),
        ("DTSTART;TZID=Europe/Paris:20260610T100000Z", [], "10T10:00", "10T10:00"),
        ("DTSTART;TZID=tzone://Microsoft/Utc:20260610T100000", [], "10T10:00", "10T10:00"),
        ("DTSTART:20260610T100000", [], "10T08:00", "10T08:00"),
        ("DTSTART;TZID=../../etc/passwd:20260610T100000", [], "10T08:00", "10T08:00"),
        ("DTSTART;TZID=/vendor.example/2024/America/New_York:20260610T100000", [], "10T14:00", "10T14:00"),
        ("DTSTART;TZID=Pacific Standard Time:20260610T100000", [], "10T17:00", "10T17:00"),
        ("DTSTART:20260610T100000Z", ["DURATION:PT1H30M"], "10T10:00", "10T11:30"),
        ("DTSTART:20260610T100000Z", ["DURATION:-PT1H"], "", ""),
        ("DTSTART:20260610T100000Z", ["DTEND:20260609T100000Z"], "10T10:00", "10T10:00"),
        ("DTSTART:20260610", [], "10T00:00", "10T00:00"),
        ("DTSTART;VALUE=DATE:20260610", ["DURATION:P3D"], "10T00:00", "12T00:00"),
        ("DTSTART;VALUE=DATE:20260610", ["DTEND;VALUE=DATE:20260610"], "10T00:00", "10T00:00"),
        (
            "DTSTART;TZID=Europe/Paris:20260610T000000",
            ["DTEND;TZID=Europe/Paris:20260612T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"],
            "10T00:00",
            "11T00:00",
        ),
    ],
)
def test_times_in_all_their_forms(start: str, rest: list[str], begin: str, end: str) -> None:
    event = read(*rest, start=start)
    if not begin:
        assert event.problem == "DURATION is not a duration of iCalendar"
        return
    shown = dict(event.meeting or {})
    assert (shown["start"], shown["end"]) == (f"2026-06-{begin}:00.000Z", f"2026-06-{end}:00.000Z")


def test_a_day_of_duration_is_a_day_on_the_wall_and_hours_are_exact() -> None:
    start = "DTSTART;TZID=Europe/Stockholm:20261024T120000"
    assert meeting("DURATION:P1D", start=start)["end"] == "2026-10-25T11:00:00.000Z"
    assert meeting("DURATION:PT24H", start=start)["end"] == "2026-10-25T10:00:00.000Z"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("DTSTART:tomorrow",), "DTSTART is not a time of iCalendar"),
        (("DTSTART:20260231T100000Z",), "DTSTART is not a time of iCalendar"),
        (("DTSTART:00010101T000000Z",), "DTSTART is a time out of range"),
        (("DTSTART;TZID=America/New_York:99991231T235959",), "DTSTART is a time out of range"),
        (("DTSTART:20260610T100000Z", "DTEND:soon"), "DTEND is not a time of iCalendar"),
        (("DTSTART:20260610T100000Z", "RECURRENCE-ID:x"), "RECURRENCE-ID is not a time of iCalendar"),
        (("DTSTART:99991231", "DURATION:P99999D"), "DTEND or DURATION is out of range"),
        (("DTSTART:20260101", "DTEND:00010101"), "DTEND or DURATION is out of range"),
        (("DTSTART:18000101",), "DTSTART is a time out of range"),
        (("DTSTART:99990101T000000Z", "DURATION:P9999W"), "DURATION is out of range"),
        ((), "DTSTART is missing"),
    ],
)
def test_a_broken_meeting_is_dead_and_spoils_nothing(lines: tuple[str, ...], problem: str) -> None:
    good = ics()
    broken = ics(*lines, start=None)
    first, second = SOURCE.parse(deliver(broken + good))
    assert first.problem == problem
    assert second.problem is None


def test_a_meeting_without_uid_is_dead() -> None:
    (event,) = SOURCE.parse(deliver(ics().replace(b"UID:u1\r\n", b"")))
    assert event.problem == "UID is missing"


@pytest.mark.parametrize("ending", [b"\n", b"\r"])
def test_line_ends_and_case_and_a_byte_order_mark_do_not_matter(ending: bytes) -> None:
    plain = ics("SUMMARY:Möte").replace(b"\r\n", ending)
    lower = plain.replace(b"BEGIN:VEVENT", b"begin:vevent").replace(b"SUMMARY", b"summary")
    (event,) = SOURCE.parse(deliver(b"\xef\xbb\xbf" + lower))
    assert dict(event.meeting or {})["title"] == "Möte"


def test_a_fold_inside_a_character_is_undone() -> None:
    body = ics("SUMMARY:Möte").replace(b"\xc3\xb6", b"\xc3\r\n \xb6")
    (event,) = SOURCE.parse(deliver(body))
    assert dict(event.meeting or {})["title"] == "Möte"


def test_text_is_unescaped_and_control_characters_are_dropped() -> None:
    assert meeting(r"SUMMARY:a\, b\; c\\d\x %3A")["title"] == r"a, b; c\dx %3A"
    assert meeting("DESCRIPTION:one\\Ntwo\x07")["description"] == "one\ntwo"


@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("ATTENDEE;CN=Foo: Bar;X=1:MAILTO:A@B.example", {"email": "a@b.example"}),
        ('ATTENDEE;CN="Foo, Bar":mailto:a@b.example', {"email": "a@b.example", "name": "Foo, Bar"}),
        ("ATTENDEE;CN=Foo;EMAIL=a@b.example:urn:uuid:1", {"email": "a@b.example", "name": "Foo"}),
        ("ATTENDEE;CN=Foo:invalid:nomail", {"name": "Foo"}),
        ('ATTENDEE;CN=x"y"z:mailto:a@b.example', {"email": "a@b.example", "name": "xyz"}),
        ('ATTENDEE;CN="x:mailto:a@b.example', {"email": "a@b.example"}),
        ("ATTENDEE:mailto:a@b.example?subject=hi", {"email": "a@b.example"}),
        ('ATTENDEE:mailto:"A b"@b.example', {"email": '"a b"@b.example'}),
        ("ATTENDEE:mailto:<a@b.example>", {"email": "a@b.example"}),
        ("ATTENDEE:a@b.example", {"email": "a@b.example"}),
        ("ATTENDEE;CN=^'x^'^^:mailto:a@b.example", {"email": "a@b.example", "name": '"x"^'}),
    ],
)
def test_attendees_are_found_however_they_are_written(line: str, person: dict[str, str]) -> None:
    (found,) = meeting(line)["attendees"]
    assert {key: found.get(key) for key in person} == person


def test_rooms_and_calendars_are_no_attendees() -> None:
    room = "ATTENDEE;CUTYPE=ROOM:mailto:aurora@acme.example"
    calendars = (f"ATTENDEE:mailto:x@{kind}.calendar.google.com" for kind in ("resource", "group"))
    assert meeting(room, *calendars)["attendees"] == []


@pytest.mark.parametrize("value", ["mailto:@", "mailto:x@", "mailto:@b.example", "mailto:a b@c.example", "/a@b/c"])
def test_what_is_no_address_is_nobody(value: str) -> None:
    assert meeting(f"ATTENDEE:{value}", f"ORGANIZER:{value}").get("attendees", []) == []


@pytest.mark.parametrize(
    ("address", "is_join_link"),
    [
        ("https://zoom.us/j/1", True),
        ("https://acme.eu.zoom.us/j/1", True),
        ("https://evilzoom.us/j/1", False),
        ("https://zoom.us.evil.example/j/1", False),
    ],
)
def test_only_known_hosts_make_a_join_link(address: str, is_join_link: bool) -> None:
    assert meeting(f"DESCRIPTION:Join {address} now").get("url") == (address if is_join_link else None)


def test_lines_that_people_draw_stay() -> None:
    line = "_" * 30
    assert meeting(f"DESCRIPTION:one\\n{line}\\ntwo")["description"] == f"one\n{line}\ntwo"


@pytest.mark.parametrize("content_type", ["text/calendar; charset=iso-8859-1", 'text/calendar;Charset="ISO-8859-1"'])
def test_the_charset_of_the_request_counts(content_type: str) -> None:
    body = ics("SUMMARY:Möte").decode().encode("latin-1")
    (event,) = SOURCE.parse(deliver(body, {"content-type": content_type}))
    assert dict(event.meeting or {})["title"] == "Möte"


def test_domains_are_those_outside() -> None:
    lines = [
        f"ATTENDEE:mailto:a@{domain}" for domain in ("acme.example", "eu.ourco.example", "gmail.com", "yahoo.co.uk")
    ]
    body = ics("ORGANIZER:mailto:b@Other.example", *lines)
    (known,) = SOURCE.parse(deliver(body))
    (unknown,) = _source().parse(deliver(body))
    assert dict(known.meeting or {})["domains"] == ["other.example", "acme.example"]
    assert dict(unknown.meeting or {})["domains"] == ["acme.example", "eu.ourco.example"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"BEGIN:VEVENT\nUID:1\nEND:VEVENT",
        ics()[:-30],
        b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 5000 + b"END:VEVENT\n" * 5000 + b"END:VCALENDAR",
    ],
)
def test_what_is_no_calendar_is_refused(body: bytes) -> None:
    with pytest.raises(BodyInvalid) as caught:
        SOURCE.parse(deliver(body))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        ics("DESCRIPTION:" + "x" * 1_100_000),
        ics("DESCRIPTION:" + "\r\n x" * 100_000),
        ics(*["ATTENDEE:mailto:a@b.example"] * 20_000),
        b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 201 + b"END:VCALENDAR",
    ],
    ids=["bytes", "folds", "attendees", "events"],
)
def test_what_is_too_much_is_refused(body: bytes) -> None:
    with pytest.raises(BodyInvalid) as caught:
        SOURCE.parse(deliver(body))
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=SECONDLY",
        "DESCRIPTION:" + "x" * 900_000,
        "ATTENDEE;" + "A=b;" * 200_000 + ":mailto:a@b.example",
        'ATTENDEE;CN="' + "," * 500_000,
        "X-A;" * 250_000,
        "DESCRIPTION:" + "https://teams.microsoft.com" * 30_000,
    ],
    ids=["endless rule", "long text", "many parameters", "open quote", "no value", "nearly links"],
)
def test_hostile_lines_cost_little(line: str) -> None:
    with computing_less_than(2):
        SOURCE.parse(deliver(ics(line)))


_LINES = st.lists(
    st.sampled_from(
        (
            *("BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE"),
            *("TZID:X", "DTSTART;TZID=X:20260101T000000", "BEGIN:STANDARD", "END:STANDARD", "TZOFFSETFROM:+0100"),
            *("TZOFFSETTO:+0200", "RRULE:FREQ=YEARLY;BYDAY=5SU;BYMONTH=2", "DTSTART:20260101", "DURATION:P1W"),
            *("UID:1", ";:;", "A"),
        )
    )
    | st.text(max_size=30)
)


@given(st.binary(max_size=200) | _LINES.map(lambda lines: "\n".join(lines).encode("utf-8", "replace")))
def test_any_bytes_give_events_or_body_invalid(body: bytes) -> None:
    try:
        events = SOURCE.parse(deliver(b"BEGIN:VCALENDAR\n" + body + b"\nEND:VCALENDAR"))
    except BodyInvalid:
        return
    for event in events:
        assert Event.from_json(event.to_json()) == event
