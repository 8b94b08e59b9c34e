"""The web application on a real Redis, and as gunicorn serves it."""

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from devstack.part import Part
from devstack.redis_server import free_port
from devstack.stack import ROOT, own_environment
from planhook.rulebook import load
from planhook.store.bindings import Bindings
from planhook.store.connection import connect
from planhook.store.inbox import Inbox
from planhook.store.journal import Journal
from planhook.store.registers import Registers
from service.app import create_app
from workers.planner import Planner

PUBLIC_URL = "https://hooks.example.com"
CRM_TOKEN = "crm-token-0123456789abcdef"
BILLING_SECRET = "billing-secret-0123456789"
API_TOKEN = "operator-token"
CRM = {"Authorization": f"Bearer {CRM_TOKEN}"}
OPERATOR = {"Authorization": f"Bearer {API_TOKEN}"}

RULES = """
sources:
  crm:
    kind: json
    verify: {scheme: bearer, token: "${CRM_TOKEN}"}
    events:
      each: items
      id: id
      type: type
      deal: {id: deal, name: name, company_id: company}
  billing:
    kind: json
    verify: {scheme: hmac, secret: "${BILLING_SECRET}", header: X-Signature, signed: "{method} {url} {body}"}
rules:
  - name: Start
    on: deal.won
    then:
      create: {sourceId: "start/{{ deal.id }}", companyId: "srcid-{{ deal.company_id }}", action: "{{ deal.name }}"}
"""


@pytest.fixture(scope="session")
def rules_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "rules.yaml").write_text(RULES)
    return folder


def environment(redis_url: str, rules_dir: Path, **settings: str) -> dict[str, str]:
    return {
        "PLANHAT_API_TOKEN": "planhat-token",
        "REDIS_URL": redis_url,
        "RULES_DIR": str(rules_dir),
        "PUBLIC_URL": PUBLIC_URL,
        "API_TOKEN": API_TOKEN,
        "CRM_TOKEN": CRM_TOKEN,
        "BILLING_SECRET": BILLING_SECRET,
    } | settings


@dataclass(frozen=True, slots=True)
class Web:
    """The application, a client of it, and what it stores."""

    client: FlaskClient
    redis: Redis
    rules_dir: Path

    @property
    def journal(self) -> Journal:
        return Journal(self.redis)

    def deliver(self, *items: Mapping[str, Any]) -> TestResponse:
        return self.client.post("/webhooks/crm", json={"items": list(items)}, headers=CRM)

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=OPERATOR)

    def contents(self) -> set[bytes]:
        """All keys in Redis, without those that count refusals."""
        return {key for key in self.redis.scan_iter("*") if not key.startswith(b"planhook:refusals")}

    def plan(self) -> None:
        """Plan what waits, as a worker would."""
        rules = load(self.rules_dir, environment("", self.rules_dir), require_env=True).rules
        Planner("planner", Inbox(self.redis), Registers(self.redis), Bindings(self.redis), lambda: rules).drain(
            lambda: False
        )


@pytest.fixture
def web(redis_url: str, rules_dir: Path) -> Iterator[Web]:
    redis = connect(redis_url, timeout=2, connections=4)
    web = Web(create_app(env=environment(redis_url, rules_dir)).test_client(), redis, rules_dir)
    yield web
    web.get("/api/v1/refusals")  # nothing gathered is left to be written into the next test
    redis.close()


def signature(body: bytes, url: str) -> dict[str, str]:
    """The proof of the source `billing` for a POST."""
    signed = b"POST " + url.encode() + b" " + body
    return {"X-Signature": hmac.new(BILLING_SECRET.encode(), signed, hashlib.sha256).hexdigest()}


def problem(response: TestResponse) -> dict[str, Any]:
    """The problem that an answer holds, checked for its form."""
    assert response.mimetype == "application/problem+json"
    body: dict[str, Any] = json.loads(response.data)
    assert body["status"] == response.status_code
    assert body["title"]
    assert "Traceback" not in response.text
    return body


def gunicorn(folder: Path, port: int, env: Mapping[str, str]) -> Part:
    """A gunicorn, not started yet."""

    def is_ready(_: Part) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/livez", timeout=1).ok
        except requests.RequestException:
            return False

    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    base = own_environment() | {"WEB_CONCURRENCY": "1", "PYTHONUNBUFFERED": "1"}
    return Part("web", [*command, "service.app:create_app()"], base | dict(env), folder / "web.log", is_ready, ROOT)


@pytest.fixture(scope="session")
def web_port(redis_base_url: str, rules_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a gunicorn listens that serves the application."""
    port = free_port()
    server = gunicorn(tmp_path_factory.mktemp("web"), port, environment(redis_base_url, rules_dir))
    server.start()
    server.wait_ready(time.monotonic() + 20)
    yield port
    assert server.stop(time.monotonic() + 20) == 0, server.tail()
