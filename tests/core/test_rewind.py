"""Taking events out of a register, and what a register comes to: the base of a backtest."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.delivery import found_absent, succeeded
from planhook.core.ending import ending
from planhook.core.operation import Operation
from planhook.core.outcome import resolve
from planhook.core.register import Register
from planhook.core.rewind import rewound
from planhook.core.step import next_step
from planhook.core.version import event_of

ACTIONS = ("create", "update", "complete", "cancel", "reopen", "delete")


def version(number: int) -> str:
    """Of an event of its own."""
    return f"{number:013x}{0:020x}{number:024x}{0:010x}"


def operation(action: str, /, **fields: Any) -> Operation:
    if action == "create":
        fields = {"companyId": "c1", "mainType": "task", **fields}
    if action == "complete":
        fields = {"status": "Done", "dateDone": "2026-01-01T00:00:00.000Z"}
    return Operation("r", action, "k", fields if action in ("create", "update", "complete") else {}, 0)


def folded(operations: dict[int, Operation], register: Register | None = None) -> Register:
    register = register or Register("k")
    for number, one in operations.items():
        register.fold(one, version(number), 0)
    return register


def values(register: Register) -> dict[str, Any] | None:
    properties = ending(register)
    if properties is None:
        return None
    return {name: value for name, (_, value) in properties.items() if value is not None}


def delivered(register: Register) -> Register:
    ending(register)
    resolve(register)
    return register


operations = st.dictionaries(
    st.integers(1, 30),
    st.builds(operation, st.sampled_from(ACTIONS), action=st.sampled_from("ABC"), description=st.sampled_from("xyz")),
    max_size=8,
)


@given(operations, st.sets(st.integers(1, 30)), st.booleans())
def test_events_that_are_taken_out_and_folded_again_lead_to_the_same_end(
    done: dict[int, Operation], again: set[int], was_delivered: bool
) -> None:
    register = folded(done)
    if was_delivered:
        delivered(register)
    rest = rewound(register, {event_of(version(number)) for number in again})
    folded({number: one for number, one in done.items() if number in again}, rest)

    assert values(rest) == values(folded(done))


@given(operations)
def test_without_all_of_its_events_no_task_is_left(done: dict[int, Operation]) -> None:
    register = delivered(folded(done))

    assert ending(rewound(register, {event_of(version(number)) for number in done})) is None


def test_taking_out_leaves_the_register_alone() -> None:
    register = folded({1: operation("create", action="A"), 2: operation("update", action="B")})
    rest = rewound(register, {event_of(version(2))})
    rest.fold(operation("update", action="C"), version(3), 0)

    assert register.writes["action"] == (version(2), "B")
    assert version(3) not in register.pending


def test_a_task_that_people_deleted_stays_away_until_a_create() -> None:
    register = delivered(folded({1: operation("create", action="A")}))
    found_absent(register)
    updated = folded({2: operation("update", action="B")}, rewound(register, set()))
    created = folded({2: operation("create", action="B")}, rewound(register, set()))

    assert ending(updated) is None
    assert (values(created) or {})["action"] == "B"


def test_a_task_that_others_made_in_planhat_is_there_without_our_events() -> None:
    register = folded({1: operation("update", action="A")})
    step = next_step(register)
    assert step
    succeeded(register, step, "id1", created=False)
    rest = folded({2: operation("update", description="x")}, rewound(register, {event_of(version(1))}))

    assert values(rest) == {"description": "x"}


@pytest.mark.parametrize(("gone", "end"), [(False, {"action": "A"}), (True, None)])
def test_a_task_of_planhats_own_is_there_until_it_is_known_to_be_gone(gone: bool, end: dict[str, Any] | None) -> None:
    register = Register("58e231b14246fc73139f29e8", by_id=True)
    if gone:
        found_absent(register)
    register.fold(operation("update", action="A"), version(1), 0)

    assert values(register) == end
