"""Delivering: what registers want and Planhat does not have yet, in bulk, one call at a time."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import structlog

from planhook.core.delivery import arrived_late
from planhook.core.errors import PlanhatError
from planhook.core.outcome import Settled, resolve
from planhook.core.register import Register
from planhook.core.step import Step, next_step
from planhook.failpoints import reach
from planhook.store.budget import Lease
from planhook.store.inbox import Inbox
from planhook.store.registers import Lost, Registers, task_key
from workers.attempts import Attempts
from workers.blame import Blame
from workers.calls import Calls, Stopped
from workers.effects import Effect, Effects, mark_unanswered

GATHER_S = 5.0  # how long a backlog may be planned before more of it is delivered
MOST_GATHERED = 10  # bulk writes; when so many are due, waiting for more saves none
BACKLOG = 500  # events; fewer are planned before one could wait for them
MOST_WATCHED = 1_000
MOST_SINGLES = 20  # calls for single tasks before the next bulk write has its turn
_POLL_S = 0.02


class Deliverer:
    """Delivers while it holds the lease. One at a time for all processes.

    While Redis's memory `is_scarce()`, it waits for nobody: what it ends may be forgotten. Unless `is_permitted()`,
    which is asked under the lease, nothing is written.
    """

    def __init__(
        self,
        calls: Calls,
        registers: Registers,
        inbox: Inbox,
        lease: Lease,
        bulk_size: int,
        is_scarce: Callable[[], bool] = lambda: False,
        is_permitted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._calls = calls
        self._registers = registers
        self._inbox = inbox
        self._lease = lease
        self._is_scarce = is_scarce
        self._is_permitted = is_permitted
        self._enough = MOST_GATHERED * bulk_size
        self._blame = Blame(bulk_size)
        self._attempts = Attempts(calls, self._blame)
        self._log = structlog.get_logger("planhook.deliverer")

    def drain(self, stop: Callable[[], bool]) -> None:
        """Deliver until nothing is due or `stop()`. Does nothing while another process holds the lease.

        Raises StoreUnavailable; whatever was sent and not written down is read back next time.
        """
        if not self._lease.acquire():
            return
        reach("deliver.leased")
        self._calls.stop = stop
        try:
            self._calls.adopt_pace()
            if not self._is_permitted():
                return
            self._take_over()
            while not stop() and (self._round() or self._look_again()):
                pass
        except Stopped:
            self._log.debug("delivery_interrupted")
        except Lost:
            # What we sent may have arrived behind what the new holder wrote.
            self._log.warning("lease_lost")
            self._calls.watch(self._calls.sent)
        finally:
            self._lease.release()

    def _take_over(self) -> None:
        """Nobody knows what became of writes whose sender died before it could write that down."""
        writes, spent_s = self._lease.interrupted()
        if writes:
            # Before the commit, which takes the note away: whoever came after us, should we die here, would not wait.
            self._calls.wait_for_write(spent_s)
        self._calls.watch(writes)
        self._commit(self._registers.read(list(writes)), Effects(dict.fromkeys(writes, mark_unanswered)))

    def _round(self) -> bool:
        """One write of everything that is due, up to the bulk size; False when nothing was."""
        self._let_planners_gather()
        keys = self._next()
        if not keys:
            return False
        registers = self._registers.read(keys)
        steps = {key: step for key, register in registers.items() if (step := next_step(register))}
        self._commit(registers, Effects(dict.fromkeys(registers.keys() - steps.keys(), resolve)))
        singles = self._singles(registers, steps)
        bulk = {key: step for key, step in steps.items() if key not in singles}
        if bulk:
            self._commit(registers, self._attempts.in_bulk(registers, bulk))
        for key, step in list(singles.items())[:MOST_SINGLES]:
            self._commit(registers, self._attempts.by_itself(key, registers[key], step))
        return True

    def _next(self) -> list[str]:
        """Part of a write that failed as a whole, else what is due, as much as a bulk write takes."""
        if group := self._blame.take_group():
            self._calls.gather(lambda: False)
            return group
        keys = self._registers.due(self._blame.size)
        if keys and self._calls.gather(lambda: self._registers.overdue() >= self._blame.size):
            keys = self._registers.due(self._blame.size)
        return self._blame.choose(keys)

    def _let_planners_gather(self) -> None:
        """Behind a backlog, wait until it is planned: one write of a task then carries all its events.

        Not for long: a source that never stops would keep the others waiting.
        """
        if self._inbox.backlog() <= BACKLOG:
            return
        end = time.monotonic() + GATHER_S
        while (
            time.monotonic() < end
            and self._inbox.backlog() > 0
            and self._registers.overdue() < self._enough
            and not self._is_scarce()
        ):
            if self._calls.stop():
                raise Stopped
            time.sleep(_POLL_S)

    def _singles(self, registers: Mapping[str, Register], steps: Mapping[str, Step]) -> dict[str, Step]:
        """Steps that cannot be part of a bulk write: deletions, read-backs, tasks that bulk writes do not find."""
        unclear = {key for key in steps if registers[key].is_in_doubt}
        if len(unclear) > 1:
            # Those of a whole write without an answer are sent again instead, which is as safe and one call.
            unclear = {key for key in unclear if not registers[key].unanswered}
        return {
            key: step
            for key, step in steps.items()
            if key in unclear or step.kind == "delete" or (step.kind == "update" and registers[key].alone)
        }

    def _look_again(self) -> bool:
        """Whether writes of unclear outcome arrived after all, behind newer ones; False when there are none."""
        late = self._registers.watched(MOST_WATCHED)
        if not late:
            return False
        registers = self._registers.read(list(late))
        try:
            if len(late) <= MOST_SINGLES:
                tasks = {key: self._calls.read(registers[key]) for key in late}
            else:
                # A write that arrived late has changed its task: it is among those changed last.
                tasks = {key: task for task in self._calls.recently_updated() for key in _keys(task)}
        except PlanhatError as error:
            self._calls.pause(error)
            raise Stopped from error
        effects: dict[str, Effect] = {
            key: partial(arrived_late, writes=writes, task=tasks.get(key)) for key, writes in late.items()
        }
        self._commit(registers, Effects(effects))
        self._registers.unwatch(list(late))
        return True

    def _commit(self, registers: dict[str, Register], done: Effects) -> None:
        """Write down what was learnt, again on registers that changed meanwhile. Raises Lost."""
        while done.by_key:
            settled: list[Settled] = []
            due: dict[str, tuple[Register, int | None]] = {}
            for key, effect in done.by_key.items():
                settled += effect(registers[key])
                more = next_step(registers[key]) is not None
                due[key] = (registers[key], done.delays.get(key, 0) if more else None)
            reach("deliver.commit")
            if not self._registers.commit_delivery(self._lease.token, due, settled):
                reach("deliver.committed")
                return
            registers.update(self._registers.read(list(done.by_key)))


def _keys(task: Mapping[str, Any]) -> Iterator[str]:
    """The keys under which a task of Planhat may have a register."""
    if task.get("sourceId"):
        yield task_key(str(task["sourceId"]), False)
    yield task_key(str(task["_id"]), True)
