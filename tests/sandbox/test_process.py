"""The program as a process: ready line, signals, state on disk."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.sandbox.conftest import item

ROOT = Path(__file__).parents[2]
HEADERS = {"Authorization": "Bearer secret"}


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The sandbox as its own process and its URL; killed at the end if it still runs."""
    command = [sys.executable, "-m", "sandbox", "--token", "secret", *arguments]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready.startswith("sandbox Planhat listening on http://127.0.0.1:"), ready
            yield ready.split()[-1], process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_while_clients_wait(number: signal.Signals) -> None:
    with running() as (url, process), requests.Session() as session:
        requests.post(f"{url}/_sandbox/faults", json={"hang": True}, timeout=2)
        with pytest.raises(requests.exceptions.ReadTimeout):
            session.get(f"{url}/users", headers=HEADERS, timeout=0.1)
        session.get(f"{url}/users", headers=HEADERS, timeout=2)
        process.send_signal(number)

        assert process.wait(timeout=5) == 0
        assert process.communicate() == ("", "")


def test_tasks_and_companies_survive_a_restart(tmp_path: Path) -> None:
    data = ("--strict-companies", "--data", str(tmp_path / "deep" / "state.json"))
    with running(*data) as (url, process):
        requests.post(f"{url}/_sandbox/companies", json={"name": "Acme", "sourceId": "7"}, timeout=2)
        task = item("a", companyId="srcid-7")
        assert requests.put(f"{url}/tasks", json=[task], headers=HEADERS, timeout=2).status_code == 200
        before = requests.get(f"{url}/_sandbox/tasks", timeout=2).json()
        process.terminate()
        process.wait(timeout=5)

    with running(*data) as (url, _):
        assert requests.get(f"{url}/_sandbox/tasks", timeout=2).json() == before
        answer = requests.put(f"{url}/tasks", json=[task], headers=HEADERS, timeout=2)
        assert answer.json()["nonupdates"] == 1


def test_the_state_is_saved_soon_after_a_change_without_an_orderly_end(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with running("--data", str(file)) as (url, process):
        requests.put(f"{url}/tasks", json=[item("a")], headers=HEADERS, timeout=2)
        deadline = time.monotonic() + 10
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()

    assert [task["sourceId"] for task in json.loads(file.read_text())["tasks"]] == ["a"]


def test_switches_can_be_set_on_the_command_line() -> None:
    options = ("--rate-limit", "7", "--delay-ms", "1", "--set", "rate_headers=none", "--set", "done_archives=false")
    with running(*options) as (url, _):
        settings = requests.get(f"{url}/_sandbox/settings", timeout=2).json()

    assert (settings["rate_limit"], settings["delay_ms"]) == (7, 1)
    assert (settings["rate_headers"], settings["done_archives"]) == ("none", False)


@pytest.mark.parametrize("wrong", ["colour=red", "delay_ms=soon"])
def test_a_wrong_switch_stops_the_start_with_one_line(wrong: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "--set", wrong], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith("sandbox: ")
    assert ended.stderr.count("\n") == 1
