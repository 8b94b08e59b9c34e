"""Task registers: what the rules say of one task, folded from operations in any order.

Folding is commutative, associative and idempotent: a register is the same whatever the order, repetition
or batching of the operations it saw. Read it as if all of them had been carried out one after the other
in the order of their versions:

* every property has the newest value written to it since the task's life began;
* a life begins with the first create after the newest delete (`floor`); what was written to a task before
  it existed does not count, unless Planhat had the task before our rules did (`adopted`);
* the state is open after a create or reopen, closed after a complete or cancel, whichever is newest.

A write that Planhat refuses still decides its property: what it overwrote ended as superseded, is forgotten here and
not sent in its place. Otherwise every overwritten value would have to be kept until Planhat took a newer one.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from planhook.core.operation import Operation
from planhook.core.version import OLDEST

FIXED_AT_CREATION = ("companyId", "mainType")
REOPENED: Mapping[str, Any] = {"status": "To Do", "isArchived": False, "dateDone": None}
CANCELLED: Mapping[str, Any] = {"status": "Ignored", "isArchived": True}
SET_WITH_STATUS = frozenset({"isArchived", "dateDone", "doneBy"})  # by Planhat itself, when a status comes without them

Writes = dict[str, tuple[str, Any]]  # by property: the version that set it, the value

# Creates that a register remembers one by one. Beyond it the ones in the middle are forgotten, which only
# matters to a delete that arrives later than this many newer creates.
MOST_CREATES = 64
MOST_ABSENT = 200


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation whose outcome is open: where its event keeps it, and what its rule wants if there is no task."""

    index: int
    action: str
    if_absent: str


@dataclass(slots=True)
class Known:
    """What Planhat is known to have. `exists` is None before anything was tried.

    `life` is the floor at which the task was created; `properties` holds the values last written, flat.
    """

    exists: bool | None = None
    id: str | None = None
    life: str = OLDEST
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closing:
    """The newest complete, cancel or reopen."""

    version: str
    action: str
    properties: Mapping[str, Any]


