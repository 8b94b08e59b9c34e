"""One sandbox: a tenant with its API, and everything around it that tests look at and switch."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.api import PlanhatApi
from sandbox.behaviour import Behaviour
from sandbox.directory import Directory
from sandbox.faults import FaultBook
from sandbox.journal import Journal
from sandbox.quota import Quota
from sandbox.tasks import TaskStore


class Sandbox:
    """The parts, wired. `settings` are switches of `Behaviour`; a reset returns to them."""

    def __init__(self, token: str, settings: Mapping[str, Any]) -> None:
        self.token = token
        self.behaviour = Behaviour()
        self.behaviour.change(settings)
        self._settings = self.behaviour.as_json()
        self.directory = Directory(self.behaviour)
        self.tasks = TaskStore(self.behaviour, self.directory)
        self.api = PlanhatApi(self.behaviour, self.tasks, self.directory)
        self.faults = FaultBook()
        self.journal = Journal()
        self.quota = Quota(self.behaviour)
        self.stopping = threading.Event()
        self._late: list[threading.Timer] = []

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Do something after a while, unless a reset or the end comes first."""
        timer = threading.Timer(seconds, do)
        timer.daemon = True
        self._late.append(timer)
        timer.start()

    def call_off(self) -> None:
        """Call off what was to be done later."""
        for timer in self._late:
            timer.cancel()
        self._late.clear()

    def reset(self) -> None:
        """Back to the start: no tasks, no added records, no calls, no faults, the switches of the start."""
        self.call_off()
        self.behaviour.change(self._settings)
        self.faults.clear()
        self.directory.clear()
        self.tasks.load(())
        self.quota.clear()
        self.journal.clear()

    def numbers(self) -> dict[str, Any]:
        """The journal's numbers and those of the stored tasks."""
        tasks = self.tasks.all()
        return {
            **self.journal.numbers(),
            "tasks": len(tasks),
            "archived": sum(task["isArchived"] for task in tasks),
            "shared_source_ids": self.tasks.shared_source_ids(),
        }

    @property
    def revision(self) -> int:
        """Moves with every change of what `dump` gives."""
        return self.tasks.revision + self.directory.revision

    def dump(self) -> dict[str, Any]:
        """What outlives a restart."""
        return {"tasks": self.tasks.all(), "directory": self.directory.dump()}

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.directory.load(dumped["directory"])
        self.tasks.load(dumped["tasks"])
