"""Redis, sandbox Planhat, web and workers on one machine, started and stopped together."""

import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from devstack.part import Part, PartFailed
from devstack.preflight import CannotStart, read_environment, require_redis
from devstack.redis_server import EmbeddedRedis, free_port
from planhook.rulebook import Rulebook
from planhook.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
_READY_WITHIN = 30.0  # seconds
_STOPS_WITHIN = 25.0  # what a platform grants between SIGTERM and SIGKILL, less a margin
_SANDBOX_TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but our own sandbox on loopback


def own_environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of planhook, plus `settings`.

    For demo and tests: they must reach nobody's real Planhat and nobody's real Redis.
    """
    ours = {setting.variable for setting in SETTINGS.values()}
    return {name: value for name, value in os.environ.items() if name not in ours} | settings


class Stack:
    """The whole of planhook as programs; also a context manager.

    `folder` takes the data of Redis and sandbox and the logs. `env` is the base environment of all programs:
    with REDIS_URL in it no Redis is started, with PLANHAT_API_TOKEN no sandbox. Parts are named "sandbox",
    "web", "worker-1", "worker-2", …; a part that was stopped or killed comes back by `restart(name)` with
    the same settings, ports and data.
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        rules: Path = ROOT / "rules",
        workers: int = 1,
        logs: Path | None = None,
    ) -> None:
        self.folder = folder
        self.logs = logs or folder / "log"
        self.redis = None if env.get("REDIS_URL") else EmbeddedRedis(folder / "redis")
        self.has_sandbox = not env.get("PLANHAT_API_TOKEN")
        self.parts: dict[str, Part] = {}
        self._workers = workers
        self._env = {name: value for name, value in env.items() if value}
        self._env.setdefault("PORT", str(free_port()))
        self._env.setdefault("RULES_DIR", str(rules.absolute()))
        self._env.setdefault("API_TOKEN", "local-operator")
        self._env.setdefault("PLANHAT_API_URL", "https://api.planhat.com")
        self._env["PYTHONUNBUFFERED"] = "1"

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of all programs; REDIS_URL and Planhat's settings are in it once it was started."""
        return self._env

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self._env['PORT']}"

    @property
    def redis_url(self) -> str:
        return self._env["REDIS_URL"]

    @property
    def planhat_url(self) -> str:
        return self._env["PLANHAT_API_URL"]

    @property
    def planhat_token(self) -> str:
        return self._env["PLANHAT_API_TOKEN"]

    @property
    def api_token(self) -> str:
        """The bearer token of the operator API."""
        return self._env["API_TOKEN"]

    def prepare(self) -> Rulebook:
        """Look for everything that is wrong before anything is started; gives the rules. Raises CannotStart."""
        settings, rulebook = read_environment({"PLANHAT_API_TOKEN": _SANDBOX_TOKEN} | self._env, ROOT)
        _require_free(settings.port)
        if not self.redis:
            require_redis(settings.redis_url, verify_tls=settings.redis_tls_verify)
        return rulebook

    def start(self) -> Self:
        """Start everything and wait until it can be used. On a failure nothing is left running.

        Raises CannotStart, RedisServerError or PartFailed.
        """
        self.prepare()
        try:
            if self.redis:
                self._env["REDIS_URL"] = self.redis.start().url
            if self.has_sandbox:
                self._start_sandbox()
            self._start_planhook()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> dict[str, int | None]:
        """Stop taking in and working, then what they stand on; gives the exit status of each part."""
        deadline = time.monotonic() + _STOPS_WITHIN
        ours = [part for name, part in self.parts.items() if name != "sandbox"]
        for part in ours:
            part.terminate()
        ended = {part.name: part.stop(deadline) for part in ours}
        if sandbox := self.parts.get("sandbox"):
            ended["sandbox"] = sandbox.stop(deadline)
        if self.redis:
            self.redis.stop()
        return ended

    def kill(self, name: str) -> None:
        """kill -9 of a part and all its children."""
        self.parts[name].kill()

    def restart(self, name: str) -> None:
        """Start a part, or "redis", again, stopping it first if it runs; waits until it can be used.

        Raises PartFailed and RedisServerError.
        """
        if name == "redis" and self.redis:
            self.redis.restart()
            return
        part = self.parts[name]
        part.stop(time.monotonic() + _STOPS_WITHIN)
        part.start()
        part.wait_ready(time.monotonic() + _READY_WITHIN)

    def ended(self) -> list[str]:
        """The parts that should run and do not, what the others stand on first; "redis" is the embedded server."""
        redis = ["redis"] if self.redis and self.redis.pid and not self.redis.running else []
        return redis + [name for name, part in self.parts.items() if part.pid and not part.running]

    def check(self) -> None:
        """Raise PartFailed when a part that should run has ended."""
        for name in self.ended():
            raise PartFailed(self.parts[name].obituary() if name in self.parts else f"{name} ended")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_sandbox(self) -> None:
        port = str(free_port())  # chosen here, so that planhook finds it again after a restart
        self._env["PLANHAT_API_TOKEN"] = _SANDBOX_TOKEN
        self._env["PLANHAT_API_URL"] = f"http://127.0.0.1:{port}"
        command = ["-m", "sandbox", "--port", port, "--data", str(self.folder / "sandbox.json")]
        sandbox = self._add("sandbox", command, lambda part: "listening on" in part.output())
        sandbox.start()
        sandbox.wait_ready(time.monotonic() + _READY_WITHIN)

    def _start_planhook(self) -> None:
        web = ["-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", f"127.0.0.1:{self._env['PORT']}"]
        self._add("web", [*web, "service.app:create_app()"], self._web_is_ready)
        for number in range(1, self._workers + 1):
            self._add(f"worker-{number}", ["-m", "workers"], lambda part: "worker ready" in part.output())
        ours = [part for name, part in self.parts.items() if name != "sandbox"]
        for part in ours:
            part.start()
        deadline = time.monotonic() + _READY_WITHIN
        for part in ours:
            part.wait_ready(deadline)

    def _add(self, name: str, arguments: list[str], is_ready: Callable[[Part], bool]) -> Part:
        log = self.logs / f"{name}.log"
        self.parts[name] = Part(name, [sys.executable, *arguments], self._env, log, is_ready, ROOT)
        return self.parts[name]

    def _web_is_ready(self, _: Part) -> bool:
        try:
            return requests.get(f"{self.web_url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False


def _require_free(port: int) -> None:
    # Whoever listens there already could pass for our web process.
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise CannotStart(f"port {port} is taken: set PORT to another one")
