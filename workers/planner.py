"""Planning: events from the inbox, against the rules, folded into task registers."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import structlog

from planhook.core.errors import StoreUnavailable
from planhook.core.event import Event
from planhook.core.operation import Operation
from planhook.core.outcome import PENDING, PROBLEM, SHADOW, Settled, resolve
from planhook.core.plan import Plan, make_plan
from planhook.core.register import Register
from planhook.core.rule import RuleSet
from planhook.core.step import next_step
from planhook.core.version import version_of
from planhook.failpoints import reach
from planhook.store.bindings import Bindings
from planhook.store.inbox import Claimed, Inbox
from planhook.store.registers import Lost, PlannedEvent, Registers, task_key
from planhook.store.views import plan_record

BATCH = 500
LEASE_MS = 6_000
FEW = 100  # events; behind a batch of fewer, more are let come together for a while: a batch has its own cost
GATHER_S = 0.03
PRESSED_S = 0.05

_MOST_CONFLICTS = 5


@dataclass(slots=True)
class _Planned:
    """An event with what the rules said; `letters` holds the outcome of each of its operations."""

    claimed: Claimed
    plan: Plan
    operations: tuple[Operation, ...]
    letters: list[str]
    problem: str = ""
    reason: str = ""
    versions: dict[str, int] = field(default_factory=dict)

    def record(self) -> PlannedEvent:
        return PlannedEvent(
            self.claimed.event.id,
            self.claimed.attempt,
            plan_record(self.plan, self.operations),
            "".join(self.letters) + (PROBLEM if self.problem else ""),
            self.problem,
            self.reason,
            self.claimed.reread,
        )


class Planner:
    """Plans under `name` until nothing waits. Any number of planners may work at the same time.

    `wake_deliverer` is called as soon as something is to be delivered. While `is_pressed()`, nothing is planned.
    `reread` gives an event that is planned again as its source reads it today.
    """

    def __init__(
        self,
        name: str,
        inbox: Inbox,
        registers: Registers,
        bindings: Bindings,
        rules: Callable[[], RuleSet],
        wake_deliverer: Callable[[], None] = lambda: None,
        is_pressed: Callable[[], bool] = lambda: False,
        reread: Callable[[Event], Event] = lambda event: event,
    ) -> None:
        self.name = name
        self._inbox = inbox
        self._registers = registers
        self._bindings = bindings
        self._rules = rules
        self._wake_deliverer = wake_deliverer
        self._is_pressed = is_pressed
        self._reread = reread
        self._log = structlog.get_logger("planhook.planner")

    def drain(self, stop: Callable[[], bool]) -> None:
        """Plan batch after batch until the inbox is empty or `stop()`.

        Raises StoreUnavailable; what was claimed is then given back by the sweeper.
        """
        suspects = True
        while not stop():
            if self._is_pressed():
                time.sleep(PRESSED_S)
                continue
            claimed = self._inbox.claim(self.name, BATCH, LEASE_MS, suspects=suspects)
            if not claimed:
                break
            reach("plan.claimed")
            self.plan(claimed)
            suspects = not claimed[0].is_suspect  # by turns with all others, which may be many more
            if len(claimed) < FEW and suspects:
                time.sleep(GATHER_S)

    def plan(self, batch: Sequence[Claimed]) -> None:
        """Plan one batch."""
        rules = self._rules()
        try:
            self._commit([self._decide(claimed, rules) for claimed in self._checked(batch)])
        except Lost:
            # We were silent for too long and others have these events now; what they make of them stands.
            self._log.warning("batch_lost", events=len(batch))
        except StoreUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - one event must not hold up all others, whatever it sets off
            self._log.exception("planning_failed", events=len(batch))
            self._plan_apart(batch, fault)
        else:
            self._log.info("planned", events=len(batch), rules=rules.version)

    def _plan_apart(self, batch: Sequence[Claimed], fault: Exception) -> None:
        """Find the event that cannot be planned: it ends dead with the reason, the others are planned."""
        if len(batch) == 1:
            problem = f"planning failed: {type(fault).__name__}: {fault}"
            self._commit([_Planned(batch[0], Plan("none", ()), (), [], problem=problem)])
            return
        middle = len(batch) // 2
        self.plan(batch[:middle])
        self.plan(batch[middle:])

    def _checked(self, batch: Sequence[Claimed]) -> list[Claimed]:
        """The batch, replays read anew, in which events that speak for somebody else are marked as ignored."""
        read = [self._reread(one.event) if one.attempt else one.event for one in batch]
        events = self._bindings.settle(read)
        return [
            replace(one, event=event, reread=None if anew == one.event else anew)
            for one, anew, event in zip(batch, read, events, strict=True)
        ]

    def _decide(self, claimed: Claimed, rules: RuleSet) -> _Planned:
        event = claimed.event
        reach("plan.event", event.sender_id or "")
        nothing = Plan(rules.version, ())
        if event.problem:
            return _Planned(claimed, nothing, (), [], problem=event.problem)
        if event.ignored:
            return _Planned(claimed, nothing, (), [], reason=event.ignored)
        plan = make_plan(event, rules)
        decided = [(one, decision.mode) for decision in plan.decisions for one in decision.operations]
        problems = [f"{one.rule}: {one.problem}" for one in plan.decisions if one.problem and one.mode == "live"]
        shadow = any(one.matched and one.mode != "live" for one in plan.decisions)
        return _Planned(
            claimed,
            plan,
            tuple(one for one, _ in decided),
            [PENDING if mode == "live" else SHADOW for _, mode in decided],
            problem="; ".join(problems),
            reason="shadow" if shadow else "no rule",
        )

    def _commit(self, planned: Sequence[_Planned]) -> None:
        conflicts = 0
        while self._try_commit(planned):
            conflicts += 1
            if conflicts >= _MOST_CONFLICTS and len(planned) > 1:
                # Others keep writing the same registers: smaller batches have better chances.
                middle = len(planned) // 2
                self._commit(planned[:middle])
                self._commit(planned[middle:])
                return

    def _try_commit(self, planned: Sequence[_Planned]) -> list[str]:
        """The keys of registers that changed meanwhile: then nothing was written."""
        sources = dict(self._keys(planned))
        registers = self._registers.read(list(sources))
        history = list(_fold(planned, registers))
        own = {version: one for one in planned for version in one.versions}
        others: list[Settled] = []
        for register in registers.values():
            for settled in resolve(register):
                if settled.version in own:
                    own[settled.version].letters[settled.index] = settled.outcome
                else:
                    others.append(settled)
        due = {key: (register, None if next_step(register) is None else 0) for key, register in registers.items()}
        records = [one.record() for one in planned]
        reach("plan.commit")
        changed, wake = self._registers.commit_plan(self.name, due, sources, records, others, history)
        reach("plan.committed")
        if wake:
            self._wake_deliverer()
        return changed

    @staticmethod
    def _keys(planned: Sequence[_Planned]) -> Iterator[tuple[str, str]]:
        """The keys of the tasks that are planned for, each with the source of an event about it."""
        for one in planned:
            for operation, letter in zip(one.operations, one.letters, strict=True):
                if letter != SHADOW:
                    yield task_key(operation.key, operation.by_id), one.claimed.event.source


def _fold(planned: Sequence[_Planned], registers: dict[str, Register]) -> list[tuple[str, str]]:
    """Fold all operations into `registers`; gives the history entries, `version:index:action` by task key."""
    history = []
    for one in planned:
        one.versions.clear()
        for index, operation in enumerate(one.operations):
            if one.letters[index] == SHADOW:
                continue
            one.letters[index] = PENDING
            version = version_of(one.claimed.event, one.claimed.attempt, operation.position)
            key = task_key(operation.key, operation.by_id)
            registers[key].fold(operation, version, index)
            one.versions[version] = index
            history.append((key, f"{version}:{index}:{operation.action}"))
    return history
