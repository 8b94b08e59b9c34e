"""The fold, held against a model that carries all operations out one after the other in order of version."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planhook.core.delivery import arrived_late, confirmed, failed
from planhook.core.operation import Operation
from planhook.core.outcome import Settled, resolve
from planhook.core.register import CANCELLED, REOPENED, Register
from planhook.core.register_record import dump, load
from planhook.core.step import next_step
from tests.core.one_task import Planhat, Timed, deliver, operation, outcomes, version


def in_sequence(operations: Sequence[Timed]) -> dict[str, Any] | None:
    """What is true when operations happen one after the other in order of version."""
    task: dict[str, Any] | None = None
    closed = False  # said by an operation on the state; a plain isArchived says nothing of it
    for _, op in sorted(operations, key=lambda timed: timed[0]):
        if op.action == "create":
            reopened = task is not None and closed
            plain = {name: value for name, value in op.fields.items() if name not in ("companyId", "mainType")}
            task = {**(task or {}), **(dict(REOPENED, doneBy=None) if reopened else {}), **plain}
        elif task is None:
            continue
        elif op.action == "update":
            task.update(op.fields)
            continue
        elif op.action == "complete":
            task |= {"doneBy": None, **op.fields, "isArchived": True}
        elif op.action == "cancel":
            task |= {"doneBy": None, "dateDone": None, **CANCELLED}
        elif op.action == "reopen":
            task |= {"doneBy": None, **REOPENED}
        else:
            task = None
        closed = op.action in ("complete", "cancel")
    return task


def bare(task: dict[str, Any] | None) -> dict[str, Any] | None:
    """A task without what means nothing: absent, null and "not archived" are the same to a reader."""
    if task is None:
        return None
    return {
        name: value
        for name, value in task.items()
        if name not in ("companyId", "mainType") and value is not None and value is not False
    }


NAMES = ["action", "description", "custom.Value", "status", "dateDone", "doneBy", "isArchived"]
FIELDS = st.dictionaries(st.sampled_from(NAMES), st.integers(2, 4))
OPERATIONS = st.one_of(
    FIELDS.map(lambda fields: operation("create", **{"action": 2, **fields})),
    FIELDS.filter(bool).map(lambda fields: operation("update", **fields)),
    st.sampled_from([operation("complete"), operation("complete", doneBy="u1")]),
    st.sampled_from([operation("cancel"), operation("reopen"), operation("delete")]),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Timed], list[list[Timed]]]:
    """Operations, and the batches in which they arrive: any order, some more than once."""
    operations = [(version(number), op) for number, op in enumerate(draw(st.lists(OPERATIONS, min_size=1, max_size=9)))]
    again = draw(st.lists(st.sampled_from(operations), max_size=3))
    arrivals = draw(st.permutations(operations + again))
    cuts = sorted(draw(st.sets(st.integers(1, len(arrivals)))) | {0, len(arrivals)})
    return operations, [list(arrivals[start:end]) for start, end in itertools.pairwise(cuts)]


@settings(max_examples=1500, deadline=None)
@given(histories())
def test_any_arrival_ends_as_if_all_had_happened_in_order(history: tuple[list[Timed], list[list[Timed]]]) -> None:
    operations, batches = history
    register, planhat = Register("k"), Planhat()

    for batch in batches:
        for stamp, op in batch:
            register.fold(op, stamp, 0)
        deliver(register, planhat)
        register = load("k", False, 0, dump(register))

    assert bare(planhat.task) == bare(in_sequence(operations))
    assert not register.pending


@settings(max_examples=500, deadline=None)
@given(histories())
def test_nothing_is_sent_once_nothing_differs(history: tuple[list[Timed], list[list[Timed]]]) -> None:
    operations, batches = history
    register, planhat = Register("k"), Planhat()
    for stamp, op in itertools.chain(*batches):
        register.fold(op, stamp, 0)
    deliver(register, planhat)
    steps = len(planhat.steps)

    for stamp, op in operations:
        register.fold(op, stamp, 0)
    deliver(register, planhat)

    repeated = planhat.steps[steps:]
    assert all(step.kind == "update" and planhat.task is None for step in repeated)


@settings(max_examples=500, deadline=None)
@given(histories())
def test_a_record_gives_the_same_register_back(history: tuple[list[Timed], list[list[Timed]]]) -> None:
    register, planhat = Register("k"), Planhat()
    for batch in history[1]:
        for stamp, op in batch:
            register.fold(op, stamp, 0)
        resolve(register)
        assert load("k", False, 0, dump(register)) == register
        deliver(register, planhat)


def test_an_update_without_a_task_is_absent_and_applied_by_an_older_create() -> None:
    register, planhat = Register("k"), Planhat()

    assert outcomes(register, planhat, (version(2), operation("update", action="new"))) == {"2": "b"}
    assert outcomes(register, planhat, (version(1), operation("create", action="old", description="d"))) == {
        "1": "a",
        "2": "a",
    }
    assert planhat.task is not None
    assert (planhat.task["action"], planhat.task["description"]) == ("new", "d")


def test_an_operation_that_comes_again_after_its_event_was_forgotten_gets_an_outcome_again() -> None:
    register, planhat = Register("k"), Planhat()
    late = (version(1), operation("update", description="late"))
    outcomes(register, planhat, late)

    assert outcomes(register, planhat, late) == {"1": "b"}


def test_an_update_stays_absent_when_the_create_is_newer() -> None:
    register, planhat = Register("k"), Planhat()
    outcomes(register, planhat, (version(1), operation("update", description="early")))

    assert outcomes(register, planhat, (version(2), operation("create", action="new"))) == {"2": "a"}
    assert planhat.task is not None
    assert "description" not in planhat.task


def test_a_create_whose_fields_all_lost_is_superseded() -> None:
    register, planhat = Register("k"), Planhat()

    last = outcomes(
        register,
        planhat,
        (version(2), operation("create", action="new")),
        (version(1), operation("create", action="old")),
    )

    assert last == {"2": "a", "1": "s"}


def test_a_task_created_and_completed_at_once_is_created_open_first() -> None:
    register, planhat = Register("k"), Planhat()
    register.fold(operation("complete"), version(2), 0)
    register.fold(operation("create", action="a"), version(1), 0)
    deliver(register, planhat)

    assert [step.kind for step in planhat.steps] == ["create", "update"]
    assert "status" not in planhat.steps[0].properties
    assert planhat.steps[1].values() == {
        "status": "Done",
        "dateDone": "2026-01-01T00:00:00.000Z",
        "isArchived": True,
    }


def test_a_task_deleted_by_hand_is_made_again_by_the_next_create_only() -> None:
    register, planhat = Register("k"), Planhat()
    outcomes(register, planhat, (version(1), operation("create", action="a", description="d")))
    planhat.task = None

    assert outcomes(register, planhat, (version(2), operation("update", description="e"))) == {"2": "b"}
    assert planhat.task is None
    assert outcomes(register, planhat, (version(3), operation("create", action="b")))["3"] == "a"
    assert planhat.task == {"companyId": "c1", "mainType": "task", "action": "b", "description": "e"}


def test_what_people_closed_stays_closed_while_the_rules_say_nothing_new_of_the_state() -> None:
    register, planhat = Register("k"), Planhat()
    outcomes(register, planhat, (version(1), operation("create", action="a")))
    assert planhat.task is not None
    planhat.task |= {"status": "Done", "isArchived": True}

    outcomes(register, planhat, (version(2), operation("create", action="b")))

    assert (planhat.task["action"], planhat.task["isArchived"]) == ("b", True)


def test_a_task_that_planhat_had_before_takes_older_updates_too() -> None:
    register, planhat = Register("k"), Planhat(task={"action": "by hand"})
    outcomes(register, planhat, (version(5), operation("create", action="a")))

    assert outcomes(register, planhat, (version(3), operation("update", description="d"))) == {"3": "a"}


@pytest.mark.parametrize(("policy", "outcome"), [("ignore", "b"), ("wait", "h"), ("fail", "f")])
def test_if_absent_decides_how_an_operation_without_a_task_ends(policy: str, outcome: str) -> None:
    register = Register("k")
    register.fold(Operation("r", "update", "k", {"action": "a"}, 0, if_absent=policy), version(1), 3)

    assert deliver(register, Planhat()) == [Settled(version(1), 3, outcome)]


def test_what_a_late_write_of_an_earlier_life_brought_is_taken_out() -> None:
    register, planhat = Register("k"), Planhat()
    early = operation("update", action="early", description="early", noSpecificTime=True, status="Waiting")
    outcomes(register, planhat, (version(1), early))
    outcomes(register, planhat, (version(2), operation("create", action="new")))
    assert planhat.task is not None
    planhat.task |= early.fields

    arrived_late(register, [early.fields], planhat.task)
    register = load("k", False, 0, dump(register))
    deliver(register, planhat)

    assert bare(planhat.task) == {"action": "new", "status": "To Do"}


def test_a_creation_that_arrives_late_is_known_to_a_deletion_that_comes_behind_it() -> None:
    register = Register("k")
    register.known.exists = False
    register.fold(operation("create", action="new"), version(1), 0)
    step = next_step(register)
    assert step is not None

    arrived_late(register, [step.values()], {"_id": "1", "action": "new"})
    register.fold(operation("delete"), version(2), 0)

    step = next_step(register)
    assert step is not None
    assert step.kind == "delete"


def test_a_creation_that_arrives_late_and_was_changed_by_people_is_not_made_again() -> None:
    register = Register("k")
    register.known.exists = False
    register.fold(operation("create", action="new"), version(1), 0)
    step = next_step(register)
    assert step is not None

    arrived_late(register, [step.values()], {"_id": "1", "action": "newer"})

    step = next_step(register)
    assert step is not None
    assert step.kind == "update"


def test_what_lost_to_a_refused_write_does_not_wait_for_ever() -> None:
    register = Register("k")
    for number, text in enumerate("ab"):
        register.fold(operation("update", description=text), version(number), 0)
    step = next_step(register)
    assert step is not None

    settled = failed(register, step, "no", final=True)

    assert [(one.version, one.outcome) for one in settled] == [(version(1), "r"), (version(0), "s")]
    assert next_step(register) is None


def test_a_refused_operation_that_comes_again_is_tried_again() -> None:
    register = Register("k")
    for _ in range(2):
        register.fold(operation("update", description="a"), version(1), 0)
        step = next_step(register)
        assert step is not None
        assert [one.outcome for one in failed(register, step, "no", final=True)] == ["r"]


@pytest.mark.parametrize(("closing", "cleared"), [("cancel", "dateDone"), ("complete", "doneBy"), ("reopen", "doneBy")])
def test_a_state_clears_once_what_an_older_operation_wrote_of_an_earlier_one(closing: str, cleared: str) -> None:
    register, planhat = Register("k"), Planhat()
    outcomes(register, planhat, (version(1), operation("create", action="a")))

    outcomes(register, planhat, (version(3), operation(closing)), (version(2), operation("update", **{cleared: "x"})))

    assert planhat.task is not None
    assert planhat.task.get(cleared) is None
    assert len(planhat.steps) <= 3


def test_a_task_that_was_closed_since_is_created_without_what_the_closing_decides() -> None:
    register, planhat = Register("k"), Planhat()
    register.fold(operation("create", action="a", status="Waiting"), version(1), 0)
    register.fold(operation("complete"), version(2), 0)
    deliver(register, planhat)

    assert planhat.steps[0].values() == {"companyId": "c1", "mainType": "task", "action": "a"}
    assert bare(planhat.task) == bare(
        in_sequence([(version(2), operation("complete")), (version(1), operation("create", action="a"))])
    )


def test_a_task_of_ours_that_came_late_does_not_count_as_planhats_own() -> None:
    """Its creation got no answer, was not there yet when it was looked for, and was sent again."""
    register, planhat = Register("k"), Planhat()
    register.fold(operation("create", action="a"), version(2), 0)
    step = next_step(register)
    assert step is not None
    register.unclear = True
    confirmed(register, step, None)
    planhat.task = step.values()

    deliver(register, planhat)

    assert outcomes(register, planhat, (version(1), operation("update", description="early"))) == {"1": "b"}
