"""`make demo`: signed deliveries go in over HTTP, tasks come out in the sandbox, and all of it is compared."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
import requests

from devstack.demo_api import DemoApi
from devstack.demo_secrets import demo_secrets
from devstack.part import PartFailed
from devstack.preflight import CannotStart, require_redis
from devstack.redis_server import RedisServerError
from devstack.scenario import STEPS, TASKS
from devstack.stack import ROOT, Stack, own_environment
from devstack.step import Sender
from devstack.table import table


def main(rules: Path = ROOT / "rules") -> int:
    """0 when every delivery and every task came out under `rules` as the scenario says, else 1."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="planhook-demo-") as folder, _redis_setting() as redis_url:
            faults = _run(Path(folder), rules, redis_url)
    except (PartFailed, RedisServerError, CannotStart, requests.RequestException) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
        return 130
    took = f"{time.monotonic() - began:.1f} s"
    if faults:
        print(f"\nNot as it should be ({took}):", *faults, sep="\n- ")
        return 1
    print(f"\n{len(STEPS)} deliveries and {len(TASKS)} tasks are as they should be ({took}). Everything is stopped.")
    return 0


@contextmanager
def _redis_setting() -> Iterator[dict[str, str]]:
    """REDIS_URL when it is set: only an empty database, emptied again afterwards; else nothing."""
    given = os.environ.get("REDIS_URL")
    if not given:
        yield {}
        return
    require_redis(given, verify_tls=True)
    with redis.Redis.from_url(given) as client:
        if client.dbsize():
            raise CannotStart("REDIS_URL names a database that is not empty; the demo would mix with what is there")
        try:
            yield {"REDIS_URL": given}
        finally:
            client.flushdb()


def _run(folder: Path, rules: Path, redis_setting: Mapping[str, str]) -> list[str]:
    stack = Stack(folder, own_environment(**demo_secrets(rules, {}), **redis_setting), rules=rules)
    rulebook = stack.prepare()
    print("starting Redis, sandbox Planhat, web and worker")
    with stack:
        sender = Sender(rulebook.sources, stack.web_url)
        api = DemoApi(stack.web_url, stack.api_token, stack.planhat_url)
        try:
            return [*_play(sender, api), *_compare_tasks(api.tasks()), *_balance(api.stats())]
        except requests.RequestException:
            stack.check()  # a part that died says more than the lost connection
            raise


def _play(sender: Sender, api: DemoApi) -> list[str]:
    """Send all deliveries, each after the one before has ended; print what became of them, give what differs."""
    rows, faults = [], []
    for number, step in enumerate(STEPS, 1):
        answer = sender.send(step)
        events = answer.json().get("events", [])
        ends = [api.end_of(event) for event in events]
        short = ", ".join(end.short for end in ends) or f"refused: {answer.json().get('title', '')}"
        print(f"{number:2}. {step.title} → {answer.status_code}, {short}", flush=True)
        why = _cause(answer, api) or "; ".join(end.why for end in ends)
        rows.append([str(number), step.title, step.source, str(answer.status_code), short, why])
        expected = (step.status, step.ends)
        found = (answer.status_code, tuple(end.short for end in ends))
        if found != expected:
            faults.append(f"{step.title}: {found}, expected {expected}")
    print("\n" + table("What became of each delivery", ["", "delivery", "source", "HTTP", "became", "because"], rows))
    return faults


def _cause(answer: requests.Response, api: DemoApi) -> str:
    """Why a delivery brought no new event; empty when it did."""
    if answer.status_code == 200:
        return "the events were known"
    return "" if answer.ok else api.last_refusal()


def _compare_tasks(tasks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Print the sandbox's tasks; give what differs from the expected ones."""
    shown = ["sourceId", "mainType", "action", "status", "isArchived", "startTime"]
    rows = [[str(task.get(name, "")) for name in shown] for task in tasks.values()]
    print("\n" + table("Tasks in the sandbox Planhat", shown, rows))
    faults = [f"task {key} should not be there" for key in tasks.keys() - TASKS.keys()]
    for key, fields in TASKS.items():
        found = {name: tasks.get(key, {}).get(name) for name in fields}
        if found != fields:
            faults.append(f"task {key}: {found}, expected {dict(fields)}")
    return faults


def _balance(stats: Mapping[str, int]) -> list[str]:
    """Print the books; a fault when an accepted event has no end."""
    ended = {name: stats[name] for name in ("applied", "ignored", "dead", "waiting")}
    books = f"accepted {stats['accepted']} = {' + '.join(f'{name} {count}' for name, count in ended.items())}"
    print(f"\n{books}")
    return [] if stats["accepted"] == sum(ended.values()) else [f"the books do not balance: {books}"]


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main())
