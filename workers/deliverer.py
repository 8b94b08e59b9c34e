"""Delivering: what registers want and Planhat does not have yet, in bulk, one call at a time."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from planhook.core.delivery import (
    Settled,
    Step,
    arrived_late,
    confirmed,
    failed,
    found_absent,
    next_step,
    resolve,
    succeeded,
)
from planhook.core.errors import (
    PlanhatAccessRefused,
    PlanhatError,
    PlanhatRefused,
    PlanhatUnavailable,
    PlanhatUnclear,
)
from planhook.core.register import Register
from planhook.planhat.client import PlanhatClient
from planhook.planhat.wire import ItemOutcome, item
from planhook.store.budget import CallBudget, Lease
from planhook.store.inbox import Inbox
from planhook.store.registers import Lost, Registers, task_key
from workers.backoff import Backoff

# What a step brought, as a change to the register as it is by then: a planner may have folded more into it.
Effect = Callable[[Register], list[Settled]]

GATHER_S = 15.0  # how long a backlog may be planned before the first of it is delivered
BACKLOG = 500  # events; fewer are planned before one could wait for them
MOST_WATCHED = 1_000
MOST_SINGLES = 20  # calls for single tasks before the next bulk write has its turn
ABOUT_ITEMS = (400, 409, 413, 422)  # a refusal with another status is about the call: address, method, rights
_POLL_S = 0.02


class Stopped(Exception):
    """The process is to end, or has done enough for one job; what is left stays due."""


@dataclass(slots=True)
class _Round:
    """What one look at the due tasks leads to, by key."""

    effects: dict[str, Effect] = field(default_factory=dict)
    delays: dict[str, int] = field(default_factory=dict)


class Deliverer:
    """Delivers while it holds the lease. One at a time for all processes."""

    def __init__(
        self,
        client: PlanhatClient,
        registers: Registers,
        inbox: Inbox,
        budget: CallBudget,
        lease: Lease,
        bulk_size: int,
        settle_s: float = 120.0,
    ) -> None:
        """`settle_s`: a write that was not answered cannot arrive any more after so many seconds."""
        self._client = client
        self._registers = registers
        self._inbox = inbox
        self._budget = budget
        self._lease = lease
        self._most = bulk_size
        self._size = bulk_size
        self._settle_ms = int(settle_s * 1000)
        self._interrupted: set[str] = set()
        self._sent: dict[str, dict[str, Any]] = {}
        self._first_failure: dict[str, float] = {}
        self._last_success = 0.0
        self._repeats: dict[str, int] = {}
        self._unanswered: set[str] = set()
        self._backoff = Backoff(least_s=1.0, most_s=60.0)
        self._stop: Callable[[], bool] = lambda: False
        self._log = structlog.get_logger("planhook.deliverer")

    def drain(self, stop: Callable[[], bool]) -> None:
        """Deliver until nothing is due or `stop()`. Does nothing while another process holds the lease.

        Raises StoreUnavailable; whatever was sent and not written down is read back next time.
        """
        if not self._lease.acquire():
            return
        self._stop = stop
        try:
            self._take_over(self._lease.interrupted())
            while not stop() and (self._round() or self._look_again()):
                pass
        except Stopped:
            self._log.debug("delivery_interrupted")
        except Lost:
            # What we sent may have arrived behind what the new holder wrote.
            self._log.warning("lease_lost")
            self._watch(self._sent)
        finally:
            self._lease.release()

    def _take_over(self, writes: Mapping[str, Mapping[str, Any]]) -> None:
        """Nobody knows what became of `writes`: their sender died before it could write that down."""
        self._interrupted = set(writes)
        self._watch(writes)

    def _watch(self, writes: Mapping[str, Mapping[str, Any]]) -> None:
        if writes:
            self._registers.watch(writes, self._settle_ms)

    def _look_again(self) -> bool:
        """Whether writes of unclear outcome arrived after all, behind newer ones; False when there are none."""
        late = self._registers.watched(MOST_WATCHED)
        if not late:
            return False
        registers = self._registers.read(list(late))
        found: dict[str, Mapping[str, Any] | None] = {}
        try:
            if len(late) <= MOST_SINGLES:
                for key in late:
                    self._permit()
                    found[key] = self._client.get_task(**_address(registers[key]))
            else:
                # A write that arrived late has changed its task: it is among those changed last.
                for archived in (False, True):
                    self._permit()
                    changed = self._client.recently_updated(archived=archived, most=10_000)
                    found |= {task_key(str(task["sourceId"]), False): task for task in changed if "sourceId" in task}
        except PlanhatError as error:
            self._pause(error)
            raise Stopped from error
        tasks = {key: None if task is None else _flat(task) for key, task in found.items()}
        effects: dict[str, Effect] = {
            key: partial(arrived_late, written=written, task=tasks.get(key)) for key, written in late.items()
        }
        self._commit(registers, _Round(effects))
        self._registers.unwatch(list(late))
        return True

    def _round(self) -> bool:
        """One write of everything that is due, up to the bulk size; False when nothing was."""
        self._let_planners_gather()
        keys = self._registers.due(self._size)
        if not keys:
            return False
        registers = self._registers.read(keys)
        for key in self._interrupted & registers.keys():
            registers[key].unclear = True
        self._interrupted -= registers.keys()
        steps = {key: next_step(register) for key, register in registers.items()}
        idle = {key: step for key, step in steps.items() if step is None}
        self._commit(registers, _Round(dict.fromkeys(idle, resolve)))
        singles = self._singles(registers, {key: step for key, step in steps.items() if step})
        bulk = {key: step for key, step in steps.items() if step and key not in singles}
        self._commit(registers, self._write(registers, bulk))
        for key, step in list(singles.items())[:MOST_SINGLES]:
            self._commit(registers, self._by_itself(key, registers[key], step))
        return True

    def _singles(self, registers: Mapping[str, Register], steps: Mapping[str, Step]) -> dict[str, Step]:
        """Steps that cannot be part of a bulk write: deletions, read-backs, tasks that bulk writes do not find."""
        unclear = {key for key in steps if registers[key].unclear}
        if len(unclear) > MOST_SINGLES:
            # A whole write without an answer is sent again instead, which is as safe and one call.
            unclear -= self._unanswered
        return {
            key: step
            for key, step in steps.items()
            if key in unclear or step.kind == "delete" or (step.kind == "update" and registers[key].alone)
        }

    def _let_planners_gather(self) -> None:
        """Behind a backlog, wait until it is planned: one write of a task then carries all its events."""
        if self._inbox.backlog() <= BACKLOG:
            return
        end = time.monotonic() + GATHER_S
        while time.monotonic() < end and self._inbox.backlog() > 0:
            if self._stop():
                raise Stopped
            time.sleep(_POLL_S)

    def _permit(self) -> None:
        """Wait until the budget of all processes allows one call. Raises Stopped."""
        while wait := self._budget.take():
            if self._stop():
                raise Stopped
            time.sleep(min(wait, 0.2))
        if not self._lease.renew():
            raise Lost(self._lease.token)

    def _write(self, registers: Mapping[str, Register], steps: Mapping[str, Step]) -> _Round:
        if not steps:
            return _Round()
        items = [_item(registers[key], step) for key, step in steps.items()]
        self._permit()
        self._sent = {key: step.values() for key, step in steps.items()}
        self._lease.begin(self._sent)
        began = time.monotonic()
        try:
            answer = self._client.bulk_upsert(items)
        except PlanhatError as error:
            return self._failed_call(steps, error)
        self._last_success = time.monotonic()
        self._backoff.reset()
        self._size = min(self._most, self._size * 2)
        done = _Round()
        for (key, step), outcome in zip(steps.items(), answer.outcomes, strict=True):
            done.effects[key] = _effect(step, outcome)
            self._first_failure.pop(key, None)
            self._unanswered.discard(key)
            if outcome.succeeded or outcome.permanent:
                self._repeats.pop(key, None)
            elif outcome.kind != "absent":
                done.delays[key] = self._retry_delay(key)
        kinds = [outcome.kind for outcome in answer.outcomes]
        counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        spent = round((time.monotonic() - began) * 1000)
        self._log.info("delivered", items=len(items), ms=spent, **counts)
        return done

    def _failed_call(self, steps: Mapping[str, Step], error: PlanhatError) -> _Round:
        """A whole bulk write failed. Nothing is blamed on a task before a call for it alone failed."""
        done = _Round()
        about_items = isinstance(error, PlanhatUnclear) or (
            isinstance(error, PlanhatRefused) and error.status in ABOUT_ITEMS
        )
        if not about_items:
            self._pause(error)
            raise Stopped from error
        unclear = isinstance(error, PlanhatUnclear)
        self._unanswered |= steps.keys()
        if unclear:
            self._watch(self._sent)
        for key in steps:
            self._first_failure.setdefault(key, time.monotonic())
            done.effects[key] = _mark_unclear if unclear else _nothing
            done.delays[key] = 200
        if len(steps) > 1:
            self._size = max(1, len(steps) // 2)
            self._log.warning("bulk_failed", items=len(steps), next_size=self._size, error=str(error))
            return done
        key, step = next(iter(steps.items()))
        if not unclear:
            done.effects[key] = partial(failed, step=step, message=str(error), final=True)
        elif self._others_pass(key):
            done.effects[key] = partial(_failed_alone, step=step, message=str(error))
            done.delays[key] = self._retry_delay(key)
        else:
            self._pause(error)
        return done

    def _others_pass(self, key: str) -> bool:
        """Whether the fault is this task's own: others went through since it first failed, and Planhat answers."""
        if self._last_success <= self._first_failure[key]:
            return False
        try:
            self._permit()
            self._client.ping()
        except PlanhatError:
            return False
        return True

    def _pause(self, error: PlanhatError) -> None:
        told = error.retry_after if isinstance(error, PlanhatUnavailable) else None
        limited = isinstance(error, PlanhatUnavailable) and error.rate_limited
        seconds = self._backoff.next(told, least=15.0 if limited and told is None else None)
        self._budget.pause(seconds)
        level = self._log.error if isinstance(error, PlanhatAccessRefused) else self._log.warning
        level("planhat_paused", seconds=round(seconds, 1), error=str(error))

    def _retry_delay(self, key: str) -> int:
        """Milliseconds until a task that failed by itself is tried again: longer each time."""
        repeats = self._repeats.get(key, 0)
        self._repeats[key] = repeats + 1
        return min(60_000, 250 << min(repeats, 8))

    def _by_itself(self, key: str, register: Register, step: Step) -> _Round:
        write = self._delete if step.kind == "delete" else self._update
        act = self._read_back if register.unclear else write
        try:
            self._permit()
            return _Round({key: act(register, step)})
        except PlanhatRefused as error:
            return _Round({key: partial(failed, step=step, message=str(error), final=True)})
        except PlanhatUnclear as error:
            self._watch({key: step.values()})
            self._pause(error)
            return _Round({key: _mark_unclear})
        except PlanhatError as error:
            self._pause(error)
            raise Stopped from error

    def _read_back(self, register: Register, step: Step) -> Effect:
        """What a write of unclear outcome left in Planhat; only that counts."""
        task = self._client.get_task(**_address(register))
        return partial(confirmed, step=step, task=None if task is None else _flat(task))

    def _update(self, register: Register, step: Step) -> Effect:
        task = self._client.update_task(step.values(), **_address(register))
        if task is None:
            return found_absent
        return partial(succeeded, step=step, task_id=str(task["_id"]), created=False)

    def _delete(self, register: Register, step: Step) -> Effect:
        task_id = register.key if register.by_id else register.known.id
        if task_id is None:
            task = self._client.get_task(source_id=register.key)
            if task is None:
                return found_absent
            task_id = str(task["_id"])
            self._permit()
        self._client.delete_task(task_id)
        return partial(succeeded, step=step, task_id=None)

    def _commit(self, registers: dict[str, Register], done: _Round) -> None:
        """Write down what was learnt, again on registers that changed meanwhile. Raises Lost."""
        while done.effects:
            settled: list[Settled] = []
            due: dict[str, tuple[Register, int | None]] = {}
            for key, effect in done.effects.items():
                settled += effect(registers[key])
                more = next_step(registers[key]) is not None
                due[key] = (registers[key], done.delays.get(key, 0) if more else None)
            changed = self._registers.commit_delivery(self._lease.token, due, settled)
            if not changed:
                return
            registers.update(self._registers.read(list(done.effects)))


