"""Lookups in Redis: many events one look, one fetcher at a time, and nothing lost whoever dies."""

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from planhook.core.event import Event, event_id
from planhook.store.fetches import Fetched, Lookup
from planhook.store.inbox import event_body
from planhook.store.registers import Lost
from tests.fetch.conftest import Line, change
from tests.fetch.hubspot_api import Fault, HubSpotApi


@dataclass
class CalendarFetcher:
    """Like a calendar's: a notification becomes events of its own, and a token is kept between syncs."""

    states: list[str] = field(default_factory=list)
    again_s: float | None = None

    def fetch(self, lookup: Lookup) -> Fetched:
        self.states.append(lookup.state)
        number = len(self.states)
        now = datetime.now(UTC)
        found = Event(
            id=event_id(lookup.source, f"found-{number}"),
            source=lookup.source,
            type="meeting.updated",
            types=("meeting.updated",),
            occurred_at=now,
            received_at=now,
            order=(number, 0),
            meeting={"id": "m1"},
        )
        done = tuple(replace(event, ignored="fetched") for event in lookup.events)
        return Fetched(done, (found,), state=f"token-{number}", again_s=self.again_s)


def test_events_of_one_deal_are_completed_by_one_look(line: Line, api: HubSpotApi) -> None:
    events = line.accept(*(change("dealname", f"name {number}", at=number) for number in range(250)))
    assert (line.receipt.accepted, line.receipt.wake, line.receipt.wake_fetcher) == (250, False, True)
    line.complete()

    assert api.taken("/deals/42") == 2  # 200 at most by one
    assert {line.status(event) for event in events} == {("ignored", "no rule")}
    assert [line.deal(event)["name"] for event in events[:2]] == ["name 0", "name 1"]
    assert line.woken >= 1
    line.assert_books_balance()


def test_a_waiting_event_counts_as_waiting_and_says_for_what(line: Line) -> None:
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.plan()

    stats = line.journal.stats()
    assert (stats["accepted"], stats["waiting"], stats["inbox"]) == (1, 1, 0)
    assert line.status(won) == ("waiting", "fetch")
    line.assert_books_balance()


def test_a_duplicate_is_not_fetched_again(line: Line, api: HubSpotApi) -> None:
    line.accept(change("dealstage", "closedwon"))
    line.complete()
    line.accept(change("dealstage", "closedwon"))
    line.complete()

    assert (line.receipt.accepted, line.receipt.duplicates, line.receipt.wake_fetcher) == (0, 1, False)
    assert api.taken("/deals/42") == 1


def test_what_comes_during_a_look_gets_a_look_of_its_own(line: Line) -> None:
    """The deal may have been read before the change that the event tells of."""
    first, late = change("dealname", "a", at=1), change("dealname", "b", at=2)
    line.accept(first)
    (lookup,) = line.fetches.claim("one", 10, 60_000, idle=True)
    (waiting,) = line.accept(late)

    assert line.fetches.claim("two", 10, 60_000, idle=True) == []
    line.fetches.commit("one", lookup, Fetched(lookup.events))
    (again,) = line.fetches.claim("two", 10, 60_000, idle=True)
    assert again.events == (waiting,)


def test_what_a_dead_fetcher_had_in_hand_is_fetched_by_another(line: Line) -> None:
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.fetches.claim("dead", 10, 60_000, idle=True)

    line.fetches.release("dead", died=True)
    line.hurry()
    line.complete_until(lambda: line.status(won) == ("ignored", "no rule"))
    line.assert_books_balance()


def test_a_silent_fetcher_loses_its_lookups_and_cannot_commit_any_more(line: Line) -> None:
    (won,) = line.accept(change("dealstage", "closedwon"))
    (lookup,) = line.fetches.claim("silent", 10, 1, idle=True)
    end = time.monotonic() + 5
    while not line.inbox.sweep().silent:
        assert time.monotonic() < end
    line.complete_until(lambda: line.status(won) == ("ignored", "no rule"))

    with pytest.raises(Lost):
        line.fetches.commit("silent", lookup, Fetched((replace(won, problem="late"),)))
    assert line.status(won) == ("ignored", "no rule")


