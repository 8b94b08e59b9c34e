"""Calls to Planhat, each within the budget of all processes and under the lease."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from planhook.core.errors import PlanhatAccessRefused, PlanhatError, PlanhatUnavailable, PlanhatUnclear
from planhook.core.register import Register
from planhook.core.step import Step
from planhook.failpoints import reach
from planhook.planhat.client import PlanhatClient
from planhook.planhat.wire import ItemOutcome
from planhook.store.budget import CallBudget, Lease
from planhook.store.registers import Lost, Registers
from workers.backoff import Backoff
from workers.effects import address, as_item, flat
from workers.pace import Pace
from workers.read_back import ReadBack

_WAIT_S = 0.2
GATHER_POLL_S = 0.05  # until it is asked anew whether enough has come together
_LONG_WAIT_S = 2.0  # the sweeper wakes us when it is over
_MOST_GRACE_S = 60.0


class Stopped(Exception):
    """The process is to end, Planhat is to be left alone, or enough is done for one job; the rest stays due."""


class Calls:
    """Waits for the budget before each call, pauses everybody after a failure that is nobody's fault.

    What is written is noted first, and watched when its outcome stays unclear: it may still arrive. What was
    carried out is left to `read_back` to check.
    """

    def __init__(
        self,
        client: PlanhatClient,
        budget: CallBudget,
        lease: Lease,
        registers: Registers,
        settle_s: float,
        pace: Pace,
        read_back: ReadBack | None = None,
        grace_s: float = 0.0,
    ) -> None:
        """`grace_s`: how long Planhat is given to end a bulk write that it did not answer, beside what it has had."""
        self.stop: Callable[[], bool] = lambda: False
        self.sent: dict[str, dict[str, Any]] = {}
        self._client = client
        self._budget = budget
        self._lease = lease
        self._registers = registers
        self._pace = pace
        self._read_back = read_back
        self._settle_ms = int(settle_s * 1000)
        self._grace_s = grace_s
        self._bulk_began = 0.0
        self._backoff = Backoff(least_s=1.0, most_s=60.0)
        self._troubled = True  # whatever an earlier process left behind
        self._log = structlog.get_logger("planhook.deliverer")

    def adopt_pace(self) -> None:
        """Go on at the pace of whoever delivered before us."""
        if noted := self._budget.pace():
            self._pace.adopt(*noted)

    def gather(self, is_full: Callable[[], bool]) -> bool:
        """Wait until the next bulk write should go out; whether that took any time. Raises Stopped."""
        waited = False
        while (wait := self._pace.wait()) and (wait := self._pace.wait(is_full=is_full())):
            if self.stop():
                raise Stopped
            time.sleep(min(wait, GATHER_POLL_S))
            waited = True
        return waited

    def bulk(self, registers: Mapping[str, Register], steps: Mapping[str, Step]) -> tuple[ItemOutcome, ...]:
        """Write all `steps` in one call; an outcome for each. Raises PlanhatError, Stopped and Lost."""
        items = [as_item(registers[key], step) for key, step in steps.items()]
        self._permit()
        self._pace.count()
        self._budget.keep_pace(*self._pace.state)
        with self._noted({key: step.values() for key, step in steps.items()}):
            reach("deliver.noted")
            began = self._bulk_began = time.monotonic()
            answer = self._client.bulk_upsert(items)
        reach("deliver.called")
        self._recovered()
        if self._read_back:
            self._read_back.note(registers, steps, answer)
        kinds = [outcome.kind for outcome in answer.outcomes]
        counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        self._log.info("delivered", items=len(items), ms=round((time.monotonic() - began) * 1000), **counts)
        return answer.outcomes

    def read(self, register: Register) -> dict[str, Any] | None:
        """The task as Planhat has it, flat. Raises PlanhatError, Stopped and Lost."""
        self._permit()
        return flat(self._client.get_task(**address(register)))

    def recently_updated(self) -> list[dict[str, Any]]:
        """The tasks that changed last, flat, open and archived ones. Raises PlanhatError, Stopped and Lost."""
        tasks: list[dict[str, Any]] = []
        for archived in (False, True):
            self._permit()
            tasks += (flat(task) or {} for task in self._client.recently_updated(archived=archived, most=10_000))
        return tasks

    def update(self, key: str, register: Register, step: Step) -> str | None:
        """Write one task by itself; its `_id`, None when there is none. Raises PlanhatError, Stopped and Lost."""
        self._permit()
        with self._noted({key: step.values()}):
            reach("deliver.single")
            task = self._client.update_task(step.values(), **address(register))
        return None if task is None else str(task["_id"])

    def delete(self, register: Register) -> bool:
        """Delete a task; False when Planhat does not have it. Raises PlanhatError, Stopped and Lost."""
        task_id = register.key if register.by_id else register.known.id
        if task_id is None:
            task = self.read(register)
            if task is None:
                return False
            task_id = str(task["_id"])
        self._permit()
        reach("deliver.single")
        self._client.delete_task(task_id)
        return True

    def answers(self) -> bool:
        """Whether Planhat answers at all. Raises Stopped and Lost."""
        self._permit()
        try:
            self._client.ping()
        except PlanhatError:
            return False
        return True

    def give_time(self, error: PlanhatError) -> None:
        """After a bulk write that Planhat may still be at work on: two at a time could make a task twice."""
        if isinstance(error, PlanhatUnclear) and error.goes_on:
            self.wait_for_write(time.monotonic() - self._bulk_began)

    def wait_for_write(self, spent_s: float) -> None:
        """Leave Planhat alone until a write that it has had for `spent_s` seconds should have come to its end.

        Nobody knows how long it takes: it is given the same time once more, and a grace.
        """
        if self._grace_s:
            self._budget.pause(min(_MOST_GRACE_S, spent_s + self._grace_s), "Planhat may still be at work on a write")
            self._troubled = True

    def watch(self, writes: Mapping[str, Mapping[str, Any]]) -> None:
        """Look at `writes` again when they can no longer arrive."""
        if writes:
            self._registers.watch(writes, self._settle_ms)

    def pause(self, error: PlanhatError) -> None:
        """Have all processes leave Planhat alone for a while, as long as it asked for."""
        told = error.retry_after if isinstance(error, PlanhatUnavailable) else None
        limited = isinstance(error, PlanhatUnavailable) and error.rate_limited
        seconds = self._backoff.next(told, least=15.0 if limited and told is None else None)
        self._budget.pause(seconds, _told(error))
        self._troubled = True
        level = self._log.error if isinstance(error, PlanhatAccessRefused) else self._log.warning
        level("planhat_paused", seconds=round(seconds, 1), error=str(error))

    @contextmanager
    def _noted(self, writes: dict[str, dict[str, Any]]) -> Iterator[None]:
        """Around the call that carries out `writes`: whoever comes after us learns of them, should we die."""
        self.sent = writes
        self._lease.begin(writes)
        try:
            yield
        except PlanhatUnclear:
            self.watch(writes)
            raise
        except PlanhatError:
            self._lease.begin({})  # nothing was carried out
            raise

    def _recovered(self) -> None:
        self._backoff.reset()
        if self._troubled:
            self._troubled = False
            self._budget.resume()

    def _permit(self) -> None:
        while wait := self._budget.take():
            if wait > _LONG_WAIT_S or self.stop():
                raise Stopped
            time.sleep(min(wait, _WAIT_S))
        if not self._lease.renew():
            raise Lost(self._lease.token)


def _told(error: PlanhatError) -> str:
    """Why Planhat is left alone, in words for the operator."""
    if isinstance(error, PlanhatAccessRefused):
        return f"Planhat refuses PLANHAT_API_TOKEN ({error}): check the token and, for its region, PLANHAT_API_URL"
    return str(error)
