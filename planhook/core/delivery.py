"""What to send to Planhat for one register, and what an answer means for it. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from planhook.core.register import FIXED_AT_CREATION, SET_WITH_STATUS, Known, Pending, Register, Writes
from planhook.core.version import OLDEST

MOST_TRIES = 5

PENDING, APPLIED, SUPERSEDED, REFUSED = "p", "a", "s", "r"
ABSENT_BY_POLICY: Mapping[str, str] = {"ignore": "b", "wait": "h", "fail": "f"}
PROBLEM = "x"  # not an operation's outcome: stands for a rule that could not be carried out
SHADOW = "-"  # decided and recorded, never sent

OUTCOMES: Mapping[str, str] = {
    PENDING: "pending",
    APPLIED: "applied",
    SUPERSEDED: "superseded",
    REFUSED: "refused",
    SHADOW: "shadow",
    **dict.fromkeys(ABSENT_BY_POLICY.values(), "absent"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing to do for a task: `kind` is create, update or delete.

    `properties` maps flat names to `(version, value)`; `life` is the floor at the time of the step.
    """

    kind: str
    properties: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    life: str = OLDEST

    def values(self) -> dict[str, Any]:
        return {name: value for name, (_, value) in self.properties.items()}


@dataclass(frozen=True, slots=True)
class Settled:
    """An operation that got its outcome (one letter, see `OUTCOMES`) and Planhat's words, if any."""

    version: str
    index: int
    outcome: str
    answer: str = ""


def next_step(register: Register) -> Step | None:
    """What Planhat should be asked next for this task; None when nothing differs or nothing can be done."""
    if _must_delete(register):
        return Step("delete", life=register.deleted)
    if register.creates and register.known.exists is not True:
        return _creation(register) if register.waits_for_create() else None
    if register.known.exists is not True and not register.pending:
        return None
    properties = register.difference(register.wanted())
    if register.careful and properties:
        oldest = min(version for version, _ in properties.values())
        properties = {name: write for name, write in properties.items() if write[0] == oldest}
    return Step("update", properties, register.floor or OLDEST) if properties else None


def _must_delete(register: Register) -> bool:
    if not register.deleted or register.refused.get("deleted") == register.deleted:
        return False
    if register.known.exists is None:
        return register.deleted in register.pending
    return register.known.exists and register.known.life < register.deleted


def _creation(register: Register) -> Step:
    """A task is created open, also when it is to be completed: the completion follows as an update."""
    wanted = register.wanted()
    if register.closed:
        wanted = {
            name: register.writes[name]
            for name in wanted
            if name in register.writes and register.counts(register.writes[name][0])
        }
    properties = register.unrefused(wanted)
    if register.careful:
        version = _create_on_trial(register)
        properties = {name: write for name, write in properties.items() if write[0] == version}
    return Step("create", properties | _needed_to_create(register), register.floor or OLDEST)


def _needed_to_create(register: Register) -> Writes:
    """What no creation can do without, refused or not: the company, and the title that a create gave."""
    needed = {name: register.writes[name] for name in FIXED_AT_CREATION if name in register.writes}
    title = register.writes.get("action")
    return needed | ({"action": title} if title and title[0] in register.creates else {})


def _create_on_trial(register: Register) -> str:
    """The create whose properties make the task while operations are sent one by one."""
    return max(_pending_creates(register), default=register.creates[-1])


def _pending_creates(register: Register) -> set[str]:
    return {version for version, pending in register.pending.items() if pending.action == "create"}


def resolve(register: Register, *, told_absent: bool = False) -> list[Settled]:
    """Take the operations that have an outcome by now out of `pending`.

    `told_absent`: Planhat just said that it has no such task.
    """
    wanted = register.wanted()
    difference, touched = register.difference(wanted), register.touched(wanted)
    settled = []
    for version, pending in sorted(register.pending.items()):
        outcome = _outcome(register, version, pending, touched.get(version, set()), difference, told_absent)
        if outcome is None:
            continue
        del register.pending[version]
        if outcome in ABSENT_BY_POLICY.values():
            register.remember_absent(version, pending)
        settled.append(Settled(version, pending.index, outcome))
    if not register.pending and not difference:
        register.careful, register.tries = False, 0
    return settled


def _outcome(
    register: Register,
    version: str,
    pending: Pending,
    touched: Set[str],
    difference: Writes,
    told_absent: bool,
) -> str | None:
    known, floor = register.known, register.floor
    if pending.action == "delete" and version == register.deleted:
        gone = known.exists is False or (known.exists is True and known.life >= version)
        return (ABSENT_BY_POLICY[pending.if_absent] if told_absent else APPLIED) if gone else None
    if version <= register.deleted:
        return SUPERSEDED
    if _must_delete(register):
        return None  # what Planhat has now belongs to an earlier life
    if floor is not None and version < floor:
        return ABSENT_BY_POLICY[pending.if_absent]
    if known.exists is not True and (told_absent or register.creates) and not register.waits_for_create():
        return ABSENT_BY_POLICY[pending.if_absent]
    if not touched and (floor is not None or known.exists or not difference):
        return SUPERSEDED
    if known.exists is not True or touched & difference.keys():
        return None
    return APPLIED


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
    register.unclear, register.tries = False, 0
    return resolve(register)


def found_absent(register: Register) -> list[Settled]:
    """Planhat has no such task (any more). A create that waits will make it anew."""
    register.known = Known(exists=False)
    register.unclear = False
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


def _refuse(register: Register, step: Step, versions: set[str], message: str) -> list[Settled]:
    if step.kind == "delete":
        register.refused["deleted"] = register.deleted
        guilty = {register.deleted}
    elif step.kind == "create":
        register.remake = False
        guilty = {_create_on_trial(register)} if register.careful else _pending_creates(register)
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
        if step.kind == "delete":
            return succeeded(register, step, None)
        register.unclear = False
        return found_absent(register) if register.known.exists else []
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
        whole = came.keys() >= written.keys() - set(FIXED_AT_CREATION)
        if register.known.exists is False and register.deleted and whole:
            register.known = Known(exists=True, id=task.get("_id"), properties=dict(written))
        if register.known.exists:
            brought = {name: value for name, value in came.items() if name not in FIXED_AT_CREATION}
            register.known.properties.update(brought)
            register.stale.update(brought.keys() - register.wanted().keys())
    return resolve(register)
