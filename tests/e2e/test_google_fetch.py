"""A Google calendar through the whole of planhook: pushes become tasks that follow their meetings."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Running, until
from tests.e2e.test_fetch import fetcher_of
from tests.fetch.google_api import CLIENT, GoogleApi, in_days, meeting
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import serving

TOKEN = "channel-token-of-the-tests"
RULES = """
sources:
  calendar:
    kind: google-calendar
    token: ${GOOGLE_CHANNEL_TOKEN}
    fetch:
      client_id: ${GOOGLE_CLIENT_ID}
      client_secret: ${GOOGLE_CLIENT_SECRET}
      refresh_token: ${GOOGLE_REFRESH_TOKEN}
      address: https://hooks.example.com/webhooks/calendar
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
def api() -> Iterator[GoogleApi]:
    with serving(GoogleApi()) as running:
        running.put(meeting(1))
        yield running


@pytest.fixture
def running(make_stack: Callable[..., Running], tmp_path: Path, api: GoogleApi) -> Running:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "google.yaml").write_text(RULES.replace("URL", api.url), "utf-8")
    secrets = {f"GOOGLE_{name.upper()}": value for name, value in CLIENT.items()}
    return make_stack(GOOGLE_CHANNEL_TOKEN=TOKEN, **secrets)


def push(running: Running, api: GoogleApi, number: int) -> str:
    """As Google does it, on the channel that planhook has opened."""
    until(lambda: bool(api.channels), 20)
    ((channel, wanted),) = api.channels.items()
    headers = {
        "Content-Type": "application/json; utf-8",
        "X-Goog-Channel-ID": channel,
        "X-Goog-Channel-Token": wanted["token"],
        "X-Goog-Resource-ID": "r-primary",
        "X-Goog-Resource-State": "exists",
        "X-Goog-Resource-URI": "https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json",
        "X-Goog-Message-Number": str(number),
    }
    answer = running.http.post(f"{running.stack.web_url}/webhooks/calendar", data=b"", headers=headers, timeout=10)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["events"][0])


def test_a_meeting_becomes_a_task_that_moves_and_is_cancelled_with_it(running: Running, api: GoogleApi) -> None:
    until(lambda: bool(running.tasks()), 30)
    (task,) = running.tasks()
    assert (task["sourceId"], task["action"]) == ("meeting1@google.com", "Meeting 1")

    start, end = in_days(9), in_days(9, 2)
    api.change(1, sequence=1, start={"dateTime": start}, end={"dateTime": end})
    api.put(meeting(2))
    asked = push(running, api, 2)
    until(lambda: len(running.tasks()) == 2, 30)
    running.wait_until_quiet()
    assert running.operator(f"/events/{asked}")["reason"] == "fetched"
    moved = next(each for each in running.tasks() if each["_id"] == task["_id"])
    assert moved["startTime"] == start.replace("Z", ".000Z")
    assert moved["endTime"] == end.replace("Z", ".000Z")

    api.faults.append(Fault(503, part_of_path="/events"))
    api.change(1, status="cancelled")
    push(running, api, 3)
    running.wait_until_quiet()
    tasks = {each["sourceId"]: each for each in running.tasks()}
    assert tasks["meeting1@google.com"]["status"] == "Ignored"
    assert tasks["meeting2@google.com"].get("status") != "Ignored"
    assert running.operator("/stats")["dead"] == 0
    told = "".join(part.tail(10_000) for part in running.stack.parts.values())
    assert not any(secret in told for secret in (TOKEN, CLIENT["client_secret"], CLIENT["refresh_token"], "ya29."))


@pytest.mark.slow
def test_kill_of_the_fetcher_in_a_long_listing_loses_nothing_and_doubles_nothing(
    running: Running, api: GoogleApi
) -> None:
    until(lambda: bool(running.tasks()), 30)
    api.page = 4
    for number in range(2, 30):
        api.put(meeting(number))
    before = len(api.taken("/events", "GET"))
    api.faults.append(Fault(silent=True, part_of_path="/events", times=2))
    asked = push(running, api, 2)
    for killed in range(1, 3):
        until(lambda killed=killed: len(api.taken("/events", "GET")) >= before + killed, 20)  # type: ignore[misc]
        os.kill(fetcher_of(running), signal.SIGKILL)
    stats = running.wait_until_quiet()

    assert running.operator(f"/events/{asked}")["reason"] == "fetched"
    assert {task["sourceId"] for task in running.tasks()} == {f"meeting{number}@google.com" for number in range(1, 30)}
    assert (len(running.tasks()), stats["applied"], stats["dead"]) == (29, 29, 0)
