"""A whole planhook with its own Redis and sandbox, started for one scenario and stopped after it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import requests
from redis import Redis

from bench.processes import Process, cpu_seconds, in_group
from bench.sender import SECRET
from devstack.part import Part
from devstack.redis_server import free_port
from devstack.stack import ROOT, Stack, own_environment
from planhook.store.connection import connect
from planhook.store.journal import Journal

HOOK = "/webhooks/crm"
RULES = Path(__file__).resolve().parent / "rules"
_POLL = 0.02
_READY_WITHIN = 30.0  # seconds
_ENDS_WITHIN = 300.0
_STOPS_WITHIN = 25.0


class BenchFailed(Exception):
    """The system did not do what is measured, so there is nothing to report."""


class System:
    """What scenarios do with a running stack. `redis` is a client of its server, `folder` its own."""

    def __init__(self, stack: Stack, env: dict[str, str]) -> None:
        self.stack = stack
        self.redis: Redis = connect(stack.redis_url, timeout=10.0, connections=2)
        self._env = env
        self._others: list[Part] = []
        self._journal = Journal(self.redis)
        self._http = requests.Session()

    @property
    def port(self) -> int:
        """Where planhook takes deliveries."""
        return urlsplit(self.stack.web_url).port or 0

    def answer_after(self, delay_ms: int) -> None:
        """Let the sandbox take so long for each call; its own rate limit is off."""
        switches = {"delay_ms": delay_ms, "rate_limit": 0}
        url = f"{self.stack.planhat_url}/_sandbox/settings"
        self._http.patch(url, json=switches, timeout=5).raise_for_status()

    def roles(self) -> dict[str, list[Process]]:
        """The processes of planhook that live now, of Redis, and of programs that run next to them."""
        web, *workers = [part for name, part in self.stack.parts.items() if name != "sandbox"]
        started = [_processes(worker) for worker in workers]  # each a parent, its planner, its deliverer
        server = self.stack.redis.pid if self.stack.redis else None
        return {
            "web": _processes(web),
            "planner": [process for worker in started for process in worker[1:2]],
            "deliverer": [process for worker in started for process in worker[2:3]],
            "parent": [process for worker in started for process in worker[:1]],
            "Redis": in_group(server) if server else [],
            "others": [process for part in self._others for process in _processes(part)],
        }

    def cpu(self) -> dict[str, float]:
        """Seconds that the processes of each role have spent on a processor since their start."""
        return {role: cpu_seconds(processes) for role, processes in self.roles().items()}

    def stop(self, *names: str) -> None:
        """Stop parts of planhook, so that they take nothing from what is measured."""
        for name in names:
            self.stack.parts[name].stop(time.monotonic() + _STOPS_WITHIN)

    @contextmanager
    def web(self, application: str) -> Iterator[int]:
        """Serve another application exactly as planhook's is served; gives its port."""
        port = free_port()
        command = ["-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", application]
        with self.part(application.split(":")[0], command, lambda part: "Booting worker" in part.output()):
            yield port

    @contextmanager
    def part(self, name: str, arguments: list[str], is_ready: Callable[[Part], bool]) -> Iterator[Part]:
        """Run another program next to the stack, with the same settings."""
        env = self._env | {
            "REDIS_URL": self.stack.redis_url,
            "PLANHAT_API_URL": self.stack.planhat_url,
            "PLANHAT_API_TOKEN": self.stack.planhat_token,
            "PYTHONUNBUFFERED": "1",
        }
        part = Part(name, [sys.executable, *arguments], env, self.stack.logs / f"{name}.log", is_ready, ROOT)
        part.start()
        self._others.append(part)
        try:
            part.wait_ready(time.monotonic() + _READY_WITHIN)
            yield part
        finally:
            self._others.remove(part)
            part.stop(time.monotonic() + _STOPS_WITHIN)

    def stats(self) -> dict[str, int]:
        """Planhook's books."""
        return self._journal.stats()

    def wait_until_quiet(self) -> None:
        """Until every accepted event has ended and no task differs from Planhat."""

        def quiet() -> bool:
            stats = self.stats()
            return stats["waiting"] == 0 and stats["tasks_pending"] == 0

        self.wait(quiet)

    def wait(self, holds: Callable[[], bool]) -> None:
        """Poll until it holds. Raises BenchFailed after some minutes, PartFailed when a program died."""
        end = time.monotonic() + _ENDS_WITHIN
        while not holds():
            if time.monotonic() > end:
                raise BenchFailed(f"not done in {_ENDS_WITHIN:.0f} s: {self.stats()}")
            time.sleep(_POLL)

    def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """The sandbox's journal of API calls with a number above `after`."""
        calls: list[dict[str, Any]] = self._sandbox(f"calls?after={after}")
        return calls

    def writes(self) -> int:
        """How many bulk calls there were; read-backs are left out."""
        return sum(call["method"] == "PUT" for call in self.calls())

    def last_call(self) -> int:
        """The number of the last call so far."""
        return max((call["number"] for call in self.calls()), default=0)

    def tasks(self) -> int:
        """How many tasks there are in the sandbox."""
        return len(self._sandbox("tasks"))

    def wait_for_created(self, count: int) -> None:
        """Until the sandbox has created so many tasks."""
        self.wait(lambda: self.created() >= count)

    def created(self) -> int:
        """How many tasks the sandbox has created; cheaper to ask than `tasks`."""
        count: int = self._sandbox("stats")["changes"].get("create", 0)
        return count

    def _sandbox(self, what: str) -> Any:
        answer = self._http.get(f"{self.stack.planhat_url}/_sandbox/{what}", timeout=30)
        answer.raise_for_status()
        return answer.json()


def _processes(part: Part) -> list[Process]:
    return in_group(part.pid) if part.pid else []


@contextmanager
def running(delay_ms: int, *, workers: int = 1, **settings: str) -> Iterator[System]:
    """Start a system whose Planhat takes `delay_ms` for each call; `settings` are planhook's, else its defaults."""
    env = own_environment(CRM_SECRET=SECRET, **settings)
    with (
        TemporaryDirectory(prefix="planhook-bench-") as folder,
        Stack(Path(folder), env, rules=RULES, workers=workers) as stack,
    ):
        system = System(stack, env)
        system.answer_after(delay_ms)
        yield system
