"""What a register comes to when Planhat takes everything that it is sent. Pure."""

from collections.abc import Mapping
from typing import Any

from planhook.core.delivery import found_absent, succeeded
from planhook.core.register import FIXED_AT_CREATION, Register, Writes
from planhook.core.step import must_delete, next_step
from planhook.core.version import OLDEST


def ending(register: Register) -> Mapping[str, tuple[str, Any]] | None:
    """The properties of the task in the end, flat, each with the version that set it; None when there is no task.

    Steps are taken as the deliverer takes them, so `register` is not what it was before. A task that nobody is known
    to have created is not there; one of Planhat's own (by `_id`) is, until it is known to be gone.
    """
    while step := next_step(register):
        is_there = register.known.exists or (register.by_id and register.known.exists is None)
        if step.kind == "update" and not is_there:
            found_absent(register)
        else:
            succeeded(register, step, register.known.id)
    if not register.known.exists:
        return None
    return {**_fixed(register), **register.wanted()}


def made(register: Register) -> Writes | None:
    """Delete and create the task where that is what comes next, as if nothing else came in meanwhile.

    What its creation fixed, with the versions that set it; None when none was made.
    """
    fixed = None
    while must_delete(register) or (register.creates and register.known.exists is not True):
        step = next_step(register)
        if step is None:
            break
        succeeded(register, step, register.known.id)
        if step.kind == "create":
            fixed = {name: step.properties[name] for name in FIXED_AT_CREATION if name in step.properties}
    return fixed


def _fixed(register: Register) -> Writes:
    """What the task has since it was made; where that is not known, what was last written there."""
    fixed = {name: register.writes[name] for name in FIXED_AT_CREATION if name in register.writes}
    for name in FIXED_AT_CREATION:
        value = register.known.properties.get(name)
        if value is not None and (name not in fixed or fixed[name][1] != value):
            fixed[name] = (OLDEST, value)
    return fixed
