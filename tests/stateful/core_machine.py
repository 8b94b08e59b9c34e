"""The pure core as a machine: events come in any order and number, workers crash, Planhat misbehaves, time passes."""

from collections.abc import Sequence
from functools import partial

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from planhook.core.delivery import arrived_late
from planhook.core.outcome import ABSENT_BY_POLICY, PENDING
from planhook.core.register import Register
from planhook.core.register_record import dump
from planhook.core.step import next_step
from planhook.core.version import attempt_of, event_of
from tests.stateful.book import BOOKS, KEYS, UNFIT, Told, sayings, told
from tests.stateful.core_world import CoreWorld

MOST_STEPS = 40
FATES = st.sampled_from(["answered", "answered", "answered", "applied", "lost", "late", "late", "conflict"])


class CoreMachine(CoreWorld):
    """Events, crashes, answers and the passing of time, in any order."""

    @initialize(unfit=st.sampled_from(["", "", "a", "Done", "Ignored"]))
    def some_status_is_not_taken(self, unfit: str) -> None:
        self.planhat.unfit = {unfit}

    @rule(told=told("x", "y", "x", "y", UNFIT))
    def accept(self, told: Told) -> None:
        event = told.event()
        assume(event.id not in self.events)
        self.events[event.id] = event
        self.attempts[event.id] = 0
        self.inbox.append((event.id, 0))

    @rule(told=told("x", "y", "z"))
    def accept_and_plan(self, told: Told) -> None:
        self.accept(told)
        self.plan_batch(self.inbox[-1:], crashes=False)

    @precondition(lambda self: self.letters)
    @rule(data=st.data())
    def deliver_again_when_forgotten(self, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.letters)))
        assume(attempt not in self.inbox and attempt[1] == self.attempts[attempt[0]])
        self.inbox.append(attempt)

    @precondition(lambda self: self.letters)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        event_id, attempt = data.draw(st.sampled_from(sorted(self.letters)))
        assume(attempt == self.attempts[event_id] and (event_id, attempt) not in self.inbox)
        assume(PENDING not in self.letters[event_id, attempt])
        self.attempts[event_id] += 1
        self.inbox.append((event_id, attempt + 1))

    @rule(version=st.sampled_from(sorted(BOOKS)))
    def change_rules(self, version: str) -> None:
        self.book = version

    @precondition(lambda self: self.inbox)
    @rule(data=st.data(), crashes=st.sampled_from([False, False, False, True]))
    def plan(self, data: st.DataObject, crashes: bool) -> None:
        self.plan_batch(
            data.draw(st.lists(st.sampled_from(self.inbox), min_size=1, max_size=5, unique=True)), crashes=crashes
        )

    @precondition(lambda self: not self.calls)
    @rule(fate=FATES)
    def deliver(self, fate: str) -> None:
        self.call(KEYS, fate)
        self.write_answers_down(crashes=False)

    @precondition(lambda self: not self.calls)
    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, unique=True), fate=FATES)
    def call(self, keys: Sequence[str], fate: str) -> None:
        for key in keys:
            register = self.register(key)
            if key in self.doubtful:
                register.unclear = True
                self.doubtful.discard(key)
                self.records[key] = dump(register)
            step = next_step(register)
            if step:
                self.calls.append((key, self.carry_out(key, register, step, fate)))

    @precondition(lambda self: self.calls)
    @rule(crashes=st.sampled_from([False, False, True]))
    def write_answers_down(self, crashes: bool) -> None:
        for key, effect in self.calls:
            if crashes:
                self.doubtful.add(key)
            else:
                self.commit(key, effect)
        self.calls.clear()

    @precondition(lambda self: self.planhat.late)
    @rule(data=st.data())
    def a_late_write_arrives(self, data: st.DataObject) -> None:
        self.planhat.let_arrive(data.draw(st.integers(0, len(self.planhat.late) - 1)))

    @precondition(lambda self: self.watched and not self.calls)
    @rule()
    def no_write_can_arrive_any_more(self) -> None:
        while self.planhat.late:
            self.planhat.let_arrive(0)
        for key, steps in self.watched.items():
            writes = [step.values() for step in steps]
            self.commit(key, partial(arrived_late, writes=writes, task=self.planhat.read(key)))
        self.watched.clear()

    @rule(key=st.sampled_from(KEYS))
    def somebody_deletes_the_task(self, key: str) -> None:
        assume(self.planhat.tasks.pop(key, None))
        self.meddled.add(key)

    @invariant()
    def what_is_open_has_something_to_be_done(self) -> None:
        for key in KEYS:
            register = self.register(key)
            assert not register.pending or next_step(register), f"{key} waits for nothing: {register}"

    @invariant()
    def registers_and_events_agree_on_what_is_open(self) -> None:
        pending = {
            (event_of(version), attempt_of(version), one.index)
            for key in KEYS
            for version, one in self.register(key).pending.items()
        }
        for (event_id, attempt), letters in self.letters.items():
            for index, letter in enumerate(letters):
                is_open = (event_id, attempt, index) in pending
                assert is_open or letter != PENDING, f"{event_id} waits and no register knows"
                assert not is_open or letter in (PENDING, *ABSENT_BY_POLICY.values()), f"{event_id} is done and pending"

    @invariant()
    def the_fold_is_that_of_everything_in_order(self) -> None:
        fresh = {key: Register(key) for key in KEYS}
        for key, version, operation in sorted(self.folded, key=lambda fold: fold[1]):
            fresh[key].fold(operation, version, 0)
        for key, folded in fresh.items():
            now = self.register(key)
            assert (now.writes, now.creates, now.deleted) == (folded.writes, folded.creates, folded.deleted)
            assert now.closing == folded.closing

    def teardown(self) -> None:
        """All is quiet: what was accepted is planned and sent, and Planhat has what the model says."""
        self.write_answers_down(crashes=False)
        self.plan_batch(self.inbox, crashes=False)
        for _ in range(3):
            self.send_everything()
            self.no_write_can_arrive_any_more()
        said = [
            one
            for (event_id, attempt), version in self.judged.items()
            for one in sayings(self.events[event_id], attempt, version)
        ]
        for key in KEYS:
            self.check_end(key, [one for one in said if one.key == key])

    def send_everything(self) -> None:
        for _ in range(MOST_STEPS):
            self.call(KEYS, "answered")
            if not self.calls:
                return
            self.write_answers_down(crashes=False)
        raise AssertionError(f"still something to send after {MOST_STEPS} steps: {self.records}")