def test_an_event_that_ends_its_fetcher_three_times_is_dead_and_the_others_are_not(line: Line) -> None:
    poison, *good = line.accept(*(change("dealname", "x", deal=number) for number in range(1, 4)))
    assert len(line.fetches.claim("first", 10, 60_000, idle=True)) == 3
    line.fetches.postpone("another", Lookup("crm", "deal/1"), 0, trouble="HTTP 403", alone=True)
    line.fetches.release("first", died=True)
    deaths = 1
    line.hurry()
    while claimed := line.fetches.claim("next", 10, 60_000, idle=True):
        (lookup,) = claimed  # each alone now, so that it cannot take others with it
        assert lookup.alone
        if lookup.key == "deal/1":
            line.fetches.release("next", died=True)
            deaths += 1
        else:
            line.fetches.commit("next", lookup, Fetched(lookup.events))
        line.hurry()
    line.plan()

    status, reason = line.status(poison)
    assert (status, deaths) == ("dead", 3)
    assert "poison" in reason
    assert line.fetches.troubles() == []
    assert {line.status(event) for event in good} == {("ignored", "no rule")}
    line.assert_books_balance()


def test_a_lookup_that_must_be_alone_waits_for_an_idle_fetcher(line: Line) -> None:
    line.accept(change("dealname", "x"))
    line.fetches.claim("dead", 10, 60_000, idle=True)
    line.fetches.release("dead", died=True)
    line.accept(change("dealname", "x", deal=43))
    line.redis.zadd("planhook:fetch:due:crm", {"deal/42": 0})

    assert line.fetches.claim("busy", 10, 60_000, idle=False) == []
    (lookup,) = line.fetches.claim("idle", 10, 60_000, idle=True)
    assert (lookup.key, lookup.alone) == ("deal/42", True)


def test_the_backlog_of_one_source_does_not_hold_up_another(line: Line) -> None:
    line.accept(*(change("dealname", "x", deal=number) for number in range(100, 150)))
    (other,) = line.accept(change("dealname", "x", deal=7))
    line.inbox.accept([replace(other, id=event_id("other", "1"), source="other")])

    claimed = line.fetches.claim("one", 4, 60_000, idle=True)
    assert sorted({lookup.source for lookup in claimed}) == ["crm", "other"]


def test_what_a_fetcher_forgot_it_had_is_due_again(line: Line) -> None:
    """The answer to its claim got lost with the connection."""
    (won,) = line.accept(change("dealstage", "closedwon"))
    completer = line.completer()
    line.fetches.claim(completer.name, 10, 60_000, idle=True)
    line.complete(completer)

    assert line.status(won) == ("ignored", "no rule")


def test_a_replay_fetches_again_from_what_the_sender_told(line: Line, api: HubSpotApi) -> None:
    (named,) = line.accept(change("dealname", "told"))
    line.complete()
    api.add_deal("42", company="8", dealname="later", amount="1")
    line.redis.delete(*line.redis.keys("planhook:wake:*"))
    assert line.journal.replay(named.id) is False  # there is nothing to plan yet
    assert line.status(named) == ("waiting", "fetch")
    line.complete()

    deal = line.deal(named)
    assert (deal["name"], deal["amount"], deal["company_name"]) == ("told", 1, "Bolt")
    assert "owner_email" not in deal
    shown = line.journal.event(named.id)
    assert (shown["attempt"], shown["status"]) == (2, "ignored")
    line.assert_books_balance()


def test_an_event_that_died_of_a_missing_deal_lives_when_it_is_replayed(line: Line, api: HubSpotApi) -> None:
    (named,) = line.accept(change("dealname", "told", deal=77))
    line.complete()
    assert line.status(named)[0] == "dead"
    api.add_deal("77", dealname="x")
    line.journal.replay(named.id)
    line.complete()

    assert line.status(named) == ("ignored", "no rule")
    line.assert_books_balance()


def test_a_notification_becomes_events_of_their_own(line: Line) -> None:
    (notice,) = line.accept(change("dealname", "x"))
    calendar = CalendarFetcher()
    line.complete(line.completer(calendar))

    found = event_id("crm", "found-1")
    assert line.status(notice) == ("ignored", "fetched")
    assert line.journal.event(found)["type"] == "meeting.updated"
    assert line.journal.stats()["accepted"] == 2
    line.assert_books_balance()


def test_each_look_begins_where_the_last_one_ended(line: Line) -> None:
    calendar = CalendarFetcher()
    for number in range(3):
        line.accept(change("dealname", "x", at=number))
        line.complete(line.completer(calendar))

    assert calendar.states == ["", "token-1", "token-2"]
    line.assert_books_balance()


def test_what_only_the_time_asks_for_is_looked_up_again_and_again(line: Line) -> None:
    line.fetches.stand("crm", ["poll"])
    line.fetches.stand("crm", ["poll"])
    calendar = CalendarFetcher(again_s=0.05)
    completer = line.completer(calendar)

    line.complete_until(lambda: len(calendar.states) >= 3, completer)
    calendar.again_s = 3600
    line.complete_until(
        lambda: (line.redis.zscore("planhook:fetch:due:crm", "poll") or 0) > time.time() * 1000, completer
    )
    assert not line.inbox.sweep().fetch
    assert line.journal.stats()["ignored"] == len(calendar.states)


