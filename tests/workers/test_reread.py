"""A replay reads the sender's item again, by the source as it is set up by then."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from planhook.core.event import Delivery
from planhook.rulebook import LiveRulebook
from planhook.settings import Settings
from planhook.store.journal import Journal
from tests.workers.conftest import START
from workers.context import Context

RULES = """
sources:
  billing:
    kind: json
    verify: {scheme: none, allow_unverified: true}
    events: {id: id, type: "'deal.won'", occurred_at: %s, deal: {id: deal.id, company_id: deal.%s}}
rules:
  - name: Won
    on: deal.won
    then: {create: {sourceId: "t-{{ deal.id }}", companyId: "srcid-{{ deal.company_id }}", action: Onboard}}
"""
ITEM = {"id": "e1", "paid": "2026-03-02T09:00:00Z", "number": "no-17", "deal": {"id": "D1", "company": "C7"}}


class Worker:
    """The parts of a worker, on rules that can be rewritten."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self._settings = Settings.from_env({"PLANHAT_API_TOKEN": "none", "REDIS_URL": redis_url})
        self._folder = folder

    def configure(self, occurred_at: str, company: str) -> None:
        (self._folder / "rules.yaml").write_text(RULES % (occurred_at, company), "utf-8")
        self.context = Context(self._settings, LiveRulebook(self._folder, {}), "worker")

    def take_in(self, item: Mapping[str, Any]) -> str:
        source = self.context.rulebook.current().sources["billing"]
        delivery = Delivery("POST", "http://localhost/webhooks/billing", {}, json.dumps(item).encode(), START)
        receipt = self.context.inbox.accept(source.parse(delivery))
        self.plan()
        return receipt.events[0]

    def plan(self) -> None:
        self.context.planner.drain(lambda: False)
        self.context.redis.close()

    def replay(self, event_id: str) -> dict[str, Any]:
        """The event as the operator sees it after it was planned again."""
        with Redis.from_url(self._settings.redis_url) as redis:
            Journal(redis).replay(event_id)
            self.plan()
            return Journal(redis).event(event_id)

    def shown(self, event_id: str) -> dict[str, Any]:
        with Redis.from_url(self._settings.redis_url) as redis:
            return Journal(redis).event(event_id)


@pytest.fixture
def worker(redis_url: str, tmp_path: Path) -> Worker:
    return Worker(redis_url, tmp_path)


def test_an_event_that_could_not_be_read_is_read_again_once_the_source_is_corrected(worker: Worker) -> None:
    worker.configure("number", "company")
    known = worker.take_in(ITEM)
    assert worker.shown(known)["status"] == "dead"

    worker.configure("paid", "company")
    told = worker.replay(known)

    assert (told["status"], told["reason"], told["type"]) == ("waiting", "", "deal.won")
    assert told["occurred_at"] == "2026-03-02T09:00:00.000Z"
    assert told["event"]["deal"] == {"id": "D1", "company_id": "C7", "status": "won"}
    assert [one["sourceId"] for one in told["operations"]] == ["t-D1"]


def test_a_field_that_was_mapped_wrongly_is_there_after_a_replay(worker: Worker) -> None:
    worker.configure("paid", "customer")
    known = worker.take_in(ITEM)
    assert "deal.company_id" in worker.shown(known)["reason"]

    worker.configure("paid", "company")

    assert worker.replay(known)["event"]["deal"]["company_id"] == "C7"


def test_what_came_in_a_header_is_not_forgotten_by_a_replay(worker: Worker) -> None:
    worker.configure("headers.x-at", "company")
    source = worker.context.rulebook.current().sources["billing"]
    headers = {"x-at": "2026-03-01T00:00:00Z"}
    delivery = Delivery("POST", "http://localhost/webhooks/billing", headers, json.dumps(ITEM).encode(), START)
    (known,) = worker.context.inbox.accept(source.parse(delivery)).events
    worker.plan()

    # It has ended or waits for Planhat; a replay of what waits is refused, so it is cut short here.
    assert source.reread(source.parse(delivery)[0]).occurred_at == source.parse(delivery)[0].occurred_at
    assert worker.shown(known)["occurred_at"] == "2026-03-01T00:00:00.000Z"
