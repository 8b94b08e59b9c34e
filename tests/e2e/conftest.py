"""The whole of planhook as programs: gunicorn, workers, Redis and the sandbox, each of them killable."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from devstack.stack import Stack, own_environment
from tests.e2e.story import RULES

SECRET = "a-secret-of-the-tests-0123456789"
BATCH = 20


@dataclass
class Running:
    """A running stack and what a sender and an operator do with it."""

    stack: Stack
    http: requests.Session = field(default_factory=requests.Session)

    def post(self, events: Sequence[Mapping[str, Any]]) -> requests.Response:
        body = json.dumps({"events": list(events)}).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        return self.http.post(f"{self.stack.web_url}/webhooks/crm", data=body, headers=headers, timeout=10)

    def deliver(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Send as a CRM does: until a 2xx comes. Gives the ids of all events, as they were accepted."""
        ids: list[str] = []
        for start in range(0, len(events), BATCH):
            end = time.monotonic() + 60
            while True:
                try:
                    answer = self.post(events[start : start + BATCH])
                except requests.RequestException:
                    answer = None
                if answer is not None and answer.ok:
                    ids += answer.json()["events"]
                    break
                assert answer is None or answer.status_code == 503, answer.text
                assert time.monotonic() < end, "not taken within a minute"
        return ids

    def operator(self, path: str) -> Any:
        answer = self.http.get(
            f"{self.stack.web_url}/api/v1{path}",
            headers={"Authorization": f"Bearer {self.stack.api_token}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def tasks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get(f"{self.stack.planhat_url}/_sandbox/tasks", timeout=10).json()
        return found

    def sandbox_stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"{self.stack.planhat_url}/_sandbox/stats", timeout=10).json()
        return found

    def wait_until_quiet(self, seconds: float = 60) -> dict[str, Any]:
        """Until every accepted event has ended; gives the figures then."""
        stats: dict[str, Any] = {}

        def quiet() -> bool:
            nonlocal stats
            stats = self.operator("/stats")
            return bool(stats["waiting"] == 0 and stats["tasks_pending"] == 0)

        until(quiet, seconds, lambda: f"{stats}\n{self.stack.parts['worker-1'].tail(30)}")
        return stats


def until(holds: Callable[[], bool], seconds: float, told: Callable[[], str] = lambda: "") -> None:
    """Poll until it holds. Fails with what is `told` after so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {told()}"
        threading.Event().wait(0.02)


@pytest.fixture
def make_stack(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts stacks with the given settings; rule files can be changed under `tmp_path / "rules"`."""
    running: list[Stack] = []

    def make(*, workers: int = 1, **settings: str) -> Running:
        rules = tmp_path / "rules"
        rules.mkdir(exist_ok=True)
        if not list(rules.iterdir()):
            (rules / "deals.yaml").write_text(RULES, "utf-8")
        env = own_environment(CRM_SECRET=SECRET, PLANHAT_CALLS_PER_MINUTE="9000", WEB_CONCURRENCY="2", **settings)
        stack = Stack(tmp_path / "stack", env, rules=rules, workers=workers)
        running.append(stack)
        stack.start()
        requests.patch(f"{stack.planhat_url}/_sandbox/settings", json={"rate_limit": 0}, timeout=5).raise_for_status()
        return Running(stack)

    yield make
    for stack in running:
        stack.stop()
