"""An Outlook calendar through the whole of planhook: notifications become tasks that follow their meetings."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import Running, until
from tests.e2e.test_fetch import fetcher_of
from tests.fetch.graph_api import SECRET, GraphApi
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import serving

STATE = "client-state-of-the-tests"
ANN = "ann@ourco.example"
RULES = """
sources:
  outlook:
    kind: microsoft-graph
    client_state: ${GRAPH_CLIENT_STATE}
    fetch:
      tenant: ${GRAPH_TENANT}
      client_id: ${GRAPH_CLIENT_ID}
      client_secret: ${GRAPH_CLIENT_SECRET}
      users: [ann@ourco.example]
      address: https://hooks.example.com/webhooks/outlook
      url: URL
      token_url: URL/token
rules:
  - name: A meeting becomes an event
    on: meeting.scheduled
    then:
      create:
        sourceId: "{{ meeting.id }}"
        companyId: "extid-{{ meeting.domains | first }}"
        mainType: event
        action: "{{ meeting.title }}"
        startTime: "{{ meeting.start }}"
        endTime: "{{ meeting.end }}"
  - name: A cancelled meeting is off
    on: meeting.cancelled
    then:
      cancel: {sourceId: "{{ meeting.id }}"}
"""


@pytest.fixture
def api() -> Iterator[GraphApi]:
    with serving(GraphApi()) as running:
        yield running


@pytest.fixture
def running(make_stack: Callable[..., Running], tmp_path: Path, api: GraphApi) -> Running:
    """With a subscription, and an empty calendar read after it; from now on Graph reaches the webhook."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "outlook.yaml").write_text(RULES.replace("URL", api.url), "utf-8")
    client = {"GRAPH_TENANT": "t", "GRAPH_CLIENT_ID": "c", "GRAPH_CLIENT_SECRET": SECRET}
    running = make_stack(GRAPH_CLIENT_STATE=STATE, **client)
    until(lambda: running.operator("/stats")["ignored"] == 1, 30)  # that it was made is an event

    def post(url: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(url)
        ours = f"{running.stack.web_url}{parts.path}?{parts.query}"
        answer = running.http.post(ours, data=body, headers={"Content-Type": "application/json"}, timeout=10)
        return answer.status_code, answer.content

    api.notify = post
    return running


def start_of(running: Running, uid: str) -> object:
    return {task["sourceId"]: task.get("startTime") for task in running.tasks()}.get(uid)


def test_a_meeting_becomes_a_task_that_moves_and_is_cancelled_with_it(running: Running, api: GraphApi) -> None:
    uid = api.put(ANN, "m1")["iCalUId"]
    until(lambda: start_of(running, uid) == "2027-01-10T09:00:00.000Z", 30)
    point = {"dateTime": "2027-01-11T12:00:00.0000000", "timeZone": "UTC"}
    api.put(ANN, "m1", start=point, end=point)
    until(lambda: start_of(running, uid) == "2027-01-11T12:00:00.000Z", 30)

    api.delete(ANN, "m1")
    until(lambda: running.tasks()[0]["status"] == "Ignored", 30)
    stats = running.wait_until_quiet()
    assert (len(running.tasks()), stats["dead"]) == (1, 0)
    told = "".join(part.tail(10_000) for part in running.stack.parts.values())
    assert not any(secret in told for secret in (SECRET, STATE, *api.tokens))


def test_a_subscription_that_graph_removed_is_made_again_and_nothing_is_missed(running: Running, api: GraphApi) -> None:
    ((number, kept),) = api.subscriptions.items()
    api.subscriptions.clear()
    uid = api.put(ANN, "missed")["iCalUId"]
    api.subscriptions[number] = kept
    api.lifecycle("subscriptionRemoved", number)

    until(lambda: number not in api.subscriptions and len(api.subscriptions) == 1, 30)
    until(lambda: bool(start_of(running, uid)), 30)


@pytest.mark.slow
def test_kill_of_the_fetcher_midway_loses_nothing_and_doubles_nothing(running: Running, api: GraphApi) -> None:
    api.faults.append(Fault(silent=True, part_of_path="/events/", times=1))
    uids = {api.put(ANN, f"m{number}")["iCalUId"] for number in range(10)}
    until(lambda: bool(api.taken("/events/")), 20)
    os.kill(fetcher_of(running), signal.SIGKILL)
    stats = running.wait_until_quiet()

    assert {task["sourceId"] for task in running.tasks()} == uids
    assert (len(running.tasks()), stats["dead"]) == (10, 0)
