"""Changes of Outlook events: each becomes one event about its meeting, however often and late it is told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from planhook.core.event import from_iso
from planhook.store.connection import connect
from planhook.store.journal import Filters
from tests.fetch.graph_api import SECRET, GraphApi, person
from tests.fetch.graph_line import ANN, STATE, GraphLine
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import serving

BOB = "bob@ourco.example"


@pytest.fixture
def api() -> Iterator[GraphApi]:
    with serving(GraphApi()) as running:
        yield running


@pytest.fixture
def line(redis_url: str, api: GraphApi) -> Iterator[GraphLine]:
    """Ann's calendar is subscribed to, and empty."""
    redis = connect(redis_url, timeout=5, connections=16)
    line = GraphLine(redis, api)
    line.stand()
    line.work()
    yield line
    redis.connection_pool.disconnect()


def test_a_meeting_is_planned_moved_and_called_off(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1", attendees=[person("leyla@acme.example", status={"response": "accepted"})])
    (planned,) = line.work()
    meeting = planned["event"]["meeting"]
    assert (planned["type"], planned["status"]) == ("meeting.scheduled", "ignored")
    assert (meeting["title"], meeting["start"], meeting["end"]) == (
        "Kickoff",
        "2027-01-10T09:00:00.000Z",
        "2027-01-10T10:00:00.000Z",
    )
    assert (meeting["domains"], meeting["attendees"][0]["response"]) == (["acme.example"], "accepted")

    api.put(ANN, "m1", start={"dateTime": "2027-01-11T12:00:00.0000000", "timeZone": "UTC"})
    (moved,) = line.work()
    assert (moved["types"], moved["event"]["meeting"]["id"]) == (
        ["meeting.updated", "meeting.scheduled"],
        meeting["id"],
    )
    assert moved["event"]["meeting"]["start"] == "2027-01-11T12:00:00.000Z"

    api.put(ANN, "m1", isCancelled=True, subject="Canceled: Kickoff")
    (cancelled,) = line.work()
    assert (cancelled["type"], cancelled["event"]["meeting"]["status"]) == ("meeting.cancelled", "cancelled")
    line.assert_books_balance()


def test_notifications_end_as_fetched_and_many_of_one_change_make_one_event(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    notices = [api.notification(ANN, "m1", said, f"sub{said}", STATE) for said in ("created", "updated")]
    line.notice(*notices)
    assert len(line.work()) == 1
    line.notice({**notices[0], "id": "told again much later"})
    assert line.work() == []

    stats = line.journal.stats()
    assert stats["dead"] == stats["waiting"] == 0
    line.assert_books_balance()


def test_a_deleted_meeting_is_cancelled_as_it_was_known(line: GraphLine, api: GraphApi) -> None:
    record = api.put(ANN, "m1")
    line.work()
    api.delete(ANN, "m1")
    (cancelled,) = line.work()

    assert cancelled["type"] == "meeting.cancelled"
    meeting = cancelled["event"]["meeting"]
    assert (meeting["id"], meeting["status"], meeting["domains"]) == (record["iCalUId"], "cancelled", ["acme.example"])


def test_a_meeting_that_was_never_seen_is_cancelled_under_its_graph_id(line: GraphLine) -> None:
    line.notice(line.api.notification(ANN, "gone", "deleted", "sub", STATE))
    line.notice(line.api.notification(ANN, "gone-too", "updated", "sub", STATE))
    told = line.work()

    assert [(each["type"], each["event"]["meeting"]["id"]) for each in told] == [
        ("meeting.cancelled", "gone"),
        ("meeting.cancelled", "gone-too"),
    ]


def test_a_guest_who_throws_a_copy_away_cancels_nothing(line: GraphLine, api: GraphApi) -> None:
    line.configure(users=[ANN, BOB])
    line.stand()
    uid = api.put(ANN, "of-ann", attendees=[person(BOB)])["iCalUId"]
    api.put(BOB, "of-bob", iCalUId=uid, isOrganizer=False, attendees=[person(BOB)])
    line.work()
    line.notice(api.notification(BOB, "of-bob", "deleted", "sub", STATE))
    del api.mailboxes[BOB]["of-bob"]
    assert line.work() == []

    api.put(BOB, "again", iCalUId=uid, isOrganizer=False, attendees=[person(BOB)])
    line.work()
    api.delete(ANN, "of-ann")
    assert [story for story, _ in line.stories()] == ["meeting.cancelled"]


def test_a_meeting_that_moves_to_another_calendar_lives_on(line: GraphLine, api: GraphApi) -> None:
    uid = api.put(ANN, "m1")["iCalUId"]
    line.work()
    api.put(ANN, "moved", iCalUId=uid)
    line.work()
    api.delete(ANN, "m1")

    assert line.work() == []


def test_one_of_a_series_is_a_meeting_of_its_own(line: GraphLine, api: GraphApi) -> None:
    series = api.put(ANN, "series", type="seriesMaster", recurrence=_every_monday())
    uid = series["iCalUId"]
    own = f"{uid[:32]}07EB010B{uid[40:]}"  # Exchange writes the day into the UID of an instance
    instance = {"type": "exception", "seriesMasterId": "series", "originalStart": "2027-01-11T09:00:00Z"}
    api.put(ANN, "series-2", iCalUId=own, start=series["start"], **instance)
    whole, one = sorted(line.work(), key=lambda told: len(told["event"]["meeting"]["id"]))

    assert whole["event"]["meeting"]["id"] == uid
    assert (whole["event"]["meeting"]["recurrence"], whole["event"]["meeting"]["repeat"]) == (
        "FREQ=WEEKLY;BYDAY=MO",
        "weekly",
    )
    assert one["event"]["meeting"]["id"] == f"{uid}_20270111T090000Z"

    api.delete(ANN, "series-2")
    (cancelled,) = line.work()
    assert cancelled["event"]["meeting"]["id"] == f"{uid}_20270111T090000Z"


def test_an_event_that_cannot_be_read_ends_dead_and_holds_up_no_other(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "odd", start={"dateTime": "tomorrow"})
    api.put(ANN, "m1")
    assert [story for story, _ in line.stories()] == ["meeting.scheduled"]

    (dead,) = [row for row in _ended(line) if row["status"] == "dead"]
    assert dead["reason"] == "Graph's event cannot be used: start is not a time"
    line.assert_books_balance()


def test_a_token_that_ended_is_replaced_once_and_never_told(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    api.tokens.append("revoked the one before")
    with capture_logs() as logs:
        assert len(line.work()) == 1

    assert len(api.taken("/token")) == 2
    assert "access-" not in str(logs)


def test_a_secret_that_is_refused_tells_a_person_and_loses_nothing(line: GraphLine, api: GraphApi) -> None:
    line.configure(client_secret="expired-secret")
    api.put(ANN, "m1")
    with capture_logs() as logs:
        assert line.work() == []

    (entry, *_) = [entry for entry in logs if entry["event"] == "source_paused"]
    assert entry["log_level"] == "error"
    assert "AADSTS7000215" in entry["error"]
    assert "expired-secret" not in str(logs)
    line.configure()
    line.end_pause()
    assert len(line.work()) == 1
    line.assert_books_balance()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, b'{"error": {"code": "ApplicationThrottled", "message": "slow down"}}', {"Retry-After": "3"}),
        Fault(503, b"", {"Retry-After": "3"}),
        Fault(500),
        Fault(200, b"[]"),
        Fault(403, b'{"error": {"code": "ErrorAccessDenied", "message": "Access is denied."}}'),
    ],
)
def test_what_may_pass_is_waited_out(line: GraphLine, api: GraphApi, fault: Fault) -> None:
    api.put(ANN, "m1")
    api.faults.append(replace(fault, part_of_path="/events/m1"))
    assert line.work() == []
    assert line.journal.stats()["waiting"] == 1
    line.end_pause()

    assert len(line.work()) == 1
    line.assert_books_balance()


