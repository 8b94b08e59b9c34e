"""Death at each named step of the work, and events that are the death of whoever takes them up."""

from planhook.failpoints import POINTS
from tests.reliability.scenario import Run, Scenario

# A call for one task is rare without faults of Planhat, a lookup needs a source that fetches, a purge comes hourly.
STEPS = [
    point for point in POINTS if not point.startswith("fetch.") and point not in ("deliver.single", "sweep.purged")
]
_POISON = "poison"


def killed_at_each_step(run: Run) -> None:
    """Each step once in each round, in an order by the seed."""
    for _ in range(run.rounds):
        for point in run.chance.sample(STEPS, len(STEPS)):
            mark = run.system.arm(point)
            run.until(mark.exists)
            run.system.faults += 1
            run.go_on(10)
            # An event that was there at three deaths is poison, and rightly: those of one death are seen to first.
            run.until(lambda: not run.system.redis.exists("planhook:suspects"))


def poison(run: Run) -> None:
    """Some events kill whoever judges them, some tasks never get through: they end dead, and all others go on."""
    names = [f"{_POISON}-{number}" for number in range(run.rounds)]
    stubborn = [f"stubborn-{number}" for number in range(run.rounds)]
    for name in stubborn:
        run.system.planhat.add_fault(method="PUT", path="^/tasks", sourceId=f"deal-{name}", times=None, status=500)
    for name in (*names, *stubborn):
        run.tell_of(name)
        run.system.faults += 1
        run.go_on(20)
    run.until(lambda: int(run.system.redis.hget("planhook:stats", "dead") or 0) >= 2 * run.rounds)


def _kill_at(points: list[str], action: str) -> str:
    return ",".join(f"{point}={action}" for point in points)


SCENARIOS = (
    Scenario("killed-at-each-step", killed_at_each_step, failpoints=_kill_at(STEPS, "kill")),
    Scenario(
        "group-killed-at-each-step",
        killed_at_each_step,
        workers=2,
        failpoints=_kill_at(STEPS, "kill-group"),
        short=False,
    ),
    Scenario("poison", poison, failpoints=f"plan.event[{_POISON}]=kill", strikes_once=False),
)
