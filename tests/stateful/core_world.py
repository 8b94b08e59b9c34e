"""What surrounds the core's machine: registers kept as records, what was planned and said, and the end."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from planhook.core.delivery import confirmed
from planhook.core.event import Event
from planhook.core.operation import Operation
from planhook.core.outcome import ABSENT_BY_POLICY, APPLIED, PENDING, REFUSED, Settled, resolve
from planhook.core.plan import make_plan
from planhook.core.register import CANCELLED, REOPENED, Register
from planhook.core.register_record import dump, load
from planhook.core.step import Step
from planhook.core.version import OLDEST, attempt_of, event_of, version_of
from tests.stateful.book import KEYS, rule_set
from tests.stateful.model import Saying, alike, ending
from tests.stateful.planhat import Effect, PlanhatInMemory, mark_alone, mark_unclear, meaning

Attempt = tuple[str, int]
MANAGED = ("action", "description", "custom.Value", "status", "isArchived", "dateDone")


class CoreWorld(RuleBasedStateMachine):
    """Registers are kept as records only, as the store keeps them; a crash loses what was not committed."""

    def __init__(self) -> None:
        super().__init__()
        self.planhat = PlanhatInMemory()
        self.book = "one"
        self.events: dict[str, Event] = {}
        self.attempts: dict[str, int] = {}
        self.inbox: list[Attempt] = []
        self.letters: dict[Attempt, list[str]] = {}
        self.judged: dict[Attempt, str] = {}
        self.folded: list[tuple[str, str, Operation]] = []
        self.records = {key: dump(Register(key)) for key in KEYS}
        self.calls: list[tuple[str, Effect]] = []
        self.doubtful: set[str] = set()
        self.watched: dict[str, list[Step]] = {}
        self.refused: set[Attempt] = set()
        self.meddled: set[str] = set()
        self.sent: dict[tuple[str, str], tuple[str, Any]] = {}

    def register(self, key: str) -> Register:
        return load(key, False, 0, self.records[key])

    def plan_batch(self, batch: Sequence[Attempt], *, crashes: bool) -> None:
        registers = {key: self.register(key) for key in KEYS}
        folded = [fold for attempt in batch for fold in self.fold(attempt, registers)]
        settled = [one for register in registers.values() for one in resolve(register)]
        if crashes:
            return
        self.inbox = [attempt for attempt in self.inbox if attempt not in batch]
        self.judged |= {attempt: self.rules_for(attempt) for attempt in batch}
        self.letters |= {attempt: [PENDING] * len(self.operations(attempt)) for attempt in batch}
        self.folded += folded
        for key, register in registers.items():
            self.records[key] = dump(register)
        self.settle(settled)

    def rules_for(self, attempt: Attempt) -> str:
        """Each attempt is judged by one version, also when it comes again after it was forgotten."""
        return self.judged.get(attempt, self.book)

    def operations(self, attempt: Attempt) -> Sequence[Operation]:
        return make_plan(self.events[attempt[0]], rule_set(self.rules_for(attempt))).operations

    def fold(self, attempt: Attempt, registers: Mapping[str, Register]) -> Iterator[tuple[str, str, Operation]]:
        for index, operation in enumerate(self.operations(attempt)):
            version = version_of(self.events[attempt[0]], attempt[1], operation.position)
            registers[operation.key].fold(operation, version, index)
            yield operation.key, version, operation

    def carry_out(self, key: str, register: Register, step: Step, fate: str) -> Effect:
        """Have Planhat do its part now; what it means is written down later."""
        if register.unclear and fate != "lost":
            return partial(confirmed, step=step, task=self.planhat.read(key))
        for name, (version, value) in step.properties.items():
            if version != OLDEST:  # what a late write of an earlier life brought is taken out
                newest, newest_value = self.sent.get((key, name), (OLDEST, None))
                # That a task is open again may turn out to be the word of an older create.
                reopened = name in REOPENED and newest_value == REOPENED[name]
                assert version >= newest or reopened or value == newest_value, f"{name} of {key} goes back"
                self.sent[key, name] = max((newest, newest_value), (version, value), key=lambda sent: sent[0])
        if fate == "answered":
            return meaning(step, self.planhat.carry_out(key, step))
        if fate == "conflict":
            return mark_alone
        if step.kind != "delete":
            self.watched.setdefault(key, []).append(step)
        if fate == "applied":
            self.planhat.carry_out(key, step)
        elif fate == "late" and step.kind != "delete":
            self.planhat.late.append((key, step))
        return mark_unclear

    def commit(self, key: str, effect: Effect) -> None:
        register = self.register(key)
        settled = effect(register)
        self.records[key] = dump(register)
        self.settle(settled)

    def settle(self, settled: Sequence[Settled]) -> None:
        for one in settled:
            attempt = (event_of(one.version), attempt_of(one.version))
            self.letters[attempt][one.index] = one.outcome
            if one.outcome == REFUSED:
                refused = self.operations(attempt)[one.index]
                values = {**(CANCELLED if refused.action == "cancel" else {}), **refused.fields}
                assert self.planhat.refuses(values), f"{refused} is refused for another's values"
                self.refused.add(attempt)

    def check_end(self, key: str, said: Sequence[Saying]) -> None:
        end, task = ending(said, key), self.planhat.read(key)
        refused = {one.when for one in said if one.event in self.refused}
        assert not self.register(key).pending
        if key in self.meddled and task is None:
            return
        creates = [one.when for one in said if one.action == "create"]
        if task is None and creates and max(creates) in refused:
            return  # and what it superseded is not sent in its place
        assert (task is None) == (end.task is None), f"{key} is {task}, not {end.task}"
        for name in MANAGED:
            author = end.author.get(name)
            have, want = (task or {}).get(name), (end.task or {}).get(name)
            # One that ended as superseded may turn out to decide after all, and be refused then.
            unfit = (author and author.when in refused) or self.planhat.refuses({name: want})
            if not unfit:
                assert alike(name, have, want), f"{name} of {key} is {have}, not {want}"
        if key in self.meddled:
            return
        for one in said:
            letter = self.letter(one)
            if one.when in end.deciders():
                assert letter in (APPLIED, REFUSED), f"{one} ended {letter}"
            if one.when not in end.in_vain and one.action != "delete" and not refused:
                assert letter not in ABSENT_BY_POLICY.values(), f"{one} ended {letter}"

    def letter(self, one: Saying) -> str:
        positions = [operation.position for operation in self.operations(one.event)]
        return self.letters[one.event][positions.index(one.when[3])]
