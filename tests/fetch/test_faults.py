"""What an API that fails does to the events that wait for it: an outage costs none of them anything."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from planhook.core.errors import FetchUnavailable
from planhook.core.event import Event
from planhook.fetch.api import Api, Stopped
from planhook.store.fetches import MOST_TROUBLES, FetchCache, Lookup, SourceBudget
from tests.fetch.conftest import Line, change
from tests.fetch.hubspot_api import TOKEN, Fault, HubSpotApi
from workers.patience import MOST_TRIES


def test_after_a_429_the_source_is_left_alone_as_long_as_told(line: Line, api: HubSpotApi) -> None:
    api.faults.append(Fault(429, b'{"message": "You have reached your secondly limit."}', {"Retry-After": "7"}))
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.complete()

    assert line.status(won) == ("waiting", "fetch")
    assert 5 < line.paused_s() <= 7
    assert not line.inbox.sweep().fetch
    line.end_pause()
    line.complete()
    assert line.status(won) == ("ignored", "no rule")
    assert api.taken("/deals/42") == 2


def test_a_429_that_names_no_time_waits_a_while(line: Line, api: HubSpotApi) -> None:
    api.faults.append(Fault(429, b"{}"))
    line.accept(change("dealstage", "closedwon"))
    line.complete()

    assert 10 < line.paused_s() < 20


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500),
        Fault(502, b"<html>bad gateway</html>"),
        Fault(503, b"", {"Retry-After": "1"}),
        Fault(477, b"{}", {"Retry-After": "1"}),
        Fault(301, b"", {"Location": "http://127.0.0.1:1/"}),
        Fault(200, b"<html>maintenance</html>"),
        Fault(200, b"[]"),
        Fault(200, b'{"id": "1", "properties": {"amount": 1e999}}'),
        Fault(200, b""),
    ],
)
def test_any_fault_that_may_pass_is_waited_out(line: Line, api: HubSpotApi, fault: Fault) -> None:
    api.faults.append(Fault(fault.status, fault.body, fault.headers))
    (won,) = line.accept(change("dealstage", "closedwon"))

    line.complete()
    assert line.status(won) == ("waiting", "fetch")
    assert 0 < line.paused_s() < 1.5
    line.end_pause()
    line.complete()

    assert line.status(won) == ("ignored", "no rule")
    line.assert_books_balance()


def test_an_outage_ends_no_event_however_long_it_lasts(line: Line, api: HubSpotApi) -> None:
    api.faults.append(Fault(503, times=1000))
    events = line.accept(*(change("dealname", "x", deal=number, at=number) for number in (42, 43, 44)))
    api.add_deal("43", dealname="x")
    api.add_deal("44", dealname="x")
    completer = line.completer()
    for _ in range(3 * MOST_TRIES):
        line.complete(completer)
        line.end_pause()

    assert {line.status(event) for event in events} == {("waiting", "fetch")}
    api.faults.clear()
    line.complete(completer)
    assert {line.status(event) for event in events} == {("ignored", "no rule")}
    line.assert_books_balance()


def test_a_deal_that_always_fails_while_others_pass_ends_dead(line: Line, api: HubSpotApi) -> None:
    api.faults.append(Fault(500, b'{"message": "boom"}', part_of_path="/deals/66", times=1000))
    (poison,) = line.accept(change("dealname", "x", deal=66))
    completer = line.completer()
    others: list[Event] = []
    for number in range(MOST_TRIES):
        others += line.accept(change("dealname", "x", at=number))
        line.complete(completer)
        line.end_pause()
        line.complete(completer)
        line.end_pause()

    status, reason = line.status(poison)
    assert status == "dead"
    assert "HTTP 500: boom" in reason
    assert api.taken("/deals/66") >= MOST_TRIES
    assert {line.status(event) for event in others} == {("ignored", "no rule")}
    line.assert_books_balance()


def test_a_deal_that_is_gone_ends_dead_with_the_reason(line: Line, api: HubSpotApi) -> None:
    (gone,) = line.accept(change("dealname", "x", deal=404))
    line.complete()

    assert line.status(gone) == ("dead", "could not be fetched: HubSpot: HTTP 404: resource not found")
    assert line.paused_s() < 0
    line.assert_books_balance()


def test_a_token_that_is_refused_stops_the_source_and_tells_a_person(line: Line, api: HubSpotApi) -> None:
    said = f'{{"message": "this app lacks a scope; you sent Bearer {TOKEN}"}}'.encode()
    api.faults.append(Fault(401, said, times=1))
    (won,) = line.accept(change("dealstage", "closedwon"))
    with capture_logs() as logs:
        line.complete()

    assert line.status(won) == ("waiting", "fetch")
    assert 10 < line.paused_s() < 20
    (entry,) = [entry for entry in logs if entry["event"] == "source_paused"]
    assert (entry["log_level"], entry["source"]) == ("error", "crm")
    assert "lacks a scope" in entry["error"]
    assert TOKEN not in str(logs)
    (trouble,) = line.fetches.troubles()
    assert trouble.source == "crm"
    assert trouble.reason == entry["error"]
    assert timedelta() <= datetime.now(UTC) - trouble.since < timedelta(seconds=5)
    line.end_pause()
    line.complete()
    assert line.status(won) == ("ignored", "no rule")
    assert line.fetches.troubles() == []


def test_what_is_closed_to_us_is_told_until_it_passes_and_holds_up_nothing_else(line: Line, api: HubSpotApi) -> None:
    said = b'{"message": "this app may not read it"}'
    api.faults.append(Fault(403, said, part_of_path="/deals/43", times=2))
    api.add_deal("43", dealname="x")
    completer = line.completer()
    (closed,) = line.accept(change("dealname", "x", deal=43))
    with capture_logs() as logs:
        line.complete(completer)
    (other,) = line.accept(change("dealname", "x"))
    line.complete(completer)

    assert (line.status(closed), line.status(other)) == (("waiting", "fetch"), ("ignored", "no rule"))
    (entry,) = [entry for entry in logs if entry["event"] == "lookup_refused"]
    assert (entry["log_level"], entry["source"], entry["key"]) == ("error", "crm", "deal/43")
    (trouble,) = line.fetches.troubles()
    assert (trouble.source, trouble.lookup) == ("crm", "deal/43")
    assert trouble.reason == "HubSpot: HTTP 403: this app may not read it"
    assert line.paused_s() < 0
    line.hurry()
    line.complete(completer)
    assert line.fetches.troubles() == [trouble]

    line.hurry()
    line.complete(completer)
    assert line.status(closed) == ("ignored", "no rule")
    assert line.fetches.troubles() == []
    line.assert_books_balance()


def test_only_so_many_troubles_are_kept(line: Line) -> None:
    for number in range(MOST_TROUBLES + 5):
        lookup = Lookup("crm", f"deal/{number}")
        line.fetches.postpone("one", lookup, 15.0, trouble="HTTP 403", alone=True)
    line.fetches.postpone("one", Lookup("crm", "deal/1"), 15.0, pause_s=15.0, trouble="HTTP 401")

    troubles = line.fetches.troubles()
    assert len(troubles) == MOST_TROUBLES + 1
    assert troubles[0].lookup == ""


def test_a_trouble_is_shown_since_it_began(line: Line, api: HubSpotApi) -> None:
    api.token = "another"
    line.accept(change("dealstage", "closedwon"))
    line.complete()
    (begun,) = line.fetches.troubles()
    line.end_pause()
    line.complete()

    assert line.fetches.troubles() == [begun]


def test_a_wrong_token_is_never_repeated(line: Line, api: HubSpotApi) -> None:
    api.token = "another"
    (won,) = line.accept(change("dealstage", "closedwon"))
    with capture_logs() as logs:
        line.complete()

    assert line.status(won) == ("waiting", "fetch")
    assert TOKEN not in str(logs)


def test_a_refusal_of_the_company_is_the_events_end(line: Line, api: HubSpotApi) -> None:
    api.faults.append(Fault(400, b'{"message": "unknown property"}', part_of_path="/companies/"))
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.complete()

    assert line.status(won) == ("dead", "could not be fetched: HubSpot: HTTP 400: unknown property")


def test_a_server_that_says_nothing_is_given_up_in_time(line: Line, api: HubSpotApi) -> None:
    api.faults.append(Fault(silent=True))
    client = _api(line, total_s=0.3)

    with pytest.raises(FetchUnavailable, match=r"no answer within 0\.3 s"):
        client.get("/crm/v3/objects/deals/42")


def test_an_api_that_is_not_there_is_an_outage(line: Line) -> None:
    client = _api(line, url="http://127.0.0.1:1")

    with pytest.raises(FetchUnavailable):
        client.get("/crm/v3/objects/deals/42")


def test_all_processes_together_keep_to_the_rate(line: Line, api: HubSpotApi) -> None:
    mine, another = (SourceBudget(line.redis, "crm", 3, 60.0) for _ in range(2))

    assert [mine.take(), another.take(), mine.take()] == [0, 0, 0]
    assert 55 < another.take() <= 60
    assert SourceBudget(line.redis, "other", 3, 60.0).take() == 0


def test_a_process_that_is_to_end_waits_for_no_budget(line: Line) -> None:
    stop = threading.Event()
    client = _api(line, stop=stop)
    SourceBudget(line.redis, "crm", 1, 10.0).take()
    stop.set()

    with pytest.raises(Stopped):
        client.get("/crm/v3/objects/deals/42")


def test_what_is_kept_is_not_asked_for_again(line: Line, api: HubSpotApi) -> None:
    client = _api(line, calls=100)

    first = client.get("/crm/v3/owners/5", keep_s=60)
    missing = client.get("/crm/v3/owners/6", keep_s=60)
    api.owners.clear()

    assert client.get("/crm/v3/owners/5", keep_s=60) == first == {"id": "5", "email": "ann@example.com"}
    assert client.get("/crm/v3/owners/6", keep_s=60) is missing is None
    assert len(api.calls) == 2


def _api(
    line: Line, *, url: str = "", total_s: float = 2.0, stop: threading.Event | None = None, calls: int = 1
) -> Api:
    budget = SourceBudget(line.redis, "crm", calls, 10.0)
    stopped = stop or threading.Event()
    cache = FetchCache(line.redis, "crm")
    return Api("HubSpot", url or line.api.url, budget, cache, stopped.is_set, token=TOKEN, total_s=total_s)
