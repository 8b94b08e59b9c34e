"""A platform may stop a program that it has just begun to start, and ask twice."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from devstack.part import Part
from devstack.redis_server import free_port
from devstack.stack import ROOT, own_environment

SIGTERM_BIT = 1 << (signal.SIGTERM - 1)
COMMANDS = {
    "worker": ("-m", "workers"),
    "web": ("-m", "gunicorn", "-c", "gunicorn.conf.py", "service.app:create_app()"),
}

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")


def handles_sigterm(pid: int) -> bool:
    """Whether the process has said what it does on SIGTERM."""
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = re.findall(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return bool(int(caught, 16) & SIGTERM_BIT)


@pytest.fixture(params=COMMANDS)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Part]:
    """A program that cannot start, because its rules are broken: it gets no further than the start."""
    (tmp_path / "rules.yaml").write_text("ruels: []\n")
    env = own_environment(PLANHAT_API_TOKEN="t", RULES_DIR=str(tmp_path), PORT=str(free_port()), WEB_CONCURRENCY="1")
    command: Sequence[str] = (sys.executable, *COMMANDS[request.param])
    part = Part(request.param, command, env, tmp_path / "log", lambda _: True, ROOT)
    yield part
    part.kill()


def test_a_start_that_is_broken_off_ends_cleanly(program: Part) -> None:
    program.start()
    pid = program.pid
    assert pid is not None
    deadline = time.monotonic() + 10
    while not handles_sigterm(pid):
        assert program.running, program.obituary()
        assert time.monotonic() < deadline
        time.sleep(0.001)

    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGTERM)

    assert program.stop(time.monotonic() + 10) == 0, program.output()
    assert "cannot start" not in program.output()
