"""Whether Planhat is still the one that the registers are about: another one lacks what they take for written."""

import time
from collections.abc import Callable

import structlog

from planhook.core.errors import PlanhatError
from planhook.core.register import Register
from planhook.store.budget import CallBudget, Lease
from planhook.store.tenancy import Tenancy
from workers.calls import Calls, Stopped

ANOTHER = (
    "Planhat has none of the tasks that this Redis knows, so it seems to be another tenant's, and gets nothing: "
    "correct PLANHAT_API_TOKEN and PLANHAT_API_URL, or give the new Planhat an empty Redis (with make run: remove its "
    "folder in var/). If it is the same tenant and people deleted the tasks: python -m planhook tenant --accept"
)
LOOK_EVERY_S = 5.0
_MOST_ASKED = 10  # people delete tasks; of the right tenant the first one is there as a rule
_REST_S = 60.0  # before Planhat is asked again
_TOLD_S = 3 * LOOK_EVERY_S  # it is told again meanwhile


class TenantGuard:
    """Asked by the deliverer, which holds the lease, before it writes."""

    def __init__(
        self, tenancy: Tenancy, calls: Calls, lease: Lease, budget: CallBudget, wake_planner: Callable[[], None]
    ) -> None:
        self._tenancy = tenancy
        self._calls = calls
        self._lease = lease
        self._budget = budget
        self._wake_planner = wake_planner
        self._rests_until = 0.0
        self._is_first = True  # an earlier process may have been told that it is another
        self._log = structlog.get_logger("planhook.worker")

    def permits(self) -> bool:
        """Whether writing may go on. After a change of address or token, known tasks are looked up in Planhat.

        Raises Stopped when Planhat cannot be asked now, Lost and StoreUnavailable.
        """
        if self._tenancy.holds():
            if self._is_first:
                self._is_first = False
                self._budget.take_back(ANOTHER)
            return True
        if time.monotonic() >= self._rests_until and self._is_ours():
            self._budget.take_back(ANOTHER)
            self._wake_planner()
            return True
        self._budget.tell(ANOTHER, _TOLD_S)
        return False

    def _is_ours(self) -> bool:
        tasks = self._tenancy.tasks(_MOST_ASKED)
        try:
            ours = not tasks or any(self._has(task) for task in tasks)
        except PlanhatError as error:
            self._calls.pause(error)
            raise Stopped from error
        if ours:
            self._tenancy.settle(self._lease.token, alone=not tasks)
        else:
            self._rests_until = time.monotonic() + _REST_S
            self._log.error("planhat_is_another", reason=ANOTHER)
        return ours

    def _has(self, task: Register) -> bool:
        if self._calls.stop():
            raise Stopped
        return self._calls.read(task) is not None
