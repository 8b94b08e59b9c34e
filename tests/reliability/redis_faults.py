"""Everything that a Redis does to its clients short of losing data, and the power cut that takes what was not told."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from tests.reliability.scenario import Run, Scenario
from tests.reliability.system import wait_for

_LASTS_S = 0.7  # long enough for requests and workers to meet it
_TRIES = 10
_ENDLESS = "while true do end"


def out_of_memory(run: Run) -> None:
    """Writes are refused, reads are not; whatever planhook forgets makes no room."""
    _configured(run, "maxmemory", "1mb", "0")


def memory_in_use(run: Run) -> None:
    """There is no more than what is used at this moment."""
    used = run.system.redis.info("memory")["used_memory"]
    _configured(run, "maxmemory", str(used), "0")


def read_only(run: Run) -> None:
    """A failover made it a replica; then it is a master again."""
    _command(run, "REPLICAOF", "127.0.0.1", "1")
    time.sleep(_LASTS_S)
    _command(run, "REPLICAOF", "NO", "ONE")


def no_replicas(run: Run) -> None:
    """It wants copies that are not there."""
    _configured(run, "min-replicas-to-write", "1", "0")


def no_script(run: Run) -> None:
    """It has forgotten all scripts, several times."""
    for _ in range(10):
        run.system.redis.script_flush()
        time.sleep(_LASTS_S / 10)


def busy(run: Run) -> None:
    """Somebody's script runs on and on, until it is ended."""
    run.system.redis.config_set("busy-reply-threshold", 50)
    somebody = threading.Thread(target=_run_endless_script, args=(run.system.server.port,))
    somebody.start()
    time.sleep(_LASTS_S)
    run.system.redis.script_kill()
    somebody.join()


def loading(run: Run) -> None:
    """It reads its file again, slowly."""
    run.system.redis.config_set("key-load-delay", 50)  # µs
    with Redis(port=run.system.server.port, socket_timeout=60) as patient:
        patient.execute_command("DEBUG", "LOADAOF")
    run.system.redis.config_set("key-load-delay", 0)


def hanging(run: Run) -> None:
    """It does not answer for longer than web and supervisor wait."""
    pid = run.system.server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    time.sleep(3.0)
    os.kill(pid, signal.SIGCONT)


def cut_off(run: Run) -> None:
    """It closes all connections."""
    _command(run, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def too_many_clients(run: Run) -> None:
    """It takes hardly any new connection, and the old ones are gone."""
    run.system.redis.config_set("maxclients", 3)
    cut_off(run)
    time.sleep(_LASTS_S)
    run.system.redis.config_set("maxclients", 10_000)


# With the error that clients get of it, where Redis counts that.
MENU: Mapping[Callable[[Run], None], str] = {
    out_of_memory: "OOM",
    read_only: "READONLY",
    no_replicas: "NOREPLICAS",
    no_script: "NOSCRIPT",
    busy: "BUSY",
    loading: "LOADING",
    hanging: "",
    cut_off: "",
    too_many_clients: "",
}


def redis_menu(run: Run) -> None:
    """Each fault of the menu, in an order by the seed, until somebody has met it."""
    for fault in run.chance.sample(list(MENU), len(MENU)):
        run.go_on()
        _until_met(run, fault, MENU[fault])


def full_memory(run: Run) -> None:
    """Redis takes no writes; planhook forgets what has ended, to make room."""
    for _ in range(run.rounds):
        run.go_on()
        _until_met(run, memory_in_use, "OOM")


def _until_met(run: Run, fault: Callable[[Run], None], code: str) -> None:
    before = _errors(run, code)
    for _ in range(_TRIES):
        fault(run)
        run.system.faults += 1
        if not code or _errors(run, code) > before:
            return
    raise AssertionError(f"nobody met {code}")


def _configured(run: Run, name: str, spoilt: str, right: str) -> None:
    run.system.redis.config_set(name, spoilt)
    time.sleep(_LASTS_S)
    run.system.redis.config_set(name, right)


def _command(run: Run, *words: str) -> Any:
    return run.system.redis.execute_command(*words)  # type: ignore[no-untyped-call]


def _run_endless_script(port: int) -> None:
    with Redis(port=port) as redis, contextlib.suppress(ResponseError):
        redis.eval(_ENDLESS, 0)


def _errors(run: Run, code: str) -> int:
    """How often Redis has answered with this error since it started."""
    counted: dict[str, dict[str, int]] = run.system.redis.info("errorstats")
    return counted.get(f"errorstat_{code}", {}).get("count", 0)


def lost_replies(run: Run) -> None:
    """The connection breaks before, in and behind a request; what was asked for may have been done."""
    for kind in ("cut_before", "lose_reply", "cut_reply", "half_close", "stall", "refuse"):
        for _ in range(run.rounds):
            hits = run.system.redis_proxy.hits
            run.system.redis_proxy.strike(kind, matching=b"EVALSHA" if kind != "refuse" else b"")
            if kind == "refuse":
                run.system.redis_proxy.drop_all()
            wait_for(lambda hits=hits: run.system.redis_proxy.hits > hits, 30, run.system.describe)  # type: ignore[misc]
            run.system.faults += 1
            run.go_on(20)


def power_loss(run: Run) -> None:
    """The file is cut at any byte behind the last that any client was told of; Redis starts with what is left.

    The proxy sees to it: from one moment on it tells nobody anything, while requests still arrive and are written.
    """
    system = run.system
    for _ in range(run.rounds):
        system.redis_proxy.freeze()
        told = _file(run).stat().st_size
        time.sleep(run.chance.uniform(0.0, 0.3))
        file = _file(run)
        system.server.kill()
        size = file.stat().st_size
        os.truncate(file, run.chance.randint(told, size))
        system.faults += 1
        system.server.restart()
        system.redis_proxy.heal()
        run.go_on()


def _file(run: Run) -> Path:
    """The part of the append-only file that grows."""
    folder = run.system.server.folder / "appendonlydir"
    return max(folder.glob("*.incr.aof"), key=lambda file: file.stat().st_mtime)


SCENARIOS = (
    Scenario("redis-menu", redis_menu),
    Scenario("full-memory", full_memory, journal_is_cut=True),
    Scenario("lost-replies", lost_replies),
    Scenario("power-loss", power_loss),
)
