"""Processes that halt for longer than what they hold, and go on as if nothing had been; and those that end in order."""

import os
import signal
import time
from pathlib import Path

from tests.processes import are_gone, children_of
from tests.reliability.scenario import Run, Scenario
from tests.reliability.system import wait_for

LEASES_S = {"plan": 6.0, "deliver": 10.0}
ENDS_WITHIN_S = 30.0


def halted_planner(run: Run) -> None:
    """Others take its events; what it then commits must be refused."""
    _halt(run, "plan")


def halted_deliverer(run: Run) -> None:
    """Another one takes the lease; what it then writes down must be refused."""
    _halt(run, "deliver")


def _halt(run: Run, role: str) -> None:
    for _ in range(run.rounds):
        pid = run.system.child(run.chance.choice(run.system.worker_names), role)
        _put_to_sleep(run, pid, LEASES_S[role])


def _put_to_sleep(run: Run, pid: int, lease_s: float) -> None:
    os.kill(pid, signal.SIGSTOP)
    run.system.faults += 1
    end = time.monotonic() + lease_s + run.chance.uniform(0.5, 1.5)
    while time.monotonic() < end:
        run.go_on(20)
    os.kill(pid, signal.SIGCONT)
    run.go_on()


def halted_in_a_step(run: Run) -> None:
    """At the worst moments: with all in hand and nothing committed, or with a write noted and not yet sent."""
    for point in ("plan.commit", "deliver.leased", "deliver.noted", "deliver.called", "deliver.commit"):
        mark = run.system.arm(point)
        wait_for(mark.exists, 60, run.system.describe)
        (pid,) = [pid for name in run.system.worker_names for pid in children_of(run.system.pid(name)) if _halted(pid)]
        _put_to_sleep(run, pid, LEASES_S[point.split(".")[0]])


def _halted(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] == "T"


def terminated(run: Run) -> None:
    """SIGTERM to every process, as a platform does when it deploys, the second one included."""
    parts = run.system.stack.parts
    for _ in range(run.rounds):
        pids = {name: run.system.pid(name) for name in run.system.names}
        everybody = [process for pid in pids.values() for process in (pid, *children_of(pid), pid)]
        began = time.monotonic()
        for process in everybody:
            run.system.kill(process, signal.SIGTERM)
        wait_for(lambda: not any(part.running for part in parts.values()), ENDS_WITHIN_S, run.system.describe)
        run.exit_seconds = max(run.exit_seconds, time.monotonic() - began)
        run.exits |= {name: part.stop(time.monotonic()) for name, part in parts.items()}
        wait_for(lambda everybody=everybody: are_gone(everybody), 5)  # type: ignore[misc]
        held = [*run.system.redis.scan_iter("planhook:claims:*"), *run.system.redis.scan_iter("planhook:lease")]
        run.held_after_exit += [key.decode() for key in held]
        run.system.revive()
        run.go_on()


SCENARIOS = (
    Scenario("halted-planner", halted_planner, workers=2),
    Scenario("halted-deliverer", halted_deliverer, workers=2, short=False, late_writes=True),
    Scenario(
        "halted-in-a-step",
        halted_in_a_step,
        workers=2,
        failpoints="plan.commit=stop,deliver.leased=stop,deliver.noted=stop,deliver.called=stop,deliver.commit=stop",
        short=False,
        late_writes=True,
    ),
    Scenario("terminated", terminated, workers=2),
)
