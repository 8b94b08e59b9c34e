"""What Planhat refuses for good: it is not sent again, and takes nothing else with it."""

from collections.abc import Mapping
from typing import Any

import pytest

from planhook.core.outcome import resolve
from planhook.core.register import Register
from planhook.core.step import next_step
from tests.core.one_task import Planhat, deliver, operation, outcomes, version

UNFIT = "unfit"
DONE = {"status": "Done", "isArchived": True, "dateDone": "2026-01-01T00:00:00.000Z"}


def has_unfit(values: Mapping[str, Any]) -> bool:
    return UNFIT in values.values()


def test_a_task_is_made_again_without_what_planhat_refused_of_it() -> None:
    register, planhat = Register("k"), Planhat(refuses=has_unfit)
    outcomes(register, planhat, (version(1), operation("create", action="a")))
    assert outcomes(register, planhat, (version(2), operation("update", description=UNFIT))) == {"2": "r"}
    planhat.task = None

    last = outcomes(
        register,
        planhat,
        (version(3), operation("update", startTime="noon")),
        (version(4), operation("create", action="b")),
    )

    assert last["4"] == "a"
    assert planhat.task == {"companyId": "c1", "mainType": "task", "action": "b", "startTime": "noon"}
    assert sum(has_unfit(step.values()) for step in planhat.steps) == 1


def test_a_create_does_not_end_with_the_refused_one_before_it() -> None:
    register, planhat = Register("k"), Planhat(refuses=has_unfit)
    assert outcomes(register, planhat, (version(1), operation("create", action="a", description=UNFIT))) == {"1": "r"}

    assert outcomes(register, planhat, (version(2), operation("create", action="b"))) == {"2": "a"}
    assert planhat.task == {"companyId": "c1", "mainType": "task", "action": "b"}


def test_an_older_create_has_the_title_of_the_refused_one_behind_it() -> None:
    """A task without a title would be of no use, and only the newest title is remembered."""
    register, planhat = Register("k"), Planhat(refuses=has_unfit)
    outcomes(register, planhat, (version(2), operation("create", action="b", description=UNFIT)))

    assert outcomes(register, planhat, (version(1), operation("create", action="a", startTime="noon"))) == {"1": "a"}
    assert planhat.task == {"companyId": "c1", "mainType": "task", "action": "b", "startTime": "noon"}


def test_of_two_creates_in_one_item_only_the_unfit_one_is_refused() -> None:
    for unfit in (1, 2):
        register, planhat = Register("k"), Planhat(refuses=has_unfit)
        for number, name in ((1, "startTime"), (2, "endTime")):
            value = UNFIT if number == unfit else "noon"
            register.fold(operation("create", action="a", **{name: value}), version(number), 0)

        ends = {int(one.version, 16): one.outcome for one in deliver(register, planhat)}

        assert ends == {unfit: "r", 3 - unfit: "a"}
        assert planhat.task is not None
        assert UNFIT not in planhat.task.values()


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_create_that_comes_while_another_is_refused_is_not_refused_with_it(one_by_one: bool) -> None:
    register, planhat = Register("k", careful=one_by_one), Planhat(refuses=has_unfit)
    register.fold(operation("create", action="a", description=UNFIT), version(1), 0)
    step = next_step(register)
    assert step is not None
    register.fold(operation("create", action="b"), version(2), 0)

    settled = planhat.carry_out(register, step) + deliver(register, planhat)

    assert [(int(one.version, 16), one.outcome) for one in settled] == [(1, "r"), (2, "a")]


def test_a_create_that_was_deleted_while_it_is_refused_ends_superseded() -> None:
    register, planhat = Register("k", careful=True), Planhat(refuses=has_unfit)
    register.fold(operation("create", action="a", description=UNFIT), version(1), 0)
    step = next_step(register)
    assert step is not None
    register.fold(operation("delete"), version(2), 0)
    ends = {int(one.version, 16): one.outcome for one in resolve(register)}

    planhat.carry_out(register, step)

    assert ends == {1: "s"}
    assert not register.pending or next_step(register)


def test_a_refused_state_does_not_have_what_belongs_to_it_sent_for_ever() -> None:
    register = Register("k")
    planhat = Planhat(refuses=lambda values: values.get("status") == "Done")
    outcomes(register, planhat, (version(1), operation("create", action="a")))

    last = outcomes(
        register,
        planhat,
        (version(2), operation("complete")),
        (version(3), operation("update", dateDone="2026-02-02T00:00:00.000Z")),
    )

    assert last == {"2": "r", "3": "a"}


def test_a_status_sent_by_itself_leaves_what_others_say_of_it() -> None:
    """While operations are sent one by one, Planhat sets dateDone itself before the newer one for it goes out."""
    register, planhat = Register("k"), Planhat(refuses=has_unfit)
    outcomes(register, planhat, (version(1), operation("create", action="a")))
    moment = "2026-02-02T00:00:00.000Z"
    outcomes(register, planhat, (version(3), operation("update", dateDone=moment)))
    register.fold(operation("complete"), version(2), 0)
    register.fold(operation("update", description=UNFIT), version(4), 0)

    ends = {int(one.version, 16): one.outcome for one in deliver(register, planhat)}

    assert ends == {2: "a", 4: "r"}
    assert planhat.task is not None
    assert {name: planhat.task[name] for name in DONE} == {**DONE, "dateDone": moment}


def test_a_status_on_a_closed_task_keeps_it_closed() -> None:
    """Planhat takes a task out of the archive when its status becomes an open one."""
    register, planhat = Register("k"), Planhat()
    outcomes(register, planhat, (version(1), operation("create", action="a")))
    outcomes(register, planhat, (version(2), operation("complete")))

    outcomes(register, planhat, (version(3), operation("update", status="Invoiced")))

    assert planhat.task is not None
    assert {name: planhat.task[name] for name in DONE} == {**DONE, "status": "Invoiced"}


def test_what_lost_to_a_refused_write_stays_lost() -> None:
    """The newest accepted value decides, and its event says that Planhat refused it.

    To fall back on what it superseded, that event would have to wait for Planhat too instead of ending at once, and
    registers would keep every value of an outage.
    """
    register, planhat = Register("k"), Planhat(refuses=has_unfit)
    outcomes(register, planhat, (version(1), operation("create", action="a", description="first")))
    register.fold(operation("update", description="second"), version(2), 0)
    register.fold(operation("update", description=UNFIT), version(3), 0)

    ends = {int(one.version, 16): one.outcome for one in deliver(register, planhat)}

    assert ends == {2: "s", 3: "r"}
    assert planhat.task is not None
    assert planhat.task["description"] == "first"
    assert outcomes(register, planhat, (version(4), operation("update", description="mended"))) == {"4": "a"}
    assert planhat.task["description"] == "mended"
