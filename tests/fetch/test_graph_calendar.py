"""Calendars read from time to time: what notifications missed is found, once, whatever happens on the way."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from planhook.fetch.microsoft_graph import GraphFetcher
from planhook.store.connection import connect
from planhook.store.journal import Filters
from tests.fetch.graph_api import GraphApi
from tests.fetch.graph_line import ANN, STATE, GraphLine
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import serving

CALENDAR = f"calendar/{ANN}"


@pytest.fixture
def api() -> Iterator[GraphApi]:
    with serving(GraphApi()) as running:
        yield running


@pytest.fixture
def line(redis_url: str, api: GraphApi) -> Iterator[GraphLine]:
    """Ann's calendar is read; nothing subscribes to it."""
    redis = connect(redis_url, timeout=5, connections=16)
    line = GraphLine(redis, api)
    line.configure(address=None)
    line.stand()
    yield line
    redis.connection_pool.disconnect()


def poll(line: GraphLine) -> list[str]:
    """Read the calendar now; gives the ids that were told of, and how."""
    line.hurry(CALENDAR)
    return sorted(f"{event['event']['sender_id']} {event['type']}" for event in line.work())


def test_meetings_that_are_there_at_the_start_are_told_page_by_page(line: GraphLine, api: GraphApi) -> None:
    for number in range(5):
        api.put(ANN, f"m{number}")
    assert poll(line) == [f"m{number} meeting.scheduled" for number in range(5)]

    looks = api.taken("/calendarView/delta")
    assert len(looks) == 3
    assert "odata.maxpagesize=25" in looks[0].headers["prefer"]
    assert looks[0].query["startDateTime"] < looks[0].query["endDateTime"]
    assert "startDateTime" not in looks[1].query
    assert 800 < line.due_in_s(CALENDAR) <= 901
    line.assert_books_balance()


def test_meetings_that_were_there_before_may_stay_untold(line: GraphLine, api: GraphApi) -> None:
    line.configure(address=None, existing="ignore")
    for number in range(3):
        api.put(ANN, f"m{number}")
    assert poll(line) == []

    api.put(ANN, "m1", subject="moved")
    api.put(ANN, "new")
    api.delete(ANN, "m2")
    assert poll(line) == ["m1 meeting.updated", "m2 meeting.cancelled", "new meeting.scheduled"]

    api.faults.append(Fault(410, b"{}", part_of_path="/delta"))
    assert poll(line) == []  # also when the whole calendar is read again
    assert len([look for look in api.taken("/delta") if "startDateTime" in look.query]) == 2


