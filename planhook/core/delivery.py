"""What Planhat's answer to a step means for the register. Pure."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from planhook.core.outcome import REFUSED, Settled, resolve
from planhook.core.register import FIXED_AT_CREATION, SET_WITH_STATUS, Known, Register
from planhook.core.step import Step
from planhook.core.version import OLDEST

MOST_TRIES = 5


def succeeded(register: Register, step: Step, task_id: str | None, *, created: bool = True) -> list[Settled]:
    """Planhat carried `step` out. `created`: it said that the task is new."""
    known = register.known
    if step.kind == "delete":
        register.known = Known(exists=False)
        register.remake = bool(register.creates)
        return resolve(register)
    if step.kind == "create":
        register.remake = False
        if not created and not register.unclear and known.exists is None:
            register.adopted = True
        register.known = known = Known(exists=True, life=step.life)
    # An older create may have come since: then what the task has now begins with that one.
    known.life = min(known.life, step.life)
    known.exists = True
    known.id = task_id or known.id
    known.properties.update(step.values())
    _forget_set_with_status(known, step)
    if step.values().get("isArchived") is False:
        register.alone = False  # open tasks are found
    register.unclear, register.tries = False, 0
    return resolve(register)


def found_absent(register: Register) -> list[Settled]:
    """Planhat has no such task (any more). A create that waits will make it anew."""
    register.known = Known(exists=False)
    register.unclear = register.alone = False
    return resolve(register, told_absent=True)


def failed(register: Register, step: Step, message: str, *, final: bool) -> list[Settled]:
    """Planhat did not take the item of `step`. `final`: its words say what is wrong, asking again is no use."""
    register.tries += 1
    if not final and register.tries < MOST_TRIES:
        return []
    if not final:
        message = f"failed {register.tries} times: {message}"
    versions = {version for version, _ in step.properties.values()}
    if not register.careful and len(versions) > 1:
        # Several operations share the item: send them one by one to find the one that is at fault.
        register.careful = True
        if final:
            register.tries = 0
        else:
            register.tries = MOST_TRIES - 1
        return []
    register.tries = 0
    return _refuse(register, step, versions, message)


def _refuse(register: Register, step: Step, versions: Set[str], message: str) -> list[Settled]:
    if step.kind == "delete":
        register.refused["deleted"] = register.deleted
        guilty: Set[str] = {register.deleted}
    elif step.kind == "create":
        register.remake = False
        guilty = step.creates
    else:
        guilty = versions
    register.refused |= {name: version for name, (version, _) in step.properties.items() if version in guilty}
    settled = [
        Settled(version, register.pending.pop(version).index, REFUSED, message)
        for version in sorted(guilty & register.pending.keys())
    ]
    return settled + resolve(register)


def confirmed(register: Register, step: Step, task: Mapping[str, Any] | None) -> list[Settled]:
    """A write of unclear outcome was read back: `task` is what Planhat has, flat, None if it has none.

    Only what was read counts. What differs stays to be sent.
    """
    if task is None:
        return _confirmed_absent(register, step)
    register.unclear = False
    if step.kind == "delete":
        return []
    if step.kind == "create":
        register.known = Known(exists=True, life=step.life)
        for name in FIXED_AT_CREATION:
            if name in step.properties:
                register.known.properties[name] = step.properties[name][1]
    known = register.known
    known.life = min(known.life, step.life)
    known.exists, known.id = True, task.get("_id") or known.id
    for name in step.properties.keys() - set(FIXED_AT_CREATION):
        if name in task:
            known.properties[name] = task[name]
        else:
            known.properties.pop(name, None)
    _forget_set_with_status(known, step)
    return resolve(register)


def _confirmed_absent(register: Register, step: Step) -> list[Settled]:
    if step.kind == "delete":
        return succeeded(register, step, None)
    register.unclear = False
    if register.known.exists:
        return found_absent(register)
    if step.kind == "create":
        register.known.exists = False  # should it arrive after all, it is ours
    return []


def _made_it(register: Register, written: Mapping[str, Any], came: Mapping[str, Any]) -> bool:
    """Whether a task that was not there is one that this late write brought."""
    if register.deleted:
        return came.keys() >= written.keys() - set(FIXED_AT_CREATION)
    return bool(register.creates) and not written.keys().isdisjoint(FIXED_AT_CREATION)


def _forget_set_with_status(known: Known, step: Step) -> None:
    if "status" in step.properties:
        for name in SET_WITH_STATUS - step.properties.keys():
            known.properties.pop(name, None)


def arrived_late(
    register: Register, writes: Sequence[Mapping[str, Any]], task: Mapping[str, Any] | None
) -> list[Settled]:
    """Writes of unclear outcome had time to arrive. `task` is what Planhat has now, flat.

    Where it has an old write's value instead of the one written since, it is wanted again; a task that came
    behind its deletion has to go again; what it brought from an earlier life is taken out. Other differences are
    people's, and theirs to keep.
    """
    if task is None:
        return resolve(register)
    for written in writes:
        came = {name: value for name, value in written.items() if task.get(name) == value}
        if register.known.exists is False and _made_it(register, written, came):
            # Of which life it is cannot be seen behind a deletion; then it goes, and is made anew where it is wanted.
            life = OLDEST if register.deleted else register.floor or OLDEST
            fixed = {name: written[name] for name in FIXED_AT_CREATION if name in written}
            register.known = Known(exists=True, id=task.get("_id"), life=life, properties=fixed | came)
        if register.known.exists:
            brought = {name: value for name, value in came.items() if name not in FIXED_AT_CREATION}
            register.known.properties.update(brought)
            register.stale.update(brought.keys() - register.wanted().keys())
    return resolve(register)