def test_a_fetcher_killed_before_it_could_write_tells_the_same_once(line: GraphLine, api: GraphApi) -> None:
    """What it remembered of the event is written, what it found is not."""
    api.put(ANN, "m1")
    (lookup,) = line.fetches.claim("killed", 10, 60_000, idle=True)
    assert line.fetcher
    lost = line.fetcher.fetch(lookup)
    line.fetches.release("killed", died=True)
    line.hurry()
    (event,) = line.work()

    assert (event["id"], event["type"]) == (lost.found[0].id, "meeting.scheduled")
    assert from_iso(event["received_at"]) >= lost.found[0].received_at


def test_no_secret_reaches_redis(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    line.work()

    kept: Any = line.redis.mget(line.redis.keys("planhook:fetch:state:*") + line.redis.keys("planhook:fetch:cache:*"))
    told = json.dumps(_ended(line)).encode()
    assert len(kept) == 3
    for secret in (SECRET, STATE, api.tokens[-1]):
        assert secret.encode() not in b"".join([*kept, told])


def _ended(line: GraphLine) -> list[dict[str, str]]:
    rows, _ = line.journal.events(Filters(), 200, None)
    return [line.journal.event(row["id"]) for row in rows]


def _every_monday() -> dict[str, object]:
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "sunday"}
    return {"pattern": pattern, "range": {"type": "noEnd", "startDate": "2027-01-04"}}
