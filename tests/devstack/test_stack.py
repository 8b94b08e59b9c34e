import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from devstack.part import PartFailed
from devstack.preflight import CannotStart
from devstack.redis_server import free_port
from devstack.stack import Stack, own_environment

RULES = """
sources:
  crm: {kind: json, verify: {scheme: bearer, token: "${CRM_TOKEN}"}, events: {type: type, deal: {id: id}}}
rules:
  - {name: Won, on: deal.won, then: {create: {companyId: srcid-acme, action: Onboard}}}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "deals.yaml").write_text(RULES)
    return folder


@pytest.fixture
def stack(tmp_path: Path, rules: Path) -> Iterator[Stack]:
    with Stack(tmp_path, own_environment(CRM_TOKEN="t", WEB_CONCURRENCY="1"), rules=rules) as running:
        yield running


def test_all_parts_come_up_come_back_and_end_cleanly(stack: Stack) -> None:
    assert requests.get(f"{stack.web_url}/readyz", timeout=5).json()["status"] == "ready"
    assert requests.get(f"{stack.planhat_url}/_sandbox/tasks", timeout=5).json() == []
    web = stack.parts["web"].pid

    stack.kill("web")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{stack.web_url}/livez", timeout=5)
    stack.restart("web")

    assert requests.get(f"{stack.web_url}/livez", timeout=5).status_code == 200
    assert stack.parts["web"].pid != web
    assert stack.stop() == {"web": 0, "worker-1": 0, "sandbox": 0}


def test_a_stack_whose_port_is_taken_does_not_start(tmp_path: Path, rules: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(CannotStart, match=f"port {port} is taken"):
            Stack(tmp_path, own_environment(CRM_TOKEN="t", PORT=port), rules=rules).start()


def test_wrong_settings_and_broken_rules_are_told_together_before_anything_starts(tmp_path: Path, rules: Path) -> None:
    (rules / "broken.yaml").write_text("rules:\n  - {name: Broken, on: deal.won, than: {}}\n")
    stack = Stack(tmp_path, own_environment(PLANHAT_BULK_SIZE="many"), rules=rules)

    with pytest.raises(CannotStart) as refused:
        stack.start()

    for fault in ("PLANHAT_BULK_SIZE is 'many'", "CRM_TOKEN is not set", "broken.yaml:2: "):
        assert fault in str(refused.value)
    assert not (tmp_path / "redis").exists()


@pytest.mark.parametrize("password", ["open-sesame", "open/sesame"])  # the second makes it no URL
def test_a_redis_that_does_not_answer_is_told_at_once_and_without_its_password(
    tmp_path: Path, rules: Path, password: str
) -> None:
    url = f"redis://:{password}@127.0.0.1:{free_port()}/0"

    with pytest.raises(CannotStart, match="REDIS_URL") as refused:
        Stack(tmp_path, own_environment(CRM_TOKEN="t", REDIS_URL=url), rules=rules).start()

    assert not re.search("open|sesame", str(refused.value))


def test_a_part_that_cannot_start_takes_the_others_down_and_says_why(tmp_path: Path, rules: Path) -> None:
    env = own_environment(CRM_TOKEN="t", WEB_CONCURRENCY="1", GUNICORN_CMD_ARGS="--no-such-option")
    stack = Stack(tmp_path, env, rules=rules)

    with pytest.raises(PartFailed, match="no-such-option"):
        stack.start()

    assert not any(part.running for part in stack.parts.values())
    assert stack.redis
    assert stack.redis.pid is None
