"""What a register comes to when Planhat takes everything that it is sent. Pure."""

from collections.abc import Mapping
from typing import Any

from planhook.core.delivery import found_absent, succeeded
from planhook.core.register import FIXED_AT_CREATION, Register
from planhook.core.step import next_step


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
    fixed = {name: register.writes[name] for name in FIXED_AT_CREATION if name in register.writes}
    return {**fixed, **register.wanted()}