@dataclass(slots=True)
class Register:
    """One task. `key` is its `sourceId`, or with `by_id` Planhat's `_id` of a task that is not ours.

    `pending` holds operations without an outcome, `absent` those that found no task. `refused` maps a property
    to the version that Planhat would not take. `careful`: send one operation at a time. `unclear`: a write
    may or may not have been carried out; `unanswered`: as one of many in a call without an answer, `unread`: and
    Planhat could not be asked what became of it. `remake`: we deleted a task that a newer create wants. `alone`:
    Planhat has the task but bulk writes do not find it, so it is written by itself. `stale`: properties that a late
    write of an earlier life brought.
    """

    key: str
    by_id: bool = False
    revision: int = 0
    writes: Writes = field(default_factory=dict)
    creates: list[str] = field(default_factory=list)
    closing: Closing | None = None
    deleted: str = OLDEST
    adopted: bool = False
    known: Known = field(default_factory=Known)
    pending: dict[str, Pending] = field(default_factory=dict)
    absent: dict[str, Pending] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    tries: int = 0
    careful: bool = False
    unclear: bool = False
    unanswered: bool = False
    unread: bool = False
    remake: bool = False
    alone: bool = False

    def fold(self, operation: Operation, version: str, index: int) -> None:
        """Take in `operation`, the `index`-th of its event. Seeing it again changes nothing."""
        match operation.action:
            case "create":
                self._create(version, operation.fields)
            case "update":
                self._write(version, operation.fields)
            case "delete":
                self._delete(version)
            case "complete":
                self._close(Closing(version, "complete", {**operation.fields, "isArchived": True}))
            case "cancel":
                self._close(Closing(version, "cancel", CANCELLED))
            case "reopen":
                self._close(Closing(version, "reopen", REOPENED))
        # Forgotten and delivered again, its event waits for an outcome again.
        self.absent.pop(version, None)
        self.refused = {name: refused for name, refused in self.refused.items() if refused != version}
        self.pending[version] = Pending(index, operation.action, operation.if_absent)
        if operation.action == "create":
            self._awaken()

    def _create(self, version: str, fields: Mapping[str, Any]) -> None:
        self._write(version, fields)
        if version > self.deleted and version not in self.creates:
            insort(self.creates, version)
            del self.creates[MOST_CREATES // 2 : -MOST_CREATES // 2]

    def _delete(self, version: str) -> None:
        if version > self.deleted:
            self.deleted = version
            self.creates = [create for create in self.creates if create > version]
            self.adopted = False

    def _write(self, version: str, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if name not in self.writes or self.writes[name][0] < version:
                self.writes[name] = (version, value)

    def _close(self, closing: Closing) -> None:
        if self.closing is None or self.closing.version < closing.version:
            self.closing = closing

    def _awaken(self) -> None:
        """Operations that found no task take effect when an older create arrives."""
        floor = self.floor
        if floor is None:
            return
        for version in [version for version in self.absent if version > floor]:
            self.pending[version] = self.absent.pop(version)

    def remember_absent(self, version: str, pending: Pending) -> None:
        """Keep an operation that found no task, for an older create that may still come."""
        self.absent[version] = pending
        if len(self.absent) > MOST_ABSENT:
            del self.absent[min(self.absent)]

    @property
    def floor(self) -> str | None:
        """The version from which on writes count: None when no create stands."""
        if self.adopted or self.by_id:
            return self.deleted
        return self.creates[0] if self.creates else None

    @property
    def is_in_doubt(self) -> bool:
        """Whether what became of the last write has to be read before the next one."""
        return self.unclear and not self.unread

    def doubt(self, *, unanswered: bool = False, unread: bool = False) -> None:
        """The last write may or may not have been carried out."""
        self.unclear, self.unanswered, self.unread = True, unanswered, unread

    def counts(self, version: str) -> bool:
        """Whether a write of `version` belongs to the present life. Without a create: Planhat will say."""
        return version > self.deleted and version >= (self.floor or OLDEST)

    @property
    def state(self) -> str:
        """`open`, `done`, `cancelled`, `deleted`, or `unknown` when no rule created the task."""
        closing = self._effective_closing()
        if closing and closing.action != "reopen" and self._newest_create() < closing.version:
            return "done" if closing.action == "complete" else "cancelled"
        if self.creates or (closing and closing.action == "reopen"):
            return "open"
        return "deleted" if self.deleted else "unknown"

    @property
    def closed(self) -> bool:
        return self.state in ("done", "cancelled")

    def wanted(self) -> Writes:
        """Every property that should be in Planhat, with the version that set it; those of the state included."""
        deleted, floor = self.deleted, self.floor or OLDEST  # as in counts(), which this is too often for
        wanted = {
            name: write
            for name, write in self.writes.items()
            if write[0] > deleted and write[0] >= floor and name not in FIXED_AT_CREATION
        }
        version, properties = self._of_state()
        for name, value in properties.items():
            if name not in wanted or wanted[name][0] < version:
                wanted[name] = (version, value)
        for name in self.stale & self.known.properties.keys() - wanted.keys():
            wanted[name] = (OLDEST, _emptied(name, self.known.properties[name]))
        return wanted

    def _of_state(self) -> tuple[str, Mapping[str, Any]]:
        closing = self._effective_closing()
        if closing is None:
            return OLDEST, {}
        if closing.action == "reopen" or self._newest_create() < closing.version:
            version, properties = closing.version, closing.properties
        else:
            version, properties = self._first_create_after(closing.version), REOPENED
        # What an earlier closing left behind must not depend on whether it was sent before it lost.
        left = {
            name
            for name in ("dateDone", "doneBy")
            if self.known.properties.get(name) is not None or name in self.writes
        }
        if self.unclear:
            left.add("dateDone")  # every completion writes it; whether an unanswered one did, nobody knows
        leftovers = dict.fromkeys(left - properties.keys())
        return version, {**leftovers, **properties}

    def _effective_closing(self) -> Closing | None:
        return self.closing if self.closing and self.counts(self.closing.version) else None

    def _newest_create(self) -> str:
        return self.creates[-1] if self.creates else OLDEST

    def _first_create_after(self, version: str) -> str:
        return next(create for create in self.creates if create > version)

    def difference(self, wanted: Writes) -> Writes:
        """What of `wanted` Planhat is not known to have and has not refused."""
        known = self.known.properties
        return {
            name: write
            for name, write in self.unrefused(wanted).items()
            if name not in known or known[name] != write[1]
        }

    def unrefused(self, writes: Writes) -> Writes:
        """Those of `writes` that Planhat has not refused."""
        return {name: write for name, write in writes.items() if self.refused.get(name) != write[0]}

    def waits_for_create(self) -> bool:
        """Whether the task may be created: only a create that has no outcome yet makes one.

        So a task that people deleted, or whose creation was refused, stays away until the next create.
        """
        if not self.creates:
            return False
        return self.remake or any(pending.action == "create" for pending in self.pending.values())

    def touched(self, wanted: Writes) -> Mapping[str, Set[str]]:
        """What each operation still decides: by version, its properties that no newer one overwrote."""
        names = defaultdict(set)
        for name, (version, _) in wanted.items():
            names[version].add(name)
        for name in FIXED_AT_CREATION:
            if name in self.writes and self.counts(self.writes[name][0]):
                names[self.writes[name][0]].add(name)
        if self.creates and self.state == "open":
            names[self._newest_create()].add("state")
        return names


def _emptied(name: str, value: Any) -> Any:
    """What a property has that nothing was written to."""
    if name in REOPENED:
        return REOPENED[name]
    if isinstance(value, bool | list):
        return type(value)()
    return None
