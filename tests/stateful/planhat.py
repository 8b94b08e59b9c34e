"""Planhat as the core sees it: tasks by key, each write an upsert, some writes unheard of until later."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from planhook.core.delivery import failed, found_absent, succeeded
from planhook.core.outcome import Settled
from planhook.core.register import Register
from planhook.core.step import Step
from tests.core.one_task import by_status
from tests.stateful.book import UNFIT

Effect = Callable[[Register], list[Settled]]


@dataclass
class PlanhatInMemory:
    """`late` holds writes that were sent and have not arrived yet.

    An item with unfit text or a status among `unfit` is refused whole.
    """

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    late: list[tuple[str, Step]] = field(default_factory=list)
    unfit: Container[str] = ()
    made: int = 0

    def carry_out(self, key: str, step: Step) -> str:
        """Do what an item or a deletion asks for; `created`, `updated`, `absent`, `deleted` or `refused`."""
        if step.kind == "delete":
            return "deleted" if self.tasks.pop(key, None) else "absent"
        values = step.values()
        if key not in self.tasks and "companyId" not in values:
            return "absent"
        if self.refuses(values):
            return "refused"
        known = key in self.tasks
        if not known:
            self.made += 1
        task = self.tasks.setdefault(key, {"_id": f"{self.made:024x}"})
        task.update(by_status(task, values) | values)
        return "updated" if known else "created"

    def refuses(self, values: Mapping[str, Any]) -> bool:
        """Whether an item with these values is refused for good."""
        return values.get("description") == UNFIT or values.get("status") in self.unfit

    def read(self, key: str) -> Mapping[str, Any] | None:
        """A copy of the task as it is now."""
        return dict(self.tasks[key]) if key in self.tasks else None

    def let_arrive(self, place: int) -> None:
        """One of the late writes arrives."""
        key, step = self.late.pop(place)
        self.carry_out(key, step)


def meaning(step: Step, answer: str) -> Effect:
    """What an answer does to a register."""
    match answer:
        case "absent":
            return found_absent
        case "refused":
            return partial(failed, step=step, message=answer, final=True)
    return partial(succeeded, step=step, task_id=None, created=answer == "created")


def mark_unclear(register: Register) -> list[Settled]:
    """No answer came."""
    register.unclear = True
    return []


def mark_alone(register: Register) -> list[Settled]:
    """Planhat said that the key is taken, although nothing matched."""
    register.alone = True
    return mark_unclear(register)
