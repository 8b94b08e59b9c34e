import os
import sys
import time
from pathlib import Path

import pytest

from devstack.part import Part, PartFailed

SAY_READY_AND_WAIT = "print('ready', flush=True); import time; time.sleep(60)"
IGNORE_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SAY_READY_AND_WAIT
LEAVE_A_CHILD = "import os; child = os.fork(); child and print('child', child, flush=True); " + SAY_READY_AND_WAIT


def _part(folder: Path, program: str) -> Part:
    command = [sys.executable, "-c", program]
    return Part("probe", command, dict(os.environ), folder / "probe.log", lambda part: "ready" in part.output(), folder)


def _started(folder: Path, program: str) -> Part:
    part = _part(folder, program)
    part.start()
    part.wait_ready(time.monotonic() + 10)
    return part


def _is_gone(pid: int) -> bool:
    # A killed orphan stays a zombie until its new parent sees to it.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_part_ends_on_sigterm(tmp_path: Path) -> None:
    part = _started(tmp_path, SAY_READY_AND_WAIT)

    assert part.stop(time.monotonic() + 10) == -15
    assert not part.running


def test_a_part_that_ignores_sigterm_is_killed_at_the_deadline(tmp_path: Path) -> None:
    part = _started(tmp_path, IGNORE_SIGTERM)

    assert part.stop(time.monotonic() + 0.1) == -9


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_killing_a_part_takes_its_children_along(tmp_path: Path) -> None:
    part = _started(tmp_path, LEAVE_A_CHILD)
    child = int(part.output().split()[1])

    part.kill()

    deadline = time.monotonic() + 5
    while not _is_gone(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _is_gone(child)


def test_a_part_that_dies_at_the_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    part = _part(tmp_path, "raise SystemExit('PLANHAT_API_TOKEN is not set')")
    part.start()

    with pytest.raises(PartFailed, match=r"probe ended with status 1(.|\n)*PLANHAT_API_TOKEN is not set"):
        part.wait_ready(time.monotonic() + 10)
    part.kill()


def test_readiness_counts_only_what_this_start_has_said(tmp_path: Path) -> None:
    (tmp_path / "probe.log").write_text("ready\n")
    part = _part(tmp_path, "raise SystemExit(1)")
    part.start()

    with pytest.raises(PartFailed):
        part.wait_ready(time.monotonic() + 10)
    part.kill()
