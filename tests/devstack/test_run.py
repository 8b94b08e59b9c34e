"""`make run` as a person at a terminal meets it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.redis_server import free_port
from devstack.stack import ROOT, own_environment

RUN = "import sys; from pathlib import Path; from devstack.run import main; sys.exit(main(Path(sys.argv[1])))"


class Terminal:
    """A running `make run` with `rules`, and what it has printed."""

    def __init__(self, folder: Path, rules: Path, **settings: str) -> None:
        self.rules = rules
        self._printed = folder / "printed"
        env = own_environment(RULES_DIR=str(rules), PORT=str(free_port()), WEB_CONCURRENCY="2", **settings)
        with self._printed.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, folder], cwd=ROOT, env=env, stdout=out, stderr=out
            )

    def read(self) -> str:
        return self._printed.read_text()

    def wait_for(self, text: str) -> str:
        return self.wait(lambda: self.read() if text in self.read() else "")

    def wait(self, found: Callable[[], str]) -> str:
        end = time.monotonic() + 20
        while not (result := found()):
            assert time.monotonic() < end, self.read()
            time.sleep(0.05)
        return result


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    running = Terminal(tmp_path, Path(shutil.copytree(ROOT / "rules", tmp_path / "rules")))
    yield running
    running.process.send_signal(signal.SIGINT)
    running.process.wait(30)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="pastes commands into a shell")
def test_the_printed_commands_bring_a_task_and_show_it(terminal: Terminal) -> None:
    printed = terminal.wait_for("Ctrl-C stops everything")
    send = printed.partition("terminal):\n\n")[2].partition("\n\n")[0]
    events, tasks = printed.partition("became of it:\n\n")[2].partition("\n\n")[0].splitlines()

    assert "202 ACCEPTED" in _paste(send).upper()

    shown = json.loads(terminal.wait(lambda: text if (text := _paste(tasks)).strip() != "[]" else ""))
    assert [task["action"] for task in shown] == ["Onboard Tried out"]
    assert json.loads(_paste(events))["events"][0]["status"] == "applied"


def test_rules_that_cannot_be_used_while_it_runs_are_told_and_ctrl_c_ends_it(terminal: Terminal) -> None:
    terminal.wait_for("Ctrl-C stops everything")

    (terminal.rules / "deals.yaml").write_text("rules:\n  - {name: Broken, on: deal.won, than: {}}\n")

    assert "deals.yaml:2: " in terminal.wait_for("the last good ones stay in use")

    (terminal.rules / "deals.yaml").write_text("sources:\n  close: {kind: close, secret: '${CLOSE_SECRET}'}\n")

    assert "CLOSE_SECRET is not set" in terminal.wait_for("`make run` again")

    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(30) == 0


def test_the_command_line_works_beside_it_with_the_file_that_is_printed(terminal: Terminal, tmp_path: Path) -> None:
    printed = terminal.wait_for("Ctrl-C stops everything")
    source, _ = printed.partition("in this folder):\n\n")[2].splitlines()[:2]
    env_file = tmp_path / "sandbox" / "env"
    assert env_file.stat().st_mode & 0o777 == 0o600

    shown = _paste(f"unset PLANHAT_API_TOKEN REDIS_URL API_TOKEN; {source} && '{sys.executable}' -m planhook doctor")

    assert "✓ planhat: http://127.0.0.1:" in shown
    assert "✗" not in shown
    terminal.process.send_signal(signal.SIGINT)
    terminal.process.wait(30)
    assert not env_file.exists()


def test_a_planhat_that_is_another_one_is_told_with_the_remedy(terminal: Terminal, tmp_path: Path) -> None:
    printed = terminal.wait_for("Ctrl-C stops everything")
    _paste(printed.partition("terminal):\n\n")[2].partition("\n\n")[0])
    data = tmp_path / "sandbox" / "sandbox.json"
    terminal.wait(lambda: data.read_text() if data.exists() and "Onboard Tried out" in data.read_text() else "")
    terminal.process.send_signal(signal.SIGINT)
    terminal.process.wait(30)
    data.unlink()

    again = Terminal(tmp_path, terminal.rules)
    try:
        printed = again.wait_for("Planhat gets no tasks")
        assert "empty Redis (with make run: remove its folder in var/)" in printed
        source = f". {tmp_path / 'sandbox' / 'env'}"
        _paste(f"{source} && '{sys.executable}' -m planhook tenant --accept")
        again.wait_for("Planhat gets tasks again")
    finally:
        again.process.send_signal(signal.SIGINT)
        again.process.wait(30)


def test_a_redis_that_is_away_is_told_with_what_to_do(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, ROOT / "rules", REDIS_URL="redis://127.0.0.1:1/0")

    assert terminal.process.wait(20) == 1
    assert "unset REDIS_URL" in terminal.read()


def test_rules_that_are_broken_at_the_start_are_all_that_it_prints(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "deals.yaml").write_text("rules:\n  - {name: Broken, on: deal.won, than: {}}\n")

    terminal = Terminal(tmp_path, tmp_path / "rules")

    assert terminal.process.wait(20) == 1
    assert all("deals.yaml:2: " in line for line in terminal.read().splitlines())


def _paste(command: str) -> str:
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, timeout=20).stdout


def test_a_shell_that_has_read_the_settings_of_another_run_is_sent_away() -> None:
    env = {**os.environ, "PLANHOOK_RUN": "var/sandbox/env"}

    done = subprocess.run(
        [sys.executable, "-m", "devstack.run"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "this shell has read var/sandbox/env" in done.stderr