def test_what_stands_already_is_neither_hurried_nor_taken_twice(line: Line) -> None:
    line.fetches.stand("crm", ["poll"])
    (lookup,) = line.fetches.claim("one", 10, 60_000, idle=True)
    line.fetches.stand("crm", ["poll"])
    assert line.fetches.claim("two", 10, 60_000, idle=True) == []

    line.fetches.commit("one", lookup, Fetched(again_s=60))
    line.fetches.stand("crm", ["poll"])
    assert line.fetches.claim("two", 10, 60_000, idle=True) == []


def test_events_left_out_of_an_answer_wait_for_another_look(line: Line) -> None:
    first, second = line.accept(change("dealname", "x", at=1), change("dealname", "x", at=2))
    (lookup,) = line.fetches.claim("one", 10, 60_000, idle=True)
    line.fetches.commit("one", lookup, Fetched((first,), state="page 2"))

    (again,) = line.fetches.claim("one", 10, 60_000, idle=True)
    assert (again.events, again.state) == ((second,), "page 2")


def test_when_fetch_is_configured_no_more_events_go_on_as_they_are(line: Line) -> None:
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.configure(fetch=None)
    line.complete()
    assert line.status(won) == ("waiting", "fetch")  # perhaps this process has not noticed yet that it is configured

    body = {**won.to_json(), "received_at": "2026-01-01T00:00:00.000Z"}
    old = Event.from_json(body)
    line.redis.hset(f"planhook:event:{won.id}", "b", event_body(old))
    line.end_pause()
    line.complete()
    assert line.status(won) == ("ignored", "no rule")
    line.assert_books_balance()


def test_a_bug_of_a_fetcher_ends_only_its_own_events(line: Line) -> None:
    class Broken:
        def fetch(self, lookup: Lookup) -> Fetched:
            if lookup.key == "deal/1":
                raise RuntimeError("bug")
            return Fetched(lookup.events)

    bad, good = line.accept(change("dealname", "x", deal=1), change("dealname", "x", deal=2))
    line.complete(line.completer(Broken()))

    assert line.status(bad) == ("dead", "could not be fetched: RuntimeError: bug")
    assert line.status(good) == ("ignored", "no rule")


def test_a_spoilt_record_ends_dead_and_holds_up_nobody(line: Line) -> None:
    spoilt, good = line.accept(change("dealname", "x", at=1), change("dealname", "x", at=2))
    line.redis.hset(f"planhook:event:{spoilt.id}", "b", "{")
    line.complete()

    assert line.journal.stats()["dead"] == 1
    assert line.status(good) == ("ignored", "no rule")
    line.assert_books_balance()


def test_several_fetchers_at_the_same_time_complete_each_event_once(line: Line, api: HubSpotApi) -> None:
    for number in range(60):
        api.add_deal(str(number), dealname="x")
    events = line.accept(*(change("dealname", "y", deal=number % 60, at=number) for number in range(180)))
    threads = [threading.Thread(target=line.completer().drain, args=(lambda: False,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    line.complete()

    assert api.taken("/deals/") == 60
    assert {line.status(event) for event in events} == {("ignored", "no rule")}
    assert line.journal.stats()["ignored"] == 180
    line.assert_books_balance()


def test_a_stopped_completer_begins_nothing_and_keeps_nothing(line: Line, api: HubSpotApi) -> None:
    (won,) = line.accept(change("dealstage", "closedwon"))
    line.completer().drain(lambda: True)

    assert api.calls == []
    assert line.status(won) == ("waiting", "fetch")
    line.complete()
    assert line.status(won) == ("ignored", "no rule")


def test_a_slow_look_holds_up_no_other(line: Line, api: HubSpotApi) -> None:
    api.add_deal("43", dealname="x")
    api.faults.append(Fault(silent=True, part_of_path="/deals/42"))
    slow, quick = line.accept(change("dealname", "x"), change("dealname", "x", deal=43))
    thread = threading.Thread(target=line.completer().drain, args=(lambda: False,))
    thread.start()
    end = time.monotonic() + 10
    while line.status(quick) != ("ignored", "no rule"):
        assert time.monotonic() < end
        line.plan()

    assert line.status(slow) == ("waiting", "fetch")
    api.release.set()
    thread.join(10)
    assert not thread.is_alive()
