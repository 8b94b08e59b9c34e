"""Reading back: whether Planhat kept what was written. It drops what it does not know without a word."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from planhook.core.errors import PlanhatError, PlanhatUnavailable, StoreUnavailable
from planhook.core.event import from_iso
from planhook.core.kept import DROPPED, fault
from planhook.core.register import Register
from planhook.core.step import Step, next_step
from planhook.planhat.client import BulkAnswer, PlanhatClient
from planhook.store.budget import CallBudget, SpareCalls
from planhook.store.registers import Registers, task_key
from workers.effects import address, flat
from workers.findings import Finding, Findings
from workers.samples import MOST as MOST_SAMPLES
from workers.samples import Samples, Written
from workers.tenant import Tenant

LOOK_S = 1.0
MOST_SINGLES = 3  # more tasks than that are listed
MOST_LISTED = 1_000
LIST_EVERY_S = 5.0  # a list serves all that was written meanwhile
NO_ROOM_S = 3.0
REST_S = 30.0  # after Planhat did not answer; whoever writes finds out what is wrong
_LIMITED_S = 15.0
_SLOW = timedelta(seconds=3)  # of Planhat's clock, which tells the second, and of its own afterthoughts


class ReadBack:
    """Compares a sample of what was written with what Planhat has, beside the deliverer and in calls that can wait.

    Only tasks at rest count: those that nobody wrote to since, neither we nor people.
    """

    def __init__(
        self,
        client: PlanhatClient,
        budget: CallBudget,
        spare: SpareCalls,
        registers: Registers,
        findings: Findings,
        samples: Samples,
    ) -> None:
        self._client = client
        self._budget = budget
        self._spare = spare
        self._registers = registers
        self._findings = findings
        self._samples = samples
        self._tenant = Tenant(client, spare)
        self._rest_until = 0.0
        self._log = structlog.get_logger("planhook.read_back")

    def note(self, registers: Mapping[str, Register], steps: Mapping[str, Step], answer: BulkAnswer) -> None:
        """Remember what a bulk write brought about. `registers` are as they were before it."""
        at, now = answer.at or datetime.now(UTC), time.monotonic()
        done = [key for key, outcome in zip(steps, answer.outcomes, strict=True) if outcome.succeeded]
        self._samples.add(
            {
                key: Written(steps[key].values(), dict(registers[key].known.properties), at, now)
                for key in random.sample(done, min(MOST_SAMPLES, len(done)))
            }
        )

    def run(self, stop: Callable[[], bool]) -> None:
        """Look every now and then until `stop()`."""
        while not stop():
            time.sleep(LOOK_S)
            try:
                self.look()
            except StoreUnavailable as error:
                self._log.warning("read_back_interrupted", error=str(error))
            except Exception:  # noqa: BLE001 - a task too strange to compare must not end all comparing
                self._log.exception("read_back_failed")

    def look(self) -> None:
        """Read what was written a short while ago, as far as there are calls for it. Raises StoreUnavailable."""
        self._findings.keep_up_with_rules()
        if time.monotonic() < self._rest_until:
            return
        written = self._samples.take()
        if not written:
            return
        registers = {key: one for key, one in self._registers.read(list(written)).items() if _is_at_rest(one)}
        found: list[Finding] = []
        try:
            self._tenant.learn(pair for key in registers for pair in written[key].values.items())
            for key, task in self._tasks(registers, written):
                found += self._settled(key, registers[key], written[key], task)
        except PlanhatError as error:
            self._put_off(error)
        self._findings.settle(found)

    def _put_off(self, error: PlanhatError) -> None:
        self._log.warning("read_back_put_off", error=str(error))
        self._rest_until = time.monotonic() + REST_S
        if isinstance(error, PlanhatUnavailable) and error.rate_limited:
            self._budget.pause(error.retry_after or _LIMITED_S, str(error))

    def _tasks(
        self, registers: Mapping[str, Register], written: Mapping[str, Written]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The tasks of `registers` as Planhat has them. What a list shows otherwise is read by itself: lists lag."""
        doubtful = list(registers)
        if len(registers) > MOST_SINGLES:
            doubtful = []
            for key, task in self._listed(registers, written):
                if any(one.wrong for one in self._compared(key, registers[key], written[key], task)):
                    doubtful.append(key)
                else:
                    yield key, task
        for place, key in enumerate(doubtful[:MOST_SINGLES]):
            if not self._may_call():
                self._samples.give_back({key: written[key] for key in doubtful[place:]})
                return
            found = flat(self._client.get_task(**address(registers[key])))
            if found is not None:
                yield key, found

    def _listed(
        self, registers: Mapping[str, Register], written: Mapping[str, Written]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        names = {name.partition(".")[0] for one in written.values() for name in one.values}
        for archived in (False, True):
            asked = [key for key, one in registers.items() if bool(one.known.properties.get("isArchived")) == archived]
            if not asked:
                continue
            if not self._may_call():
                self._samples.give_back({key: written[key] for key in asked})
                continue
            self._rest_until = time.monotonic() + LIST_EVERY_S
            select = ("sourceId", "updatedAt", *sorted(names))
            tasks = self._client.recently_updated(archived=archived, most=MOST_LISTED, select=select)
            found = {key: flat(task) or {} for task in tasks for key in _keys(task)}
            yield from ((key, found[key]) for key in asked if key in found)

    def _may_call(self) -> bool:
        if self._spare.take():
            return True
        self._rest_until = time.monotonic() + NO_ROOM_S
        return False

    def _settled(self, key: str, register: Register, written: Written, task: Mapping[str, Any]) -> list[Finding]:
        """What was found in one task, nothing when we may have written to it while it was read."""
        found = self._compared(key, register, written, task)
        if any(one.wrong for one in found) and self._registers.read([key])[key].revision != register.revision:
            return []
        return found

    def _compared(self, key: str, register: Register, written: Written, task: Mapping[str, Any]) -> list[Finding]:
        """Each field that was written and that nobody wrote to since, neither we nor people."""
        if _was_written_since(task, written):
            return []
        known = register.known.properties
        return [
            Finding(key, register, name, wrote, task.get(name), self._wrong(name, wrote, written, task))
            for name, wrote in written.values.items()
            if name in known and known[name] == wrote
        ]

    def _wrong(self, name: str, wrote: Any, written: Written, task: Mapping[str, Any]) -> str | None:
        match fault(name, wrote, written.before.get(name), task.get(name)):
            case None:
                return self._tenant.doubt(name, wrote)
            case kind:
                return f"Planhat did not keep {name}" if kind == DROPPED else f"Planhat has another {name}"


def _is_at_rest(register: Register) -> bool:
    return bool(register.known.exists) and not register.unclear and next_step(register) is None


def _was_written_since(task: Mapping[str, Any], written: Written) -> bool:
    """Whether people, or programs of theirs, changed the task after we did; False when Planhat does not say."""
    try:
        return from_iso(task["updatedAt"]) > written.at + _SLOW
    except (KeyError, TypeError, ValueError):
        return False


def _keys(task: Mapping[str, Any]) -> Iterable[str]:
    """The keys under which a task of Planhat may have a register."""
    if task.get("sourceId"):
        yield task_key(str(task["sourceId"]), False)
    yield task_key(str(task["_id"]), True)
