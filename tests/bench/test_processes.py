"""What Linux tells of processes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.processes import Process, cpu_seconds, in_group, mebibytes

pytestmark = pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells")

BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
PARENT = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}], input=b'x')\ninput()"


def start(program: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.parametrize("program", [BUSY, PARENT], ids=["its own", "that of a child which has ended"])
def test_time_on_a_processor_is_counted(program: str) -> None:
    process = start(program)
    try:
        assert line_of(process) == "done"
        deadline = time.monotonic() + 30
        while len(found := in_group(process.pid)) > 1 and time.monotonic() < deadline:
            pass  # the child ends right behind its line

        assert cpu_seconds(found) >= 0.29
        assert mebibytes(found) > 1
    finally:
        process.communicate("\n")


def test_a_process_that_has_ended_counts_as_nothing() -> None:
    process = start("input()")
    found = in_group(process.pid)
    process.communicate("\n")

    assert [type(one) for one in found] == [Process]
    assert cpu_seconds(found) == 0
    assert in_group(process.pid) == []
