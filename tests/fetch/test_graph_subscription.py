"""Subscriptions to Outlook calendars: always one per user, whatever Graph says and whoever is killed."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from planhook.store.connection import connect
from planhook.store.journal import Filters
from tests.fetch.graph_api import GraphApi
from tests.fetch.graph_line import ADDRESS, ANN, STATE, GraphLine
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import serving

SUBSCRIPTION = f"subscription/{ANN}"


@pytest.fixture
def api() -> Iterator[GraphApi]:
    with serving(GraphApi()) as running:
        yield running


@pytest.fixture
def line(redis_url: str, api: GraphApi) -> Iterator[GraphLine]:
    redis = connect(redis_url, timeout=5, connections=16)
    line = GraphLine(redis, api)
    line.stand()
    yield line
    redis.connection_pool.disconnect()


def renew(line: GraphLine) -> None:
    line.hurry(SUBSCRIPTION)
    line.work()


def made(api: GraphApi) -> int:
    return len(api.taken("/subscriptions", "POST"))


def test_a_subscription_is_made_and_our_webhook_answers_its_handshake(line: GraphLine, api: GraphApi) -> None:
    line.work()

    (kept,) = api.subscriptions.values()
    assert (kept["resource"], kept["clientState"]) == (f"users/{ANN}/events", STATE)
    assert kept["notificationUrl"] == kept["lifecycleNotificationUrl"] == f"{ADDRESS}?user=ann%40ourco.example"
    assert 86_000 < line.due_in_s(SUBSCRIPTION) <= 86_401
    (told,) = [row for row in line.journal.events(Filters(), 10, None)[0] if row["type"] == "outlook.subscribed"]
    assert line.journal.event(told["id"])["event"]["payload"]["user"] == ANN


def test_a_new_subscription_has_the_calendar_read_after_it_was_made(line: GraphLine, api: GraphApi) -> None:
    line.work()

    paths = [(one.method, one.path) for one in api.requests]
    reads = [place for place, (_, path) in enumerate(paths) if path.endswith("/delta")]
    assert max(reads) > paths.index(("POST", "/subscriptions"))


def test_it_is_renewed_every_day_and_long_before_it_lapses(line: GraphLine, api: GraphApi) -> None:
    line.work()
    renew(line)
    assert len(api.taken("/subscriptions/", "PATCH")) == 1
    assert made(api) == 1

    api.life = timedelta(hours=1)
    renew(line)
    assert 1700 < line.due_in_s(SUBSCRIPTION) <= 1801
    api.life = timedelta(seconds=10)
    renew(line)
    assert 55 < line.due_in_s(SUBSCRIPTION) <= 61


def test_one_that_is_gone_when_it_is_to_be_renewed_is_made_again(line: GraphLine, api: GraphApi) -> None:
    line.work()
    api.subscriptions.clear()
    renew(line)

    assert (len(api.subscriptions), made(api)) == (1, 2)


def test_one_that_graph_will_not_renew_is_replaced(line: GraphLine, api: GraphApi) -> None:
    line.work()
    (number,) = api.subscriptions
    api.faults.append(Fault(400, b'{"error": {"message": "cannot be renewed"}}', part_of_path=f"/{number}"))
    renew(line)

    assert number not in api.subscriptions
    assert len(api.subscriptions) == 1


def test_reauthorisation_is_a_renewal(line: GraphLine, api: GraphApi) -> None:
    line.work()
    (number,) = api.subscriptions
    api.lifecycle("reauthorizationRequired", number)
    line.work()

    assert len(api.taken(f"/subscriptions/{number}", "PATCH")) == 1
    assert made(api) == 1
    line.assert_books_balance()


def test_one_that_graph_removed_is_made_again_and_what_it_missed_is_found(line: GraphLine, api: GraphApi) -> None:
    line.work()
    (number,) = api.subscriptions
    item = api.lifecycle("subscriptionRemoved", number)
    del api.subscriptions[number]
    api.put(ANN, "missed")

    assert line.stories() == [("meeting.scheduled", "Kickoff")]
    assert (len(api.subscriptions), made(api)) == (1, 2)
    body = json.dumps({"value": [{**item, "id": "told again"}]}).encode()
    line.post(f"{ADDRESS}?user={ANN}", body)
    line.work()
    assert made(api) == 2


def test_what_graph_could_not_tell_is_read(line: GraphLine, api: GraphApi) -> None:
    line.work()
    (number,) = api.subscriptions
    notify, api.notify = api.notify, None
    api.put(ANN, "missed")
    api.notify = notify
    assert line.stories() == []
    api.lifecycle("missed", number)

    assert line.stories() == [("meeting.scheduled", "Kickoff")]
    line.assert_books_balance()


def test_lifecycle_notices_are_still_events_that_rules_can_hear(line: GraphLine, api: GraphApi) -> None:
    line.work()
    (number,) = api.subscriptions
    for said in ("missed", "reauthorizationRequired"):
        api.lifecycle(said, number)
    line.work()

    heard = {row["type"]: (row["status"], row["reason"]) for row in line.journal.events(Filters(), 10, None)[0]}
    assert heard["outlook.missed"] == heard["outlook.reauthorizationRequired"] == ("ignored", "no rule")


def test_a_fetcher_killed_after_it_subscribed_leaves_one_subscription(line: GraphLine, api: GraphApi) -> None:
    assert line.fetcher
    claimed = line.fetches.claim("killed", 10, 60_000, idle=True)
    (lookup,) = [one for one in claimed if one.key == SUBSCRIPTION]
    line.fetcher.fetch(lookup)
    (first,) = api.subscriptions
    line.fetches.release("killed", died=True)
    for _ in range(3):
        line.hurry()
        line.work()

    assert list(api.subscriptions) != [first]
    assert len(api.subscriptions) == 1


def test_another_client_state_means_another_subscription(line: GraphLine, api: GraphApi) -> None:
    line.work()
    line.configure(client_state=["a new one", STATE])
    renew(line)
    renew(line)

    (kept,) = api.subscriptions.values()
    assert (kept["clientState"], made(api)) == ("a new one", 2)


def test_another_address_means_another_subscription(line: GraphLine, api: GraphApi) -> None:
    line.work()
    line.configure(address=f"{ADDRESS}/")
    api.notify = None
    renew(line)

    (kept,) = api.subscriptions.values()
    assert kept["notificationUrl"].startswith(f"{ADDRESS}?")  # a slash at the end makes no other address
    line.configure(address="https://new.example.com/webhooks/outlook")
    renew(line)
    (kept,) = api.subscriptions.values()
    assert kept["notificationUrl"].startswith("https://new.example.com/")


def test_a_refused_subscription_says_so_once_a_day_and_does_not_stop_reading(line: GraphLine, api: GraphApi) -> None:
    api.put(ANN, "m1")
    api.notify = lambda url, body: (404, b"")
    assert line.stories() == [("meeting.scheduled", "Kickoff")]
    assert 50 < line.due_in_s(SUBSCRIPTION) <= 61  # our webhook may be behind the worker
    assert line.journal.stats()["dead"] == 0

    for _ in range(3):
        renew(line)
    (dead,) = line.journal.events(Filters(status="dead"), 10, None)[0]
    assert dead["type"] == "outlook.subscription_refused"
    assert ANN in dead["reason"]
    assert "Subscription validation request failed" in dead["reason"]
    assert 590 < line.due_in_s(SUBSCRIPTION) <= 601
    api.notify = line.post
    renew(line)
    assert len(api.subscriptions) == 1


def test_an_outage_while_subscribing_is_waited_out(line: GraphLine, api: GraphApi) -> None:
    api.faults.append(Fault(503, b"", {"Retry-After": "2"}, part_of_path="/subscriptions"))
    line.work()
    assert not api.subscriptions
    line.end_pause()
    line.work()

    assert len(api.subscriptions) == 1
