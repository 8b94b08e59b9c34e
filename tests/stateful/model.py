"""What should be true: every saying carried out one after the other, in the order in which things happened.

Written from the contract and sharing nothing with the fold, so that both are not wrong in the same way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Task = dict[str, str | bool | None]
When = tuple[int, str, int, int]  # time in ms, event id, attempt, position in the rule set

_STATE: Mapping[str, Task] = {
    "complete": {"isArchived": True},  # its rule gives status and dateDone
    "cancel": {"isArchived": True, "status": "Ignored", "dateDone": None},
    "reopen": {"isArchived": False, "status": "To Do", "dateDone": None},
}


@dataclass(frozen=True)
class Saying:
    """One operation as the contract understands it. `values` are the properties that its rule gives."""

    when: When
    key: str
    action: str
    policy: str
    values: Mapping[str, str]

    @property
    def event(self) -> tuple[str, int]:
        """The event and its attempt."""
        return self.when[1], self.when[2]


@dataclass
class Ending:
    """What becomes of one task.

    `author` names the saying that decided each property of the task; `in_vain` are those that met no
    task, or one that was deleted later.
    """

    task: Task | None = None
    author: dict[str, Saying] = field(default_factory=dict)
    in_vain: set[When] = field(default_factory=set)
    met: set[When] = field(default_factory=set)

    def write(self, saying: Saying, values: Mapping[str, str | bool | None]) -> None:
        assert self.task is not None
        self.met.add(saying.when)
        self.task.update(values)
        self.author.update(dict.fromkeys(values, saying))

    def deciders(self) -> set[When]:
        """Those that gave a property its value.

        Which create decides the state, and so whether an update of it counts, may turn out after they have ended.
        """
        return {
            saying.when
            for name, saying in self.author.items()
            if name in saying.values and (saying.action != "update" or name not in _STATE["reopen"])
        }


def ending(sayings: Iterable[Saying], key: str) -> Ending:
    """The task of `key` after all of `sayings`."""
    end = Ending()
    for saying in sorted({one.when: one for one in sayings if one.key == key}.values(), key=lambda one: one.when):
        if saying.action == "delete":
            end = Ending(in_vain=end.in_vain | {saying.when} | end.met)
        elif saying.action == "create":
            _create(end, saying)
        elif end.task is None:
            end.in_vain.add(saying.when)
        else:
            end.write(saying, {**_STATE.get(saying.action, {}), **saying.values})
    return end


def _create(end: Ending, saying: Saying) -> None:
    if end.task is None:
        end.task = {"isArchived": False, "status": None, "dateDone": None}
    elif end.task["isArchived"]:
        end.write(saying, _STATE["reopen"])
    end.write(saying, saying.values)


def alike(name: str, have: object, want: object) -> bool:
    """Whether two values of a property mean the same: absent, null and "not archived", or no status and an open one."""
    if name == "status" and want is None:
        return have in (None, "In-progress", "To Do")
    return (have or None) == (want or None)
