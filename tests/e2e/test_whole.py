"""The whole of planhook as programs, from outside: deliveries in, tasks and explanations out."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from devstack.stack import ROOT, own_environment
from tests.e2e.conftest import SECRET, Running, until
from tests.e2e.story import RULES, tell
from tests.e2e.test_kills import assert_end, pid_of
from tests.processes import children_of

WON = {"id": "D1", "name": "Acme", "amount": 9000, "company": "C7"}


def test_a_delivery_becomes_a_task_and_is_explained(make_stack: Callable[..., Running]) -> None:
    running = make_stack()
    answer = running.post([{"id": "e1", "type": "deal.created", "at": "2026-10-02T15:00:00Z", "deal": WON}])
    (event_id,) = answer.json()["events"]
    running.wait_until_quiet()

    (task,) = running.tasks()
    told = running.operator(f"/events/{event_id}")
    known = running.operator("/tasks/deal-D1")

    assert answer.status_code == 202
    assert (task["sourceId"], task["action"], task["description"]) == ("deal-D1", "Look after Acme", "9000")
    assert (told["status"], told["attempt"], told["event"]["sender_id"]) == ("applied", 1, "e1")
    assert [decision["matched"] for decision in told["decisions"]] == [True, False, False, False]
    assert [(one["sourceId"], one["outcome"]) for one in told["operations"]] == [("deal-D1", "applied")]
    assert (known["_id"], known["state"], known["pending"]) == (task["_id"], "open", False)
    assert known["fields"]["action"]["event"] == event_id
    assert known["planhat"]["action"] == "Look after Acme"


def test_two_workers_share_the_work_and_one_writes(make_stack: Callable[..., Running]) -> None:
    story = tell(400, 11)
    running = make_stack(workers=2)

    ids = running.deliver(story.events)
    stats = running.wait_until_quiet()

    assert_end(running, story)
    assert stats["accepted"] == len(set(ids))
    assert running.sandbox_stats()["max_concurrent_bulk"] == 1


def test_a_backlog_costs_a_few_calls(make_stack: Callable[..., Running]) -> None:
    story = tell(500, 12)
    running = make_stack(PLANHAT_BULK_SIZE="500")
    running.stack.kill("worker-1")
    running.deliver(story.events)

    running.stack.restart("worker-1")
    running.wait_until_quiet()

    assert_end(running, story)
    # All tasks are created in one call and closed in a second one; a batch planned meanwhile may cost another.
    assert running.sandbox_stats()["calls"] <= 4


def test_redis_away_is_503_and_afterwards_everything_goes_on(make_stack: Callable[..., Running]) -> None:
    running = make_stack()
    assert running.stack.redis is not None
    event = {"id": "e1", "type": "deal.created", "at": "2026-10-02T15:00:00Z", "deal": WON}
    running.stack.redis.kill()

    refused = running.post([event])
    running.stack.redis.restart()
    until(lambda: running.post([event]).status_code == 202, 10)
    running.wait_until_quiet()

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.elapsed.total_seconds() < 2
    assert len(running.tasks()) == 1


def test_a_broken_rule_file_while_running_leaves_the_last_good_rules(
    make_stack: Callable[..., Running], tmp_path: Path
) -> None:
    running = make_stack()
    file = tmp_path / "rules" / "deals.yaml"
    file.write_text(RULES.replace("action: ", "title: "), "utf-8")

    def rules_state() -> dict[str, object]:
        found: dict[str, dict[str, object]] = running.http.get(f"{running.stack.web_url}/readyz", timeout=5).json()
        return found["rules"]

    until(lambda: rules_state()["ok"] is False, 10)
    running.post([{"id": "e1", "type": "deal.created", "at": "2026-10-02T15:00:00Z", "deal": WON}])
    running.wait_until_quiet()
    assert running.tasks()[0]["action"] == "Look after Acme"
    errors = json.dumps(rules_state()["errors"])
    assert "deals.yaml:" in errors
    assert "action" in errors
    assert running.http.get(f"{running.stack.web_url}/readyz", timeout=5).status_code == 200
    web = pid_of(running, "web")
    replaced = children_of(web)
    for child in replaced:
        os.kill(child, signal.SIGKILL)
    until(lambda: len(set(children_of(web)) - set(replaced)) == len(replaced), 10)
    until(lambda: running.post([]).status_code == 200, 10)

    file.write_text(RULES.replace("Look after", "Care for"), "utf-8")
    until(lambda: rules_state()["ok"] is True, 10)

    def cared_for() -> bool:
        number = len(running.tasks())
        event = {"id": f"n{number}", "type": "deal.created", "at": "2026-10-02T16:00:00Z"}
        running.post([{**event, "deal": {**WON, "id": f"N{number}"}}])
        running.wait_until_quiet()
        return any(task["action"] == "Care for Acme" for task in running.tasks())

    until(cared_for, 10)  # the worker looks at the files by itself, a little later perhaps


@pytest.mark.parametrize(
    "command",
    [["-m", "workers"], ["-m", "gunicorn", "-c", "gunicorn.conf.py", "service.app:create_app()"]],
    ids=["worker", "web"],
)
def test_a_broken_rule_file_at_the_start_is_no_start_and_one_message(tmp_path: Path, command: list[str]) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "deals.yaml").write_text(RULES.replace("action: ", "title: "), "utf-8")
    env = own_environment(
        CRM_SECRET=SECRET, RULES_DIR=str(rules), PLANHAT_API_TOKEN="x", PORT="0", REDIS_URL="redis://127.0.0.1:1/0"
    )

    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env | {"PORT": "8999"}, capture_output=True, text=True, timeout=60
    )

    told = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert "deals.yaml:19" in told
    assert "action" in told
    assert "Traceback" not in told
    assert told.count("deals.yaml:19") == 1


def test_jobs_of_strangers_are_refused(make_stack: Callable[..., Running], tmp_path: Path) -> None:
    running = make_stack()
    witness = tmp_path / "witness"
    with redis.Redis.from_url(running.stack.redis_url) as client:
        data = json.dumps(["subprocess.getoutput", None, [f"touch {witness}"], {}])
        job = {"data": data, "created_at": "2026-01-01T00:00:00.000000Z", "origin": "planhook-plan", "status": "queued"}
        client.hset("rq:job:stranger", mapping=job)
        client.rpush("rq:queue:planhook-plan", "stranger")
        until(lambda: not client.exists("rq:job:stranger"), 10)
    running.post([{"id": "e1", "type": "deal.created", "at": "2026-10-02T15:00:00Z", "deal": WON}])

    running.wait_until_quiet()

    assert len(running.tasks()) == 1
    assert not witness.exists()
    assert "foreign_job_refused" in running.stack.parts["worker-1"].output()


def test_secrets_are_in_no_log_and_not_in_redis(make_stack: Callable[..., Running]) -> None:
    running = make_stack()
    running.post([{"id": "e1", "type": "deal.created", "at": "2026-10-02T15:00:00Z", "deal": WON}])
    running.http.post(f"{running.stack.web_url}/webhooks/crm", data=b"{}", headers={"X-Signature": "f" * 64}, timeout=5)
    running.wait_until_quiet()
    secrets = [SECRET, running.stack.planhat_token, running.stack.api_token]

    seen = [part.output() for name, part in running.stack.parts.items() if name != "sandbox"]
    with redis.Redis.from_url(running.stack.redis_url) as client:
        seen += [str(client.dump(key)) for key in client.scan_iter()]
    processes = [pid_of(running, name) for name in ("web", "worker-1")]
    processes += [child for pid in processes for child in children_of(pid)]
    seen += [Path(f"/proc/{pid}/cmdline").read_text("utf-8") for pid in processes]

    assert not [secret for secret in secrets for text in seen if secret in text]
