"""Calendars followed by sync tokens: what changed comes once, whatever fails in between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from planhook.store.connection import connect
from planhook.store.fetches import Lookup
from tests.fetch.google_api import CLIENT, GoogleApi, in_days, meeting
from tests.fetch.google_line import GoogleLine
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import serving

SCHEDULED, UPDATED, CANCELLED = "meeting.scheduled", "meeting.updated", "meeting.cancelled"
WEEKLY: dict[str, Any] = {"recurrence": ["RRULE:FREQ=WEEKLY"]}


@pytest.fixture
def api() -> Iterator[GoogleApi]:
    with serving(GoogleApi()) as running:
        yield running


@pytest.fixture
def line(redis_url: str, api: GoogleApi) -> Iterator[GoogleLine]:
    redis = connect(redis_url, timeout=5, connections=16)
    yield GoogleLine(redis, api)
    redis.connection_pool.disconnect()


def test_the_first_sync_schedules_what_is_to_come_and_nothing_that_is_past(line: GoogleLine, api: GoogleApi) -> None:
    api.put(meeting(1))
    api.put(meeting(2, days=-3))
    api.put(meeting(3, days=-30, **WEEKLY))
    api.put(meeting(4, status="cancelled"))
    line.look()

    assert line.meetings() == [("meeting1@google.com", SCHEDULED), ("meeting3@google.com", SCHEDULED)]
    assert 14 * 60 < line.due_in("calendar/primary") < 15 * 60 + 1
    line.assert_books_balance()


def test_what_was_there_before_can_be_left_alone(line: GoogleLine, api: GoogleApi) -> None:
    line.configure(existing="ignore")
    api.put(meeting(1))
    line.look()
    assert line.meetings() == []

    api.change(1, sequence=1)
    line.look()
    assert line.meetings() == [("meeting1@google.com", UPDATED)]


def test_a_push_brings_what_has_changed_since_the_last_look(line: GoogleLine, api: GoogleApi) -> None:
    api.put(meeting(1))
    line.look()
    api.put(meeting(2))
    api.change(1, sequence=1, start={"dateTime": in_days(5)}, end={"dateTime": in_days(5, 1)})
    push = line.push()
    line.look()

    assert line.status(push) == ("ignored", "fetched")
    assert sorted(line.meetings()) == [
        ("meeting1@google.com", SCHEDULED),
        ("meeting1@google.com", UPDATED),
        ("meeting2@google.com", SCHEDULED),
    ]
    listed = api.taken("/events", "GET")
    assert "timeMin" in listed[0].query
    assert "timeMin" not in listed[1].query
    assert listed[1].query["syncToken"]


def test_many_pushes_are_served_by_one_look(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    pushes = [line.push(number) for number in range(2, 30)]
    line.look()

    assert {line.status(push) for push in pushes} == {("ignored", "fetched")}
    assert len(api.taken("/events")) == 2


def test_a_lost_push_is_made_up_for_by_polling(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    api.put(meeting(1))
    line.look()

    assert line.meetings() == [("meeting1@google.com", SCHEDULED)]


def test_all_pages_are_read_one_a_look(line: GoogleLine, api: GoogleApi) -> None:
    api.page = 2
    for number in range(7):
        api.put(meeting(number))
    line.look()

    assert len(line.meetings()) == 7
    assert [bool(call.query.get("pageToken")) for call in api.taken("/events")] == [False, True, True, True]
    assert len({call.query["timeMin"] for call in api.taken("/events")}) == 1


def test_a_push_during_a_long_listing_waits_for_the_changes_since_it_began(line: GoogleLine, api: GoogleApi) -> None:
    api.page = 2
    for number in range(4):
        api.put(meeting(number))
    assert line.fetcher
    first = line.fetcher.fetch(Lookup("cal", "calendar/primary"))
    api.change(0, sequence=1)
    push = line.push()
    second = line.fetcher.fetch(Lookup("cal", "calendar/primary", (push,), first.state))
    third = line.fetcher.fetch(Lookup("cal", "calendar/primary", (push,), second.state))

    assert (first.again_s, second.completed) == (0, ())
    assert [event.type for event in third.found] == [UPDATED]
    assert [event.id for event in third.completed] == [push.id]


def test_a_lapsed_sync_token_costs_a_full_sync_and_no_change(line: GoogleLine, api: GoogleApi) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=40)
    for number in range(3):
        api.put(meeting(number), updated=long_ago)
    api.put(meeting(8, days=-60), updated=long_ago)
    line.look()
    api.lapse()
    api.change(0, status="cancelled")
    api.change(1, sequence=1, start={"dateTime": in_days(-9)}, end={"dateTime": in_days(-9)})
    api.put_bare("meeting2")
    push = line.push()
    line.look()

    assert line.status(push) == ("ignored", "fetched")
    # The two cancellations are of one instant, give or take a millisecond: no order among them is promised.
    assert sorted(each for each in line.meetings() if each[1] != SCHEDULED) == [
        ("meeting0@google.com", CANCELLED),
        ("meeting1@google.com", UPDATED),
        ("meeting2@google.com", CANCELLED),
    ]
    assert len(line.meetings()) == 6
    line.look()
    assert len(line.meetings()) == 6


@pytest.mark.parametrize("existing", ["schedule", "ignore"])
def test_a_full_sync_brings_nothing_that_was_left_out_at_first(line: GoogleLine, api: GoogleApi, existing: str) -> None:
    line.configure(existing=existing)
    lately = datetime.now(UTC) - timedelta(minutes=30)
    api.put(meeting(1, days=-14), updated=lately)
    api.put(meeting(2), updated=lately)
    line.look()
    before = line.meetings()
    for _ in range(2):
        api.lapse()
        line.look()
        line.look()
    assert line.meetings() == before

    api.lapse()
    api.change(1, sequence=1)
    line.look()
    line.look()
    assert [each for each in line.meetings() if each not in before] == [("meeting1@google.com", UPDATED)]


def test_a_lapsed_page_token_begins_the_listing_again(line: GoogleLine, api: GoogleApi) -> None:
    api.page = 1
    api.put(meeting(1))
    api.put(meeting(2))
    api.faults.append(Fault(400, b'{"error": {"message": "Invalid page token value."}}', part_of_path="/events"))
    api.faults[0].times = 0
    assert line.fetcher
    first = line.fetcher.fetch(Lookup("cal", "calendar/primary"))
    api.faults[0].times = 1
    line.redis.set("planhook:fetch:state:cal:calendar/primary", first.state)
    line.look()
    line.look()

    assert [name for name, _ in line.meetings()] == ["meeting1@google.com", "meeting2@google.com"]


def test_a_deleted_meeting_is_cancelled_with_what_google_still_shows(line: GoogleLine, api: GoogleApi) -> None:
    api.put(meeting(1))
    line.look()
    api.change(1, status="cancelled")
    line.look()

    *_, last = line.events("meeting")
    assert (last["type"], last["event"]["meeting"]["status"]) == (CANCELLED, "cancelled")
    assert last["event"]["meeting"]["domains"] == ["acme.example"]


def test_a_bare_cancellation_is_newer_than_all_that_was_known(line: GoogleLine, api: GoogleApi) -> None:
    """A UID from elsewhere and a sequence are remembered: what is left of the meeting tells neither."""
    api.put(meeting(1, iCalUID="imported-77@outlook.example", sequence=4))
    line.look()
    del api.calendars["primary"]["meeting1"]
    api.put_bare("meeting1")
    line.look()

    assert line.meetings() == [
        ("imported-77@outlook.example", UPDATED),
        ("imported-77@outlook.example", CANCELLED),
    ]


def test_one_of_a_series_is_moved_and_then_cancelled(line: GoogleLine, api: GoogleApi) -> None:
    api.put(meeting(1, **WEEKLY))
    original = {"dateTime": "2031-10-19T10:00:00+02:00", "timeZone": "Europe/Stockholm"}
    of_series = {"id": "meeting1_20311019T080000Z", "recurringEventId": "meeting1", "originalStartTime": original}
    moved = {"start": {"dateTime": "2031-10-20T10:00:00+02:00"}, "end": {"dateTime": "2031-10-20T11:00:00+02:00"}}
    api.put({**meeting(1, sequence=2), **of_series, **moved})
    line.look()
    api.put_bare(**{"identifier": of_series.pop("id"), **of_series})  # type: ignore[arg-type]
    line.look()

    instance = "meeting1@google.com_20311019T080000Z"
    assert line.meetings() == [("meeting1@google.com", SCHEDULED), (instance, UPDATED), (instance, CANCELLED)]
    *_, last = line.events(CANCELLED)
    cancelled = last["event"]["meeting"]
    assert (cancelled["title"], cancelled["start"]) == ("Meeting 1", "2031-10-19T08:00:00.000Z")
    assert cancelled["end"] == "2031-10-19T09:00:00.000Z"
    assert len(api.taken("/events/meeting1")) == 1


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded"])
def test_too_many_calls_are_a_wait(line: GoogleLine, api: GoogleApi, reason: str) -> None:
    said = f'{{"error": {{"errors": [{{"reason": "{reason}"}}], "code": 403, "message": "Rate Limit Exceeded"}}}}'
    api.faults.append(Fault(403, said.encode(), part_of_path="/events"))
    api.put(meeting(1))
    push = line.push()
    line.look()
    assert line.status(push) == ("waiting", "fetch")

    line.look()
    assert line.status(push) == ("ignored", "fetched")


@pytest.mark.parametrize(
    "fault", [Fault(503), Fault(200, b"<html>"), Fault(200, b"[]"), Fault(200, b'{"items": [7]}'), Fault(200, b"{}")]
)
def test_an_outage_loses_nothing(line: GoogleLine, api: GoogleApi, fault: Fault) -> None:
    api.put(meeting(1))
    line.look()
    api.put(meeting(2))
    push = line.push()
    api.faults.append(Fault(fault.status, fault.body, part_of_path="/events"))
    line.look()
    assert line.status(push) == ("waiting", "fetch")

    line.look()
    assert line.status(push) == ("ignored", "fetched")
    assert [name for name, _ in line.meetings()] == ["meeting1@google.com", "meeting2@google.com"]
    line.assert_books_balance()


def test_reading_changes_twice_gives_no_second_event(line: GoogleLine, api: GoogleApi) -> None:
    """A fetcher that was killed has read, and not written."""
    api.put(meeting(1))
    api.put_bare("meeting2_20311019T080000Z", recurringEventId="meeting2", originalStartTime={"date": "2031-10-19"})
    assert line.fetcher
    state = '{"token": "0"}'
    twice = [line.fetcher.fetch(Lookup("cal", "calendar/primary", (), state)) for _ in range(2)]
    for fetched in twice:
        line.inbox.accept(fetched.found)

    assert len(line.events("meeting")) == 2


def test_a_fetcher_that_is_killed_after_reading_loses_and_doubles_nothing(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    api.put(meeting(1))
    push = line.push()
    (lookup,) = line.fetches.claim("dead", 10, 60_000, idle=True)
    assert line.fetcher
    assert len(line.fetcher.fetch(lookup).found) == 1
    line.fetches.release("dead", died=True)
    line.look()

    assert line.status(push) == ("ignored", "fetched")
    assert line.meetings() == [("meeting1@google.com", SCHEDULED)]
    line.assert_books_balance()


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cancellation_that_google_does_not_explain_is_told_all_the_same(
    line: GoogleLine, api: GoogleApi, status: int
) -> None:
    line.look()
    api.put_bare("meeting1")
    api.faults.append(Fault(status, b"{}", part_of_path="/events/meeting1"))
    line.look()

    assert line.meetings() == [("meeting1@google.com", CANCELLED)]


def test_a_meeting_that_cannot_be_read_ends_dead_and_holds_up_no_other(line: GoogleLine, api: GoogleApi) -> None:
    api.put(meeting(1, start={"dateTime": "soon"}))
    api.put(meeting(2))
    api.put_bare("meeting3_x", recurringEventId="meeting3", originalStartTime={"date": "some day"})
    line.look()
    line.look()

    (broken,) = line.events("cal.unknown")
    assert (broken["status"], broken["reason"]) == (
        "dead",
        "this meeting of primary cannot be read: start is not a time of Google's",
    )
    assert line.meetings() == [("meeting2@google.com", SCHEDULED)]


@pytest.mark.parametrize("kind", ["focusTime", "outOfOffice", "workingLocation", "birthday"])
def test_what_is_no_meeting_is_left_out(line: GoogleLine, api: GoogleApi, kind: str) -> None:
    api.put(meeting(1, eventType=kind))
    api.put(meeting(2, eventType="fromGmail"))
    line.look()

    assert line.meetings() == [("meeting2@google.com", SCHEDULED)]


def test_each_calendar_is_followed_by_itself(line: GoogleLine, api: GoogleApi) -> None:
    api.calendars = {"ann@ourco.example": {}, "bob@ourco.example": {}}
    line.configure(calendars=list(api.calendars))
    line.redis.zrem("planhook:fetch:due:cal", "calendar/primary")
    line.look()
    api.put(meeting(1), "bob@ourco.example")
    push = line.push(calendar="bob%40ourco.example")
    stranger = line.push(3, calendar="eve%40ourco.example")
    before = len(api.taken("/calendars/ann%40ourco.example"))
    line.completer().drain(lambda: False)
    line.plan()

    assert line.status(push) == ("ignored", "fetched")
    assert line.status(stranger) == ("ignored", "another calendar")
    assert line.meetings() == [("meeting1@google.com", SCHEDULED)]
    assert len(api.taken("/calendars/ann%40ourco.example")) == before


def test_a_guest_who_takes_a_meeting_off_the_calendar_cancels_nothing(line: GoogleLine, api: GoogleApi) -> None:
    api.calendars = {"ann@ourco.example": {}, "bob@ourco.example": {}}
    line.configure(calendars=list(api.calendars))
    api.put(meeting(1), "ann@ourco.example")
    api.put(meeting(1, organizer={"email": "ann@ourco.example"}), "bob@ourco.example")
    line.look()
    api.change(1, "bob@ourco.example", status="cancelled")
    line.look()
    assert CANCELLED not in [kind for _, kind in line.meetings()]
    (left,) = line.events("cal.cancelled")
    assert (left["status"], left["reason"]) == ("ignored", "not the organiser")

    api.change(1, "ann@ourco.example", status="cancelled")
    line.look()
    assert [kind for _, kind in line.meetings()][-1] == CANCELLED


def test_a_calendar_that_is_not_there_is_told_and_looked_for_again(line: GoogleLine, api: GoogleApi) -> None:
    line.configure(calendars=["nobody@ourco.example"])
    push = line.push(calendar="nobody@ourco.example")
    with capture_logs() as logs:
        line.look()

    assert line.status(push) == ("waiting", "fetch")
    assert any(entry["event"] == "lookup_refused" for entry in logs)
    (trouble,) = line.fetches.troubles()
    told = (trouble.source, trouble.lookup, trouble.reason)
    assert told == ("cal", "calendar/nobody@ourco.example", "Google Calendar: HTTP 404: Not Found")
    api.calendars["nobody@ourco.example"] = {}
    line.look()
    assert line.status(push) == ("ignored", "fetched")
    assert line.fetches.troubles() == []


def test_one_calendar_that_is_closed_to_us_does_not_slow_the_others(line: GoogleLine, api: GoogleApi) -> None:
    api.calendars = {"ann@ourco.example": {}, "bob@ourco.example": {}}
    api.page = 1
    line.configure(calendars=list(api.calendars))
    line.redis.zrem("planhook:fetch:due:cal", "calendar/primary")
    refused = b'{"error": {"message": "notACalendarUser"}}'
    api.faults.append(Fault(403, refused, part_of_path="/calendars/bob", times=1000))
    for number in range(5):
        api.put(meeting(number), "ann@ourco.example")
    line.completer().drain(lambda: False)
    line.plan()

    assert len(line.meetings()) == 5
    assert [one.lookup for one in line.fetches.troubles()] == ["calendar/bob@ourco.example"]
    assert len(api.taken("/calendars/bob")) == 1


def test_a_revoked_permission_tells_a_person_and_loses_nothing(line: GoogleLine, api: GoogleApi) -> None:
    said = b'{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'
    api.faults.append(Fault(400, said, part_of_path="/token"))
    push = line.push()
    with capture_logs() as logs:
        line.look()

    assert line.status(push) == ("waiting", "fetch")
    (entry,) = [entry for entry in logs if entry["event"] == "source_paused"]
    assert entry["log_level"] == "error"
    assert "Google's sign-in: HTTP 400: invalid_grant: Token has been expired or revoked." in entry["error"]
    assert not any(secret in str(logs) for secret in (CLIENT["client_secret"], CLIENT["refresh_token"]))
    line.look()
    assert line.status(push) == ("ignored", "fetched")


def test_an_access_token_that_ended_early_is_replaced(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    api.given.append("of another process")
    push = line.push()
    line.look()

    assert line.status(push) == ("ignored", "fetched")
    assert len(api.taken("/token")) == 2


def test_a_calendar_that_was_taken_out_of_the_rules_is_let_go(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    push = line.push()
    api.calendars["team@ourco.example"] = {}
    line.configure(calendars=["team@ourco.example"])
    line.look()

    assert line.status(push) == ("ignored", "thin")
    assert line.redis.zscore("planhook:fetch:due:cal", "calendar/primary") is None
