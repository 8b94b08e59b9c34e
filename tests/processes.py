"""The processes of the system under test, as the kernel knows them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

_POLL_S = 0.02


def is_running(pid: int) -> bool:
    """Whether the process exists and has not ended. One that ended stays, as a zombie, until its parent looks."""
    try:
        with Path(f"/proc/{pid}/stat").open(encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def are_gone(pids: Iterable[int]) -> bool:
    """Whether none of them is left, not even as a zombie."""
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def children_of(pid: int) -> list[int]:
    """The living children of a process, the oldest first."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return sorted(child for child in map(int, found.stdout.split()) if is_running(child))


def wait_for_children(pid: int, count: int, seconds: float = 10.0) -> list[int]:
    """At least so many living children of a process, which may just be starting them. Fails after so many seconds.

    To look again after having waited would be a race: one of them may have ended in between.
    """
    end = time.monotonic() + seconds
    while len(children := children_of(pid)) < count:
        assert time.monotonic() < end, f"process {pid} has {len(children)} of {count} children after {seconds} s"
        time.sleep(_POLL_S)
    return children


def kill_and_wait(pid: int, seconds: float = 10.0) -> None:
    """kill -9, and wait until it has ended, so that nobody takes it for a living one. Fails after so many seconds."""
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < end, f"process {pid} runs {seconds} s after kill -9"
        time.sleep(_POLL_S)
