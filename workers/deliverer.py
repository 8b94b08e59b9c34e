"""Delivering: what registers want and Planhat does not have yet, in bulk, one call at a time."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import structlog

from planhook.core.delivery import arrived_late, confirmed, failed, found_absent
from planhook.core.delivery import succeeded as carried_out
from planhook.core.errors import (
    PlanhatAccessRefused,
    PlanhatError,
    PlanhatRefused,
    PlanhatUnavailable,
    PlanhatUnclear,
)
from planhook.core.outcome import Settled, resolve
from planhook.core.register import Register
from planhook.core.step import Step, next_step
from planhook.failpoints import reach
from planhook.planhat.wording import says_about_task
from planhook.store.budget import Lease
from planhook.store.inbox import Inbox
from planhook.store.registers import Lost, Registers, task_key
from workers.blame import Blame
from workers.calls import Calls, Stopped
from workers.effects import Effect, Effects, answered, failed_alone, mark_alone, mark_unclear, of_outcome, send_again

GATHER_S = 15.0  # how long a backlog may be planned before the first of it is delivered
BACKLOG = 500  # events; fewer are planned before one could wait for them
MOST_WATCHED = 1_000
MOST_SINGLES = 20  # calls for single tasks before the next bulk write has its turn
ABOUT_ITEMS = (400, 409, 413, 422)  # a refusal with another status is about the call: address, method, rights
RETRY_MS = 200
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
        self._blame = Blame(bulk_size)
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
        writes = self._lease.interrupted()
        self._blame.unanswered |= writes.keys()
        self._calls.watch(writes)
        self._commit(self._registers.read(list(writes)), Effects(dict.fromkeys(writes, mark_unclear)))

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
            self._commit(registers, self._write(registers, bulk))
        for key, step in list(singles.items())[:MOST_SINGLES]:
            self._commit(registers, self._by_itself(key, registers[key], step))
        return True

    def _next(self) -> list[str]:
        """Part of a write that failed as a whole, else what is due, as much as a bulk write takes."""
        if group := self._blame.take_group():
            self._calls.gather()
            return group
        keys = self._registers.due(self._blame.size)
        if keys and self._calls.gather():
            keys = self._registers.due(self._blame.size)
        return self._blame.choose(keys)

    def _let_planners_gather(self) -> None:
        """Behind a backlog, wait until it is planned: one write of a task then carries all its events."""
        if self._inbox.backlog() <= BACKLOG:
            return
        end = time.monotonic() + GATHER_S
        while time.monotonic() < end and self._inbox.backlog() > 0 and not self._is_scarce():
            if self._calls.stop():
                raise Stopped
            time.sleep(_POLL_S)

    def _singles(self, registers: Mapping[str, Register], steps: Mapping[str, Step]) -> dict[str, Step]:
        """Steps that cannot be part of a bulk write: deletions, read-backs, tasks that bulk writes do not find."""
        unclear = {key for key in steps if registers[key].unclear}
        if len(unclear) > 1:
            # A whole write without an answer is sent again instead, which is as safe and one call.
            unclear -= self._blame.unanswered
        return {
            key: step
            for key, step in steps.items()
            if key in unclear or step.kind == "delete" or (step.kind == "update" and registers[key].alone)
        }

    def _write(self, registers: Mapping[str, Register], steps: Mapping[str, Step]) -> Effects:
        try:
            outcomes = self._calls.bulk(registers, steps)
        except PlanhatError as error:
            return self._failed_call(steps, error)
        self._blame.answered()
        done = Effects()
        doubtful = []
        for (key, step), outcome in zip(steps.items(), outcomes, strict=True):
            done.by_key[key] = of_outcome(step, outcome)
            if outcome.succeeded or outcome.permanent or outcome.kind == "absent":
                self._blame.settled(key)
                self._blame.passed()
            else:
                doubtful.append((key, outcome))
        for key, outcome in doubtful:
            self._blame.unanswered.discard(key)
            done.delays[key] = self._blame.delay_ms(key)
            if not self._is_its_own_fault(key):
                done.by_key[key] = mark_alone if outcome.kind == "conflict" else mark_unclear
        return done

    def _is_its_own_fault(self, key: str) -> bool:
        """Count a failure of one task. A try is spent only if others pass: in an outage nobody is to blame."""
        own = self._blame.others_passed(key)
        self._blame.failed(key)
        return own

    def _failed_call(self, steps: Mapping[str, Step], error: PlanhatError) -> Effects:
        """A whole bulk write failed. Nothing is blamed on a task before a call for it alone failed."""
        unclear = isinstance(error, PlanhatUnclear)
        if not unclear and not (isinstance(error, PlanhatRefused) and error.status in ABOUT_ITEMS):
            self._calls.pause(error)
            raise Stopped from error
        self._blame.failed_together(steps)
        self._log.warning("bulk_failed", items=len(steps), next_size=self._blame.size, error=str(error))
        effect = mark_unclear if unclear else resolve
        done = Effects(dict.fromkeys(steps, effect), dict.fromkeys(steps, RETRY_MS))
        if len(steps) == 1:
            ((key, step),) = steps.items()
            if self._blame.others_passed(key) and self._calls.answers():
                done.by_key[key] = failed_alone(step, str(error))
                done.delays[key] = self._blame.delay_ms(key)
            else:
                self._sit_out(error)
        return done

    def _sit_out(self, error: PlanhatError) -> None:
        """Nothing passes any more: leave Planhat alone for a while."""
        self._blame.acquit_all()
        self._calls.pause(error)

    def _by_itself(self, key: str, register: Register, step: Step) -> Effects:
        try:
            done = Effects({key: self._single_call(key, register, step)})
        except PlanhatAccessRefused as error:
            self._calls.pause(error)
            raise Stopped from error
        except PlanhatError as error:
            if isinstance(error, PlanhatRefused) and not register.unclear and says_about_task(str(error)):
                return Effects({key: partial(failed, step=step, message=str(error), final=True)})
            return self._failed_single(key, register, step, error)
        if not register.unclear:
            self._blame.settled(key)
            self._blame.passed()
        return done

    def _failed_single(self, key: str, register: Register, step: Step, error: PlanhatError) -> Effects:
        limited = isinstance(error, PlanhatUnavailable) and error.rate_limited
        if register.unclear and not limited:
            # It cannot be read back now. To send it again is as safe, and its answer counts.
            if not self._blame.others_passed(key):
                self._sit_out(error)
            return Effects({key: send_again}, {key: self._blame.delay_ms(key)})
        if not limited and self._is_its_own_fault(key):
            return Effects({key: failed_alone(step, str(error))}, {key: self._blame.delay_ms(key)})
        self._sit_out(error)
        if isinstance(error, PlanhatUnclear):
            return Effects({key: mark_unclear})
        raise Stopped from error

    def _single_call(self, key: str, register: Register, step: Step) -> Effect:
        if register.unclear:
            # What a write of unclear outcome left in Planhat; only that counts.
            return answered(partial(confirmed, step=step, task=self._calls.read(register)), "found when read back")
        if step.kind == "delete":
            there = self._calls.delete(register)
            return answered(partial(carried_out, step=step, task_id=None), "deleted") if there else found_absent
        task_id = self._calls.update(key, register, step)
        if task_id is None:
            return found_absent
        return answered(partial(carried_out, step=step, task_id=task_id, created=False), "updated")

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
