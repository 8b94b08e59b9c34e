"""What an answer of Planhat does to a task's register."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from planhook.core.delivery import failed, found_absent, succeeded
from planhook.core.outcome import APPLIED, Settled
from planhook.core.register import Register
from planhook.core.step import Step
from planhook.planhat.wire import ItemOutcome, item

# A change to the register as it is by then: a planner may have folded more into it since the call.
Effect = Callable[[Register], list[Settled]]


@dataclass(slots=True)
class Effects:
    """What one call or several led to, by task; `delays` (ms) for those that should not be tried again at once."""

    by_key: dict[str, Effect] = field(default_factory=dict)
    delays: dict[str, int] = field(default_factory=dict)


def of_outcome(step: Step, outcome: ItemOutcome) -> Effect:
    """What became of one item of a bulk write."""
    match outcome.kind:
        case "created" | "updated" | "unchanged":
            # Only a named key proves that Planhat had the task before; a count does not say which one it counted.
            had_it = outcome.kind != "created" and outcome.task_id is not None
            return answered(partial(succeeded, step=step, task_id=outcome.task_id, created=not had_it), outcome.kind)
        case "absent":
            return missed
        case "refused" if outcome.permanent:
            return partial(failed, step=step, message=outcome.message, final=True)
        case "refused":
            return failed_alone(step, outcome.message)
        case "conflict":
            return failed_alone(step, outcome.message, alone=True)
        case _:
            return failed_alone(step, outcome.message or "Planhat's answer does not say what became of it")


def answered(effect: Effect, words: str) -> Effect:
    """`effect`, whose applied operations keep `words` as what Planhat answered to the write that carried them."""

    def told(register: Register) -> list[Settled]:
        return [replace(one, answer=words) if one.outcome == APPLIED else one for one in effect(register)]

    return told


def missed(register: Register) -> list[Settled]:
    """Bulk writes did not find the task. They may not look in the archive: one that was there is read first."""
    return mark_alone(register) if register.known.exists else found_absent(register)


def failed_alone(step: Step, message: str, *, alone: bool = False) -> Effect:
    """Planhat failed over this task without saying what is wrong: read it back before the next try.

    `alone`: it has the task, but bulk writes do not find it.
    """

    def effect(register: Register) -> list[Settled]:
        register.doubt()
        register.alone = register.alone or alone
        return failed(register, step, message, final=False)

    return effect


def mark_unclear(register: Register) -> list[Settled]:
    """The write may or may not have been carried out."""
    register.doubt()
    return []


def mark_unanswered(register: Register) -> list[Settled]:
    """Likewise, as the whole call got no answer: that says nothing against this task."""
    register.doubt(unanswered=True)
    return []


def send_again(register: Register) -> list[Settled]:
    """Give up reading the task back. That the last write may have been carried out stays true."""
    register.doubt(unread=True)
    return []


def mark_alone(register: Register) -> list[Settled]:
    """Planhat has the task, but bulk writes do not find it."""
    register.alone = True
    return mark_unclear(register)


def as_item(register: Register, step: Step) -> dict[str, Any]:
    """The bulk item that carries out `step`."""
    if register.by_id:
        return item(None, register.key, step.values())
    return item(register.key, None, step.values())


def address(register: Register) -> dict[str, str]:
    """How single calls name the task: by `_id` where it is known."""
    if register.by_id:
        return {"task_id": register.key}
    return {"task_id": register.known.id} if register.known.id else {"source_id": register.key}


def flat(task: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A task as Planhat shows it, with custom fields under their flat names."""
    if task is None:
        return None
    custom = task.get("custom")
    properties = {name: value for name, value in task.items() if name != "custom"}
    if isinstance(custom, Mapping):
        properties |= {f"custom.{name}": value for name, value in custom.items()}
    return properties
