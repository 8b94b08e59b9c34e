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
from tests.e2e.conftest import Running, until
from tests.e2e.test_kills import children_of, pid_of
from tests.fetch.hubspot_api import TOKEN, Fault, HubSpotApi, serving

SECRET = "client-secret-of-the-tests"
RULES = """
sources:
  hubspot:
    kind: hubspot
    secret: ${HUBSPOT_SECRET}
    fetch: {token: "${HUBSPOT_TOKEN}", url: "URL", company_key: planhat_id}
rules:
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


def deliver(running: Running, *deals: int) -> list[str]:
    """Deals that were won, as HubSpot tells of them."""
    elements = [_won(number) for number in deals]
    body = json.dumps(elements).encode()
    url = f"{running.stack.web_url}/webhooks/hubspot"
    source = sources.build("hubspot", {"kind": "hubspot", "secret": SECRET})
    headers = source.sign(body, {"content-type": "application/json"}, url, datetime.now(UTC))
    answer = running.http.post(url, data=body, headers=headers, timeout=10)
    assert answer.status_code == 202, answer.text
    ids: list[str] = answer.json()["events"]
    return ids


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
    until(lambda: len(children_of(pid_of(running, "worker-1"))) == 3, 10)
    return max(children_of(pid_of(running, "worker-1")))


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
        os.kill(fetcher_of(running), signal.SIGKILL)
    stats = running.wait_until_quiet()

    assert {running.operator(f"/events/{one}")["status"] for one in ids} == {"applied"}
    assert (stats["accepted"], stats["applied"], stats["dead"]) == (DEALS, DEALS, 0)
    assert len({task["sourceId"] for task in running.tasks()}) == len(running.tasks()) == DEALS


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
