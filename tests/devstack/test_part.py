import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.part import Part, PartFailed

SAY_READY_AND_WAIT = "print('ready', flush=True); import time; time.sleep(60)"
IGNORE_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SAY_READY_AND_WAIT
LEAVE_A_CHILD = """
import os, time
if child := os.fork():
    print("child", child, "ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def make_part(tmp_path: Path) -> Iterator[Callable[[str], Part]]:
    """Makes a part of a Python program. What still runs at the end of the test is killed."""
    made: list[Part] = []

    def make(program: str) -> Part:
        command = [sys.executable, "-c", program]
        log = tmp_path / "probe.log"
        made.append(Part("probe", command, dict(os.environ), log, lambda part: "ready" in part.output(), tmp_path))
        return made[-1]

    yield make
    for part in made:
        part.kill()


def _started(part: Part) -> Part:
    part.start()
    part.wait_ready(time.monotonic() + 10)
    return part


def _is_gone(pid: int) -> bool:
    # A killed orphan stays a zombie until its new parent sees to it.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_part_ends_on_sigterm(make_part: Callable[[str], Part]) -> None:
    part = _started(make_part(SAY_READY_AND_WAIT))

    assert part.stop(time.monotonic() + 10) == -15
    assert not part.running


def test_a_part_that_ignores_sigterm_is_killed_at_the_deadline(make_part: Callable[[str], Part]) -> None:
    part = _started(make_part(IGNORE_SIGTERM))

    assert part.stop(time.monotonic() + 0.1) == -9


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_killing_a_part_takes_its_children_along(make_part: Callable[[str], Part]) -> None:
    part = _started(make_part(LEAVE_A_CHILD))
    child = int(part.output().split()[1])

    part.kill()

    deadline = time.monotonic() + 5
    while not _is_gone(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _is_gone(child)


def test_a_part_that_dies_at_the_start_is_reported_with_its_last_words(make_part: Callable[[str], Part]) -> None:
    part = make_part("raise SystemExit('PLANHAT_API_TOKEN is not set')")
    part.start()

    with pytest.raises(PartFailed, match=r"probe ended with status 1(.|\n)*PLANHAT_API_TOKEN is not set"):
        part.wait_ready(time.monotonic() + 10)


def test_readiness_counts_only_what_this_start_has_said(tmp_path: Path, make_part: Callable[[str], Part]) -> None:
    (tmp_path / "probe.log").write_text("ready\n")
    part = make_part("raise SystemExit(1)")
    part.start()

    with pytest.raises(PartFailed):
        part.wait_ready(time.monotonic() + 10)
