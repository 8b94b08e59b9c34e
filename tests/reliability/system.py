"""planhook as programs between two proxies, with a Redis and a Planhat that can be spoilt, and everything killable."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

import requests
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

import sandbox.server
from devstack.part import PartFailed
from devstack.redis_server import EmbeddedRedis
from devstack.stack import Stack, own_environment
from planhook.failpoints import ONCE_VARIABLE, POINTS, VARIABLE
from tests.processes import children_of
from tests.reliability.proxy import FaultProxy
from tests.reliability.sender import SECRETS
from tests.reliability.story import RULES

CALLS_PER_MINUTE = 1_200
QUIET_WITHIN_S = 120.0
SETTLES_WITHIN_S = 150.0
_TOKEN = "token-of-the-sandbox-0123456789"
_POLL_S = 0.02


class NotQuiet(AssertionError):
    """What was accepted did not come to its end in time."""


class System:
    """A running planhook; also a context manager.

    With `strikes_once` each of the `failpoints` is disarmed until `arm`, else they strike each time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        calls_per_minute: int = CALLS_PER_MINUTE,
        failpoints: str = "",
        strikes_once: bool = True,
    ) -> None:
        self.folder = folder
        self.faults = 0
        self.server = EmbeddedRedis(folder / "redis", options={"enable-debug-command": "yes"})
        self._marks = folder / "failpoints"
        self._workers = workers
        self.calls_per_minute = calls_per_minute
        self._settings = {VARIABLE: failpoints}
        if strikes_once:
            self._settings[ONCE_VARIABLE] = str(self._marks)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _start(self) -> None:
        rules = self.folder / "rules"
        rules.mkdir(parents=True)
        (rules / "deals.yaml").write_text(RULES, "utf-8")
        self._marks.mkdir()
        for point in POINTS:
            (self._marks / point).touch()
        self._open.enter_context(self.server)
        self.redis_proxy = self._open.enter_context(FaultProxy(self.server.port))
        # A Planhat that looks up, waits and only then inserts: two writers at a time would double a task.
        self.planhat = self._open.enter_context(
            sandbox.server.start(token=_TOKEN, rate_limit=0, unique_source_ids=False, upsert_race_ms=5)
        )
        self.planhat_proxy = self._open.enter_context(FaultProxy(urlsplit(self.planhat.url).port or 0))
        env = own_environment(
            **SECRETS,
            REDIS_URL=f"redis://127.0.0.1:{self.redis_proxy.port}/0",
            PLANHAT_API_URL=f"http://127.0.0.1:{self.planhat_proxy.port}",
            PLANHAT_API_TOKEN=_TOKEN,
            PLANHAT_CALLS_PER_MINUTE=str(self.calls_per_minute),
            WEB_CONCURRENCY="2",
            **self._settings,
        )
        self.stack = self._open.enter_context(Stack(self.folder / "stack", env, rules=rules, workers=self._workers))
        self.redis = Redis(port=self.server.port, socket_timeout=5, retry=Retry(NoBackoff(), 0))
        self._open.callback(self.redis.close)

    @property
    def secrets(self) -> list[str]:
        return [*SECRETS.values(), _TOKEN, self.stack.api_token]

    @property
    def names(self) -> list[str]:
        """The parts that a platform would start again."""
        return list(self.stack.parts)

    @property
    def worker_names(self) -> list[str]:
        return [name for name in self.stack.parts if name.startswith("worker")]

    def pid(self, name: str) -> int:
        pid = self.stack.parts[name].pid
        if pid is None:
            raise PartFailed(f"{name} does not run")
        return pid

    def child(self, name: str, role: str) -> int:
        """The process of a worker that has `role`: "plan" or "deliver". Waits for it while it is started again."""
        found: list[int] = []

        def is_found() -> bool:
            children = children_of(self.pid(name))
            registered = cast(set[bytes], self.redis.smembers("rq:workers"))
            names = [worker.decode() for worker in registered if f"-{role}-".encode() in worker]
            found[:] = [
                int(pid) for worker in names if (pid := self.redis.hget(worker, "pid")) and int(pid) in children
            ]
            return bool(found)

        wait_for(is_found, 30, lambda: f"{name} has no {role}")
        return found[0]

    def kill(self, pid: int, number: int = signal.SIGKILL) -> None:
        """Send a signal and count it; a process that ended by itself meanwhile is none."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            self.faults += 1

    def revive(self) -> None:
        """Start again what ended, as a platform does."""
        for name, part in self.stack.parts.items():
            if not part.running:
                self.stack.restart(name)

    def arm(self, point: str) -> Path:
        """Have a failpoint strike once; the file that comes back tells that it did."""
        mark = self._marks / point
        mark.unlink()
        return mark

    def heal(self) -> None:
        """Lift every fault, and start everything that does not run."""
        for proxy in (self.redis_proxy, self.planhat_proxy):
            proxy.heal()
        for point in POINTS:
            (self._marks / point).touch()
        self.planhat.clear_faults()
        if not self.server.running:
            self.server.restart()
        self.revive()

    def operator(self, path: str) -> Any:
        """Ask the operator API."""
        headers = {"Authorization": f"Bearer {self.stack.api_token}"}
        answer = requests.get(f"{self.stack.web_url}{path}", headers=headers, timeout=15)
        answer.raise_for_status()
        return answer.json()

    def events(self) -> list[dict[str, Any]]:
        """All rows of the journal."""
        rows: list[dict[str, Any]] = []
        path = "/api/v1/events?limit=200"
        page = self.operator(path)
        while page["next"] is not None:
            rows += page["events"]
            page = self.operator(f"{path}&cursor={page['next']}")
        rows += page["events"]
        return rows

    def wait_until_quiet(self, *, late_writes: bool = False) -> None:
        """Until each accepted event has ended and nothing is left to be written. Raises NotQuiet.

        `late_writes`: and until planhook has looked whether writes of unclear outcome arrived behind newer ones.
        """

        def is_quiet() -> bool:
            self.revive()
            try:
                stats = self.operator("/api/v1/stats")
                unsettled = self.redis.zcard("planhook:watch") if late_writes else 0
            except (requests.RequestException, RedisError):
                return False
            return stats["waiting"] == 0 and stats["tasks_pending"] == 0 and not unsettled

        wait_for(is_quiet, QUIET_WITHIN_S + (SETTLES_WITHIN_S if late_writes else 0), self.describe)

    def everything_written(self) -> str:
        """All that the programs have logged, and all that is in Redis."""
        logs = [file.read_text("utf-8", "replace") for file in sorted(self.stack.logs.glob("*.log"))]
        return "\n".join([*logs, *(str(self.redis.dump(key)) for key in self.redis.scan_iter(count=1000))])

    def memory(self) -> dict[str, int]:
        """Bytes in memory of each process."""
        processes = {name: [self.pid(name), *children_of(self.pid(name))] for name in self.stack.parts}
        return {f"{name} {pid}": _resident(pid) for name, pids in processes.items() for pid in pids}

    def describe(self) -> str:
        """Why something may not have come to its end."""
        tails = [f"--- {name}\n{part.tail(12)}" for name, part in self.stack.parts.items()]
        try:
            state = str(self.redis.hgetall("planhook:stats"))
        except RedisError as fault:
            state = repr(fault)
        return "\n".join([state, *tails])


def wait_for(holds: Callable[[], bool], seconds: float, told: Callable[[], str] = lambda: "") -> None:
    """Poll until it holds. Raises NotQuiet with what is `told`."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise NotQuiet(f"not within {seconds:.0f} s: {told()}")
        time.sleep(_POLL_S)


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
