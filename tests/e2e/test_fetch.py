"""Thin events through the whole of planhook, with HubSpot's API that fails and fetchers that are killed."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from planhook import sources
from planhook.failpoints import ONCE_VARIABLE, POINTS, VARIABLE
from tests.e2e.conftest import Running, until
from tests.e2e.test_kills import pid_of
from tests.fetch.hubspot_api import TOKEN, Fault, HubSpotApi, serving
from tests.processes import kill_and_wait, wait_for_children

SECRET = "client-secret-of-the-tests"
RULES = """
sources:
  hubspot:
    kind: hubspot
    secret: ${HUBSPOT_SECRET}
    fetch: {token: "${HUBSPOT_TOKEN}", url: "URL", company_key: planhat_id}
allow_delete: true
rules:
  - name: A deleted deal needs no onboarding
    on: deal.deleted
    then: {delete: {sourceId: "onboarding-{{ deal.id }}"}}
  - name: A won deal starts onboarding
    on: deal.won
    then:
      create:
        sourceId: "onboarding-{{ deal.id }}"
        companyId: "{{ deal.company_id }}"
        action: "Onboard {{ deal.company_name }}"
        description: "{{ deal.amount }} {{ deal.owner_email }}"
"""
DEALS = 40


@pytest.fixture
def api() -> Iterator[HubSpotApi]:
    with serving() as running:
        for number in range(DEALS):
            properties: dict[str, Any] = {"amount": str(number), "dealstage": "closedwon", "hubspot_owner_id": "5"}
            running.add_deal(str(number), company="7", **properties)
        running.companies["7"] = {"id": "7", "properties": {"name": "Acme", "planhat_id": "extid-acme"}}
        running.owners["5"] = {"id": "5", "email": "ann@example.com"}
        yield running


@pytest.fixture
def running(make_stack: Callable[..., Running], tmp_path: Path, api: HubSpotApi) -> Running:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "hubspot.yaml").write_text(RULES.replace("URL", api.url), "utf-8")
    return make_stack(HUBSPOT_SECRET=SECRET, HUBSPOT_TOKEN=TOKEN)


def deliver(running: Running, *deals: int, tell: Callable[[int], Mapping[str, Any]] | None = None) -> list[str]:
    """Deals that were won, or what else is to be told of them, as HubSpot does."""
    elements = [(tell or _won)(number) for number in deals]
    body = json.dumps(elements).encode()
    url = f"{running.stack.web_url}/webhooks/hubspot"
    source = sources.build("hubspot", {"kind": "hubspot", "secret": SECRET})
    headers = source.sign(body, {"content-type": "application/json"}, url, datetime.now(UTC))
    answer = running.http.post(url, data=body, headers=headers, timeout=10)
    assert answer.status_code == 202, answer.text
    ids: list[str] = answer.json()["events"]
    return ids


def _deleted(number: int) -> Mapping[str, Any]:
    return {
        "eventId": 1000 + number,
        "portalId": 1,
        "occurredAt": 1772443263953,
        "subscriptionType": "deal.deletion",
        "objectId": number,
    }


def _won(number: int) -> Mapping[str, Any]:
    return {
        "eventId": number,
        "portalId": 1,
        "occurredAt": 1772443263952,
        "subscriptionType": "deal.propertyChange",
        "objectId": number,
        "propertyName": "dealstage",
        "propertyValue": "closedwon",
    }


def fetcher_of(running: Running) -> int:
    """The third child of the worker."""
    return wait_for_children(pid_of(running, "worker-1"), 3)[-1]


def test_a_won_deal_becomes_a_task_with_what_hubspot_has_of_it(running: Running) -> None:
    (event,) = deliver(running, 3)
    running.wait_until_quiet()

    (task,) = running.tasks()
    assert task["sourceId"] == "onboarding-3"
    assert (task["action"], task["description"]) == ("Onboard Acme", "3 ann@example.com")
    shown = running.operator(f"/events/{event}")
    assert (shown["status"], shown["event"]["deal"]["company_id"]) == ("applied", "extid-acme")
    assert TOKEN not in "".join(part.tail(10_000) for part in running.stack.parts.values())


@pytest.mark.slow
def test_kill_of_the_fetcher_midway_loses_nothing_and_doubles_nothing(running: Running, api: HubSpotApi) -> None:
    api.faults.append(Fault(silent=True, part_of_path="/deals/", times=2))
    ids = deliver(running, *range(DEALS))
    for killed in range(2):
        until(lambda killed=killed: len(api.calls) > killed, 20)  # type: ignore[misc]
        kill_and_wait(fetcher_of(running))
    stats = running.wait_until_quiet()

    assert {running.operator(f"/events/{one}")["status"] for one in ids} == {"applied"}
    assert (stats["accepted"], stats["applied"], stats["dead"]) == (DEALS, DEALS, 0)
    assert len({task["sourceId"] for task in running.tasks()}) == len(running.tasks()) == DEALS


@pytest.mark.slow
@pytest.mark.parametrize("action", ["kill", "kill-group"])
def test_death_at_each_rare_step_loses_nothing_and_doubles_nothing(
    make_stack: Callable[..., Running], tmp_path: Path, api: HubSpotApi, action: str
) -> None:
    """The steps of looking up, of deleting and of forgetting; tests/reliability has the others."""
    steps = [point for point in POINTS if point.startswith("fetch.")] + ["deliver.single", "sweep.purged"]
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "hubspot.yaml").write_text(RULES.replace("URL", api.url), "utf-8")
    marks = tmp_path / "struck"
    marks.mkdir()
    running = make_stack(
        HUBSPOT_SECRET=SECRET,
        HUBSPOT_TOKEN=TOKEN,
        **{VARIABLE: ",".join(f"{step}={action}" for step in steps), ONCE_VARIABLE: str(marks)},
    )

    def quiet_and_struck(*wanted: str) -> bool:
        if not running.stack.parts["worker-1"].running:
            running.stack.restart("worker-1")
        stats = running.operator("/stats")
        return not stats["waiting"] + stats["tasks_pending"] and all((marks / step).exists() for step in wanted)

    ids = deliver(running, *range(DEALS))
    until(lambda: quiet_and_struck(*(step for step in steps if step != "deliver.single")), 90)
    ids += deliver(running, 1, 2, tell=_deleted)
    until(lambda: quiet_and_struck(*steps), 60)
    stats = running.operator("/stats")

    assert {running.operator(f"/events/{one}")["status"] for one in ids} == {"applied"}
    assert (stats["accepted"], stats["applied"], stats["dead"]) == (DEALS + 2, DEALS + 2, 0)
    assert sorted(task["sourceId"] for task in running.tasks()) == sorted(
        f"onboarding-{number}" for number in range(DEALS) if number not in (1, 2)
    )


@pytest.mark.slow
def test_an_outage_waits_and_a_gone_deal_ends_dead(running: Running, api: HubSpotApi) -> None:
    api.faults.append(Fault(503, times=3))
    *good, gone = deliver(running, 1, 2, 404)
    until(lambda: running.operator(f"/events/{gone}")["status"] == "dead", 30)
    stats = running.wait_until_quiet()

    assert "HTTP 404: resource not found" in running.operator(f"/events/{gone}")["reason"]
    assert {running.operator(f"/events/{one}")["status"] for one in good} == {"applied"}
    assert (stats["applied"], stats["dead"], stats["waiting"]) == (2, 1, 0)


@pytest.mark.slow
def test_sigterm_in_the_midst_of_a_look_ends_in_time_and_keeps_the_event(running: Running, api: HubSpotApi) -> None:
    api.faults.append(Fault(silent=True, part_of_path="/deals/"))
    (event,) = deliver(running, 1)
    until(lambda: bool(api.calls), 20)
    os.kill(pid_of(running, "worker-1"), signal.SIGTERM)
    until(lambda: not running.stack.parts["worker-1"].running, 25)
    assert running.operator(f"/events/{event}")["status"] == "waiting"

    running.stack.restart("worker-1")
    running.wait_until_quiet()
    assert running.operator(f"/events/{event}")["status"] == "applied"
