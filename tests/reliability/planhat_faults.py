"""A Planhat that fails in the midst of the work, in ways that pass; and one that counts calls and says no."""

import time
from typing import Any

from tests.reliability.scenario import Run, Scenario
from tests.reliability.system import wait_for

RETRY_AFTER_S = 3
FEW_CALLS = 30
_PASSING: tuple[dict[str, Any], ...] = (
    *({"status": status} for status in (401, 403, 404, 408, 409, 413, 500, 502, 503, 504)),
    {"status": 400, "body": {"message": "something went wrong"}},
    *({"apply_then_status": status} for status in (500, 502, 503, 504)),
    *({"invalid_body": kind} for kind in ("html", "cut", "empty")),
    *({"reset": moment} for moment in ("before_read", "after_read", "after_apply", "mid_answer")),
    {"redirect": "http://127.0.0.1:9/tasks"},
)


def planhat_menu(run: Run) -> None:
    """Each fault for one write, in an order by the seed; a pause after it is waited for."""
    for fault in run.chance.sample(_PASSING, len(_PASSING)):
        run.system.planhat.add_fault(method="PUT", path="^/tasks$", times=1, **fault)
        wait_for(lambda: not _waiting_faults(run), 90, run.system.describe)
        run.system.planhat.clear_faults()
        run.system.faults += 1
        run.go_on(20)
    for kind in ("cut_before", "lose_reply", "cut_reply", "refuse", "trickle"):
        run.system.planhat_proxy.strike(kind, seconds=0.01)
        if kind == "refuse":
            run.system.planhat_proxy.drop_all()
        wait_for(lambda: run.system.planhat_proxy.is_spent, 90, run.system.describe)
        run.system.faults += 1
        run.go_on(20)


def rate_limited(run: Run) -> None:
    """A 429 with a time in it: none of the processes calls before."""
    run.retry_after_s = RETRY_AFTER_S
    for _ in range(run.rounds):
        run.system.planhat.add_fault(times=1, status=429, headers={"Retry-After": str(RETRY_AFTER_S)})
        wait_for(lambda: not _waiting_faults(run), 60, run.system.describe)
        run.system.planhat.clear_faults()
        run.system.faults += 1
        end = time.monotonic() + RETRY_AFTER_S + 0.5
        while time.monotonic() < end:
            run.go_on(10)


def spent_budget(run: Run) -> None:
    """Far more to be written than calls, for longer than a minute; Planhat itself counts, too."""
    run.system.planhat.change(rate_limit=FEW_CALLS)
    end = time.monotonic() + 75.0
    while time.monotonic() < end:
        run.go_on(50)
    run.system.faults += 1


def late_writes(run: Run) -> None:
    """A write without an answer arrives behind newer ones: it is looked for, and written over."""
    for _ in range(run.rounds):
        run.system.planhat.add_fault(method="PUT", path="^/tasks$", times=1, apply_late_ms=4_000, status=502)
        wait_for(lambda: not _waiting_faults(run), 60, run.system.describe)
        run.system.faults += 1
        run.go_on(100)


def _waiting_faults(run: Run) -> bool:
    return any(not fault.is_spent for fault in run.system.planhat.sandbox.faults.all())


SCENARIOS = (
    Scenario("planhat-menu", planhat_menu, workers=2, short=False),
    Scenario("rate-limited", rate_limited, workers=2),
    Scenario("spent-budget", spent_budget, workers=2, calls_per_minute=FEW_CALLS, short=False),
    Scenario("late-writes", late_writes, late_writes=True, short=False),
)
