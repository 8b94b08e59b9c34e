"""kill -9 of each process of planhook, of all of them and of Redis, in the midst of the work."""

import os
import signal

from tests.processes import are_gone, children_of, wait_for_children
from tests.reliability.scenario import Run, Scenario
from tests.reliability.system import wait_for

ENDS_WITHIN_S = 10.0


def kill_web_worker(run: Run) -> None:
    """One of two gunicorn workers, with requests in hand; gunicorn starts another one."""
    for _ in range(run.rounds):
        run.system.kill(run.chance.choice(wait_for_children(run.system.pid("web"), 2, 30)))
        run.go_on()


def kill_web_master(run: Run) -> None:
    """Its workers have to end by themselves, or the next master finds the port taken."""
    for _ in range(run.rounds):
        master = run.system.pid("web")
        workers = children_of(master)
        run.system.kill(master)
        wait_for(lambda workers=workers: are_gone(workers), ENDS_WITHIN_S)  # type: ignore[misc]
        run.system.revive()
        run.go_on()


def kill_worker_parent(run: Run) -> None:
    """`python -m workers`: its children have to end by themselves, as nobody would stop them."""
    for _ in range(run.rounds):
        parent = run.system.pid("worker-1")
        children = children_of(parent)
        run.system.kill(parent)
        wait_for(lambda children=children: are_gone(children), ENDS_WITHIN_S)  # type: ignore[misc]
        run.system.revive()
        run.go_on()


def kill_planner(run: Run) -> None:
    """Its parent gives back what it held and starts another one."""
    _kill_children(run, "plan")


def kill_deliverer(run: Run) -> None:
    """Likewise; nobody knows what became of its last write."""
    _kill_children(run, "deliver")


def _kill_children(run: Run, role: str) -> None:
    for _ in range(run.rounds):
        name = run.chance.choice(run.system.worker_names)
        run.system.kill(run.system.child(name, role))
        run.go_on()


def kill_group(run: Run) -> None:
    """A whole dyno or container at a time: all processes of web or of a worker."""
    for _ in range(run.rounds):
        name = run.chance.choice(run.system.names)
        run.system.stack.kill(name)
        run.system.faults += 1
        run.system.revive()
        run.go_on()


def kill_redis(run: Run) -> None:
    """With what was acknowledged on the disk."""
    for _ in range(run.rounds):
        run.system.server.kill()
        run.system.faults += 1
        run.system.server.restart()
        run.go_on()


def kill_everything(run: Run) -> None:
    """Power off and on, with the disk as it was: Redis, web and workers at one moment."""
    for _ in range(run.rounds):
        for name in run.system.names:
            os.killpg(run.system.pid(name), signal.SIGSTOP)  # so that none outlives the others
        run.system.server.kill()
        for name in run.system.names:
            run.system.stack.kill(name)
        run.system.faults += 1
        run.system.server.restart()
        run.system.revive()
        run.go_on()


SCENARIOS = (
    Scenario("kill-web-worker", kill_web_worker),
    Scenario("kill-web-master", kill_web_master),
    Scenario("kill-worker-parent", kill_worker_parent),
    Scenario("kill-planner", kill_planner, workers=2),
    Scenario("kill-deliverer", kill_deliverer, workers=2),
    Scenario("kill-group", kill_group, workers=2),
    Scenario("kill-redis", kill_redis),
    Scenario("kill-everything", kill_everything),
)