def test_only_what_changed_is_told_again(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    api.put(ANN, "m2")
    poll(line)
    api.put(ANN, "m2", subject="moved")
    assert poll(line) == ["m2 meeting.updated"]
    assert poll(line) == []


def test_what_a_notification_told_already_is_told_once(line: GraphLine, api: GraphApi) -> None:
    poll(line)
    api.put(ANN, "m1")
    line.notice(api.notification(ANN, "m1", "created", "sub", STATE))
    assert len(line.work()) == 1
    api.delete(ANN, "m1")
    line.notice(api.notification(ANN, "m1", "deleted", "sub", STATE))
    assert len(line.work()) == 1

    assert poll(line) == []


def test_occurrences_that_are_as_their_series_says_bring_nothing(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "series", type="seriesMaster")
    api.put(ANN, "o1", type="occurrence", seriesMasterId="series")
    assert poll(line) == ["series meeting.scheduled"]
    api.delete(ANN, "o1")
    assert poll(line) == []
    assert api.taken("/events/o1") == []


def test_what_only_left_the_window_is_not_cancelled(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    poll(line)
    far = api.put(ANN, "m1", subject="in two years")
    api.faults.append(Fault(200, _page({"id": "m1", "@removed": {"reason": "changed"}}), part_of_path="/delta"))

    assert poll(line) == ["m1 meeting.updated"]
    assert line.journal.stats()["dead"] == 0
    assert far["subject"] == "in two years"


@pytest.mark.parametrize("status", [410, 400])
def test_a_token_that_graph_forgot_begins_again_and_tells_nothing_twice(
    line: GraphLine, api: GraphApi, status: int
) -> None:
    api.put(ANN, "m1")
    poll(line)
    api.put(ANN, "m2")
    api.faults.append(Fault(status, b'{"error": {"code": "SyncStateNotFound"}}', part_of_path="/delta"))

    assert poll(line) == ["m2 meeting.scheduled"]
    assert poll(line) == []
    line.assert_books_balance()


@pytest.mark.parametrize("existing", ["schedule", "ignore"])
def test_what_is_gone_when_graph_forgot_our_token_is_cancelled(line: GraphLine, api: GraphApi, existing: str) -> None:
    line.configure(address=None, existing=existing)
    for number in range(60):
        api.put(ANN, f"m{number}")
    api.put(ANN, "kept")
    poll(line)
    for number in range(60):
        api.delete(ANN, f"m{number}")
    api.put(ANN, "new")
    api.forget()

    gone = sorted(f"m{number} meeting.cancelled" for number in range(60))
    assert poll(line) == [*gone, "new meeting.scheduled"]
    assert len(api.taken("/events/m59")) == 1
    assert api.taken("/events/kept") == []
    api.forget()
    assert poll(line) == []
    assert len(api.taken("/events/m59")) == 1
    line.assert_books_balance()


def test_what_is_gone_is_cancelled_though_a_fetcher_is_killed_on_the_way(line: GraphLine, api: GraphApi) -> None:
    for number in range(3):
        api.put(ANN, f"m{number}")
    poll(line)
    for number in range(3):
        api.delete(ANN, f"m{number}")
    api.forget()
    line.hurry(CALENDAR)
    assert line.fetcher
    for _ in range(2):
        (lookup,) = line.fetches.claim("one", 10, 60_000, idle=True)
        line.fetches.commit("one", lookup, line.fetcher.fetch(lookup))
    (lookup,) = line.fetches.claim("killed", 10, 60_000, idle=True)
    assert len(line.fetcher.fetch(lookup).found) == 3
    line.fetches.release("killed", died=True)

    assert poll(line) == [f"m{number} meeting.cancelled" for number in range(3)]


def test_what_lies_outside_of_a_new_window_is_not_looked_for(line: GraphLine, api: GraphApi) -> None:
    for number, year in (("past", "2020"), ("far", "2099")):
        at = {"timeZone": "UTC", "dateTime": f"{year}-01-10T09:00:00.0000000"}
        api.put(ANN, number, start=at, end=at)
    poll(line)
    for number in ("past", "far"):
        api.delete(ANN, number)
    api.forget()

    assert poll(line) == []
    assert [path for path in ("past", "far") if api.taken(f"/events/{path}")] == []


def test_one_event_that_cannot_be_read_holds_up_no_other(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    poll(line)
    api.put(ANN, "m2")
    items = [{"id": "bad"}, {"id": "m1", "@removed": {"reason": "deleted"}}, {"id": "m2"}]
    api.faults.append(Fault(200, _page(*items), part_of_path="/delta"))
    api.faults.append(Fault(400, b'{"error": {"message": "malformed"}}', part_of_path="/events/bad"))
    api.faults.append(Fault(403, b'{"error": {"message": "private"}}', part_of_path="/events/m1"))

    assert poll(line) == ["m2 meeting.scheduled"]
    rows, _ = line.journal.events(Filters(status="dead"), 10, None)
    assert {(row["type"], row["reason"]) for row in rows} == {
        ("outlook.unknown", "Graph's event bad cannot be read: Microsoft Graph: HTTP 400: malformed"),
        ("outlook.unknown", "Graph's event m1 cannot be read: Microsoft Graph: HTTP 403: private"),
    }
    assert line.due_in_s(CALENDAR) > 800


def test_a_calendar_that_may_not_be_read_is_no_reason_to_begin_again(line: GraphLine, api: GraphApi) -> None:
    api.faults.append(Fault(404, b'{"error": {"code": "MailboxNotEnabledForRESTAPI", "message": "no mailbox"}}'))
    api.faults[0].part_of_path = "/delta"
    assert poll(line) == []
    assert len(api.taken("/delta")) == 1
    assert 12 < line.due_in_s(CALENDAR) <= 16
    (trouble,) = line.fetches.troubles()
    assert (trouble.source, trouble.lookup) == ("outlook", CALENDAR)
    assert trouble.reason == "Microsoft Graph: HTTP 404: no mailbox"

    api.put(ANN, "m1")
    assert poll(line) == ["m1 meeting.scheduled"]
    assert line.fetches.troubles() == []


def test_a_window_is_replaced_after_a_month(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    poll(line)
    state = line.redis.get(f"planhook:fetch:state:outlook:{CALENDAR}")
    assert isinstance(state, bytes)
    line.redis.set(f"planhook:fetch:state:outlook:{CALENDAR}", state.replace(b'"opened": 1', b'"opened": '))
    api.put(ANN, "m2")
    assert poll(line) == ["m2 meeting.scheduled"]

    queries = [look.query for look in api.taken("/delta")]
    assert ["startDateTime" in query for query in queries] == [True, False, True]
    assert poll(line) == []


def test_pages_without_end_are_given_up(line: GraphLine, api: GraphApi) -> None:
    assert isinstance(line.fetcher, GraphFetcher)
    line.fetcher = replace(line.fetcher, calendars=replace(line.fetcher.calendars, most_pages=3))
    endless = b'{"value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/x?$skiptoken=0-0"}'
    api.faults.append(Fault(200, endless, part_of_path="/delta", times=100))
    assert poll(line) == []
    assert len(api.taken("/delta")) == 4
    assert line.due_in_s(CALENDAR) > 800


@pytest.mark.parametrize("body", [b"{}", b'{"value": {}}', b'{"value": []}', b'{"value": [5, null, {}, {"id": ""}]}'])
def test_an_answer_that_is_no_page_is_asked_for_again(line: GraphLine, api: GraphApi, body: bytes) -> None:
    api.faults.append(Fault(200, body, part_of_path="/delta"))
    api.put(ANN, "m1")
    poll(line)
    line.end_pause()

    assert [event["type"] for event in line.work()] == ["meeting.scheduled"]


def test_no_link_leads_our_token_elsewhere(line: GraphLine, api: GraphApi) -> None:
    stolen = b'{"value": [], "@odata.nextLink": "http://127.0.0.1:1/steal?$skiptoken=0-0"}'
    api.faults.append(Fault(200, stolen, part_of_path="/delta"))
    api.put(ANN, "m1")

    assert poll(line) == ["m1 meeting.scheduled"]


def test_a_fetcher_killed_in_between_pages_loses_and_doubles_nothing(line: GraphLine, api: GraphApi) -> None:
    for number in range(4):
        api.put(ANN, f"m{number}")
    assert line.fetcher
    (lookup,) = line.fetches.claim("one", 10, 60_000, idle=True)
    line.fetches.commit("one", lookup, line.fetcher.fetch(lookup))
    (lookup,) = line.fetches.claim("killed", 10, 60_000, idle=True)
    line.fetcher.fetch(lookup)
    line.fetches.release("killed", died=True)

    assert poll(line) == [f"m{number} meeting.scheduled" for number in range(4)]
    assert len([look for look in api.taken("/delta") if "startDateTime" in look.query]) == 1
    line.assert_books_balance()


def test_a_user_who_is_no_longer_named_is_left_alone(line: GraphLine, api: GraphApi) -> None:
    poll(line)
    line.configure(users=["bob@ourco.example"], address=None)
    line.hurry()
    line.work()
    before = len(api.requests)
    line.hurry()
    line.work()

    assert len(api.requests) == before
    assert line.redis.zscore("planhook:fetch:due:outlook", CALENDAR) is None


def _page(*items: object) -> bytes:
    return json.dumps({"value": items, "@odata.deltaLink": "https://x.example/?$deltatoken=2-0"}).encode()
