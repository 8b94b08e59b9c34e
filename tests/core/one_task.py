"""One task as the fold's tests see it: versions, operations, and a Planhat that carries out what it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from planhook.core.delivery import failed, found_absent, succeeded
from planhook.core.operation import Operation
from planhook.core.outcome import Settled, resolve
from planhook.core.register import Register
from planhook.core.step import Step, next_step

Timed = tuple[str, Operation]


def version(number: int) -> str:
    return f"{number:067x}"


def operation(action: str, /, **fields: Any) -> Operation:
    if action == "create":
        fields = {"companyId": "c1", "mainType": "task", **fields}
    if action == "complete":
        fields = {"status": "Done", "dateDone": "2026-01-01T00:00:00.000Z", **fields}
    return Operation(rule="r", action=action, key="k", fields=fields, position=0)


def by_status(task: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What Planhat sets by itself when `values` change the status."""
    status = values.get("status")
    effects: dict[str, Any] = {}
    if status is None or status == task.get("status"):
        return effects
    if status in ("Done", "Ignored"):
        effects = {"isArchived": True} | ({"dateDone": "now"} if status == "Done" else {})
    elif task.get("isArchived"):
        effects = {"isArchived": False, "dateDone": None}
    return {name: value for name, value in effects.items() if name not in values}


@dataclass
class Planhat:
    """One task as Planhat keeps it, and the steps it was asked to carry out; `refuses` some values for good."""

    task: dict[str, Any] | None = None
    steps: list[Step] = field(default_factory=list)
    refuses: Callable[[Mapping[str, Any]], bool] = lambda values: False

    def carry_out(self, register: Register, step: Step) -> list[Settled]:
        self.steps.append(step)
        values = step.values()
        if self.refuses(values):
            return failed(register, step, "no", final=True)
        match step.kind:
            case "delete":
                self.task = None
                return succeeded(register, step, None)
            case "create":
                created = self.task is None
                self.task = {**(self.task or {}), **by_status(self.task or {}, values), **values}
                return succeeded(register, step, "id1", created=created)
            case _:
                if self.task is None:
                    return found_absent(register)
                self.task |= by_status(self.task, values) | values
                return succeeded(register, step, "id1", created=False)


def deliver(register: Register, planhat: Planhat, most: int = 20) -> list[Settled]:
    settled = resolve(register)
    for _ in range(most):
        step = next_step(register)
        if step is None:
            return settled
        settled += planhat.carry_out(register, step)
    raise AssertionError(f"still something to send after {most} steps: {next_step(register)}")


def outcomes(register: Register, planhat: Planhat, *arrivals: Timed) -> dict[str, str]:
    """The last outcome of each operation, by its version's number."""
    last: dict[str, str] = {}
    for stamp, op in arrivals:
        register.fold(op, stamp, 0)
        for settled in deliver(register, planhat):
            last[str(int(settled.version, 16))] = settled.outcome
    return last
