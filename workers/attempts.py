"""Carrying steps out: what a call does to the tasks it was about, and whose fault it is when it fails."""

from collections.abc import Mapping
from functools import partial

import structlog

from planhook.core.delivery import confirmed, failed, found_absent
from planhook.core.delivery import succeeded as carried_out
from planhook.core.errors import (
    PlanhatAccessRefused,
    PlanhatError,
    PlanhatRefused,
    PlanhatUnavailable,
    PlanhatUnclear,
)
from planhook.core.outcome import resolve
from planhook.core.register import Register
from planhook.core.step import Step
from planhook.planhat.wording import says_about_task
from workers.blame import Blame
from workers.calls import Calls, Stopped
from workers.effects import (
    Effect,
    Effects,
    answered,
    failed_alone,
    mark_alone,
    mark_unanswered,
    mark_unclear,
    of_outcome,
    send_again,
)

ABOUT_ITEMS = (400, 409, 413, 422)  # a refusal with another status is about the call: address, method, rights
RETRY_MS = 200


class Attempts:
    """One call each. A failure of the call itself pauses everybody; one of a task is counted in `blame`."""

    def __init__(self, calls: Calls, blame: Blame) -> None:
        self._calls = calls
        self._blame = blame
        self._log = structlog.get_logger("planhook.deliverer")

    def in_bulk(self, registers: Mapping[str, Register], steps: Mapping[str, Step]) -> Effects:
        """All `steps` in one write. Raises Stopped and Lost."""
        try:
            outcomes = self._calls.bulk(registers, steps)
        except PlanhatError as error:
            done = self._failed_call(steps, error)
            self._calls.give_time(error)
            return done
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
            done.delays[key] = self._blame.delay_ms(key)
            if not self._is_its_own_fault(key):
                done.by_key[key] = mark_alone if outcome.kind == "conflict" else mark_unclear
        return done

    def by_itself(self, key: str, register: Register, step: Step) -> Effects:
        """One step, or the read-back that has to come before it. Raises Stopped and Lost."""
        try:
            done = Effects({key: self._single_call(key, register, step)})
        except PlanhatAccessRefused as error:
            self._calls.pause(error)
            raise Stopped from error
        except PlanhatError as error:
            if isinstance(error, PlanhatRefused) and not register.is_in_doubt and says_about_task(str(error)):
                return Effects({key: partial(failed, step=step, message=str(error), final=True)})
            return self._failed_single(key, register, step, error)
        if not register.is_in_doubt:
            self._blame.settled(key)
            self._blame.passed()
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
        effect = mark_unanswered if unclear else resolve
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

    def _failed_single(self, key: str, register: Register, step: Step, error: PlanhatError) -> Effects:
        limited = isinstance(error, PlanhatUnavailable) and error.rate_limited
        if register.is_in_doubt and not limited:
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
        if register.is_in_doubt:
            # What a write of unclear outcome left in Planhat; only that counts.
            return answered(partial(confirmed, step=step, task=self._calls.read(register)), "found when read back")
        if step.kind == "delete":
            there = self._calls.delete(register)
            return answered(partial(carried_out, step=step, task_id=None), "deleted") if there else found_absent
        task_id = self._calls.update(key, register, step)
        if task_id is None:
            return found_absent
        return answered(partial(carried_out, step=step, task_id=task_id, created=False), "updated")
