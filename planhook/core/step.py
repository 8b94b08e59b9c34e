"""What to send to Planhat next for one register. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planhook.core.register import FIXED_AT_CREATION, SET_WITH_STATUS, Register, Writes
from planhook.core.version import OLDEST


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing to do for a task: `kind` is create, update or delete.

    `properties` maps flat names to `(version, value)`; `life` is the floor at the time of the step. `creates` are the
    creates that end as refused if a creation is.
    """

    kind: str
    properties: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    life: str = OLDEST
    creates: frozenset[str] = frozenset()

    def values(self) -> dict[str, Any]:
        return {name: value for name, (_, value) in self.properties.items()}


def next_step(register: Register) -> Step | None:
    """What Planhat should be asked next for this task; None when nothing differs or nothing can be done."""
    if must_delete(register):
        return Step("delete", life=register.deleted)
    if register.creates and register.known.exists is not True:
        return _creation(register) if register.waits_for_create() else None
    if register.known.exists is not True and not register.pending:
        return None
    properties = _changes(register)
    return Step("update", properties, register.floor or OLDEST) if properties else None


def _changes(register: Register) -> Writes:
    """What differs, a status with all that belongs to it; of the oldest operation only while they go one by one."""
    wanted = register.wanted()
    changes = register.difference(wanted)
    oldest = min((version for version, _ in changes.values()), default=OLDEST)
    if "status" in changes:
        changes |= {name: write for name, write in register.unrefused(wanted).items() if name in SET_WITH_STATUS}
    if register.careful:
        changes = {name: write for name, write in changes.items() if write[0] == oldest}
    return changes


def must_delete(register: Register) -> bool:
    """Whether Planhat has, or may have, a task that a rule deleted."""
    if not register.deleted or register.refused.get("deleted") == register.deleted:
        return False
    if register.known.exists is None:
        return register.deleted in register.pending
    return register.known.exists and register.known.life < register.deleted


def _creation(register: Register) -> Step:
    """A task is created open, also when it is to be completed: the completion follows as an update."""
    wanted = register.wanted()
    if register.closed:
        wanted = {name: write for name, write in wanted.items() if write == register.writes.get(name)}
    properties = register.unrefused(wanted)
    creates = {version for version, pending in register.pending.items() if pending.action == "create"}
    if register.careful:
        on_trial = max(creates or register.creates)
        creates = {on_trial}
        properties = {name: write for name, write in properties.items() if write[0] == on_trial}
    properties |= _needed_to_create(register)
    return Step("create", properties, register.floor or OLDEST, frozenset(creates))


def _needed_to_create(register: Register) -> Writes:
    """What no creation can do without, refused or not: the company, and the title that a create gave."""
    needed = {name: register.writes[name] for name in FIXED_AT_CREATION if name in register.writes}
    title = register.writes.get("action")
    return needed | ({"action": title} if title and title[0] in register.creates else {})
