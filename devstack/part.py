"""One program of the stack as a child process group, its output in a log file."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_POLL = 0.02


class PartFailed(Exception):
    """A program ended or did not get ready; the message ends with the tail of its log."""


class Part:
    """A program that can be started, stopped, killed and started again.

    `is_ready` is asked until it is true; it sees only what this start has written. `env` is the whole
    environment of the program.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        is_ready: Callable[["Part"], bool],
        folder: Path,
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._env = env
        self._is_ready = is_ready
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The id of the process and of its group; None before the start and after the end was seen to."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program; `wait_ready` says when it can be used."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self, deadline: float) -> None:
        """Wait until the program can be used. `deadline` is a `time.monotonic()`. Raises PartFailed."""
        while not self._is_ready(self):
            if not self.running:
                raise PartFailed(self.obituary())
            if time.monotonic() > deadline:
                raise PartFailed(f"{self.name} did not get ready in time; its log ends:\n{self.tail()}")
            time.sleep(_POLL)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM to the main process); `stop` waits for the end."""
        if self._process and self.running:
            self._process.terminate()

    def stop(self, deadline: float) -> int | None:
        """End it, by SIGKILL after `deadline`; gives the exit status, None when it was not running."""
        if not self._process:
            return None
        self.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        return self.kill()

    def kill(self) -> int | None:
        """kill -9 of the whole group, as when a machine dies; gives the exit status."""
        if not self._process:
            return None
        # Also after the main process ended: a child it left behind must not go on writing.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        self._process = None
        return status

    def output(self) -> str:
        """What this start has written so far."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.output().splitlines()[-lines:]) or "(nothing)"

    def obituary(self) -> str:
        status = self._process.poll() if self._process else None
        return f"{self.name} ended with status {status}; its log ends:\n{self.tail()}"