def _item(register: Register, step: Step) -> dict[str, object]:
    if register.by_id:
        return item(None, register.key, step.values())
    return item(register.key, None, step.values())


def _address(register: Register) -> dict[str, str]:
    """How single calls name the task: by `_id` where it is known."""
    if register.by_id:
        return {"task_id": register.key}
    return {"task_id": register.known.id} if register.known.id else {"source_id": register.key}


def _effect(step: Step, outcome: ItemOutcome) -> Effect:
    match outcome.kind:
        case "created" | "updated" | "unchanged":
            # Only a named key proves that Planhat had the task before; a count does not say which one it counted.
            had_it = outcome.kind != "created" and outcome.task_id is not None
            return partial(succeeded, step=step, task_id=outcome.task_id, created=not had_it)
        case "absent":
            return found_absent
        case "refused":
            return partial(failed, step=step, message=outcome.message, final=outcome.permanent)
        case "conflict":
            return _mark_alone
        case _:
            return _mark_unclear


def _failed_alone(register: Register, step: Step, message: str) -> list[Settled]:
    register.unclear = True
    return failed(register, step, message, final=False)


def _mark_unclear(register: Register) -> list[Settled]:
    register.unclear = True
    return []


def _mark_alone(register: Register) -> list[Settled]:
    register.alone = True
    return _mark_unclear(register)


def _nothing(register: Register) -> list[Settled]:
    return resolve(register)


def _flat(task: Mapping[str, object]) -> dict[str, object]:
    """A task as Planhat shows it, with custom fields under their flat names."""
    custom = task.get("custom")
    flat = {name: value for name, value in task.items() if name != "custom"}
    if isinstance(custom, Mapping):
        flat |= {f"custom.{name}": value for name, value in custom.items()}
    return flat
