"""The tasks of the tenant: create, update, delete, find. A stored task is replaced, never changed."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.behaviour import Behaviour
from sandbox.directory import Directory
from sandbox.fields import cast_fields, now_text, plain_text, record_refused
from sandbox.identifiers import is_object_id, new_object_id
from sandbox.refusal import Refusal

Task = dict[str, Any]

_ABSENT = object()
_ARCHIVING = ("Done", "Ignored")


@dataclass(frozen=True, slots=True)
class Change:
    """One mutated task: what was sent, and which stored properties have new values."""

    kind: str
    task: Task
    sent: tuple[str, ...]
    changed: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """For the journal of calls; a custom field is named `custom.<name>`."""
        return {
            "kind": self.kind,
            "_id": self.task["_id"],
            "sourceId": self.task.get("sourceId"),
            "sent": list(self.sent),
            "changed": dict(self.changed),
        }


class TaskStore:
    """All tasks. Callers hold `lock` from a look-up to the write that rests on it."""

    def __init__(self, behaviour: Behaviour, directory: Directory) -> None:
        self._behaviour = behaviour
        self._directory = directory
        self._tasks: dict[str, Task] = {}
        self._by_source: dict[str, list[str]] = {}
        self.lock = threading.RLock()
        self.revision = 0

    def all(self) -> list[Task]:
        """Every task, archived ones too, oldest first."""
        with self.lock:
            return list(self._tasks.values())

    def by_id(self, task_id: object) -> Task | None:
        """The task with this `_id`."""
        return self._tasks.get(task_id) if isinstance(task_id, str) else None

    def by_source(self, source_id: object) -> Task | None:
        """The (oldest) task with this `sourceId`."""
        ids = self._by_source.get(source_id) if isinstance(source_id, str) else None
        return self._tasks[ids[0]] if ids else None

    def create(self, sent: Mapping[str, Any]) -> Change:
        """Store a new task; Refusal when not permitted, incomplete, ill-formed or a duplicate."""
        if not self._behaviour.may_create:
            raise Refusal(403, "You are not allowed to create Task.")
        if not sent.get("companyId"):
            raise Refusal(400, "Required Field: companyId")
        values = self._stored(cast_fields(sent, self._behaviour))
        self._place_in_company(values)
        now = now_text()
        values = {**_defaults(now), **values, **self._consequences({}, values, now)}
        values["mainType"] = values["mainType"] or "task"
        if not values.get("sourceId"):
            values.pop("sourceId", None)
        owner = self._directory.user_name(values.get("ownerId"))
        if owner:
            values["ownerName"] = owner
        self._check_whole(values)
        task = {"_id": new_object_id(), **values}
        self._check_unique(task)
        self._put(task)
        written = {name: value for name, value in values.items() if name in sent or name == "custom"}
        return Change("create", task, tuple(sent), _flat(written))

    def update(self, task: Task, sent: Mapping[str, Any], *, keep_source_id: bool = False) -> Change:
        """Change the sent properties only; `updatedAt` moves in any case. Refusal as in `create`."""
        if not self._behaviour.may_update:
            raise Refusal(403, "You are not allowed to update Task.")
        values = self._stored(cast_fields(sent, self._behaviour))
        if keep_source_id or not values.get("sourceId"):
            values.pop("sourceId", None)
        if "companyId" in values:
            self._place_in_company(values)
        now = now_text()
        values |= self._consequences(task, values, now)
        if "custom" in values:
            values["custom"] = {**task.get("custom", {}), **values["custom"]}
        changed = _differences(task, values)
        updated = {**task, **values, "updatedAt": now}
        self._check_whole(updated)
        self._check_unique(updated)
        self._put(updated)
        return Change("update", updated, tuple(sent), changed)

    def delete(self, task: Task) -> Change:
        """Remove the task for good; Refusal 403 when not permitted."""
        if not self._behaviour.may_delete:
            raise Refusal(403, "You are not allowed to remove Task.")
        del self._tasks[task["_id"]]
        self._forget_source(task)
        self.revision += 1
        return Change("delete", task, (), {})

    def load(self, tasks: Iterable[Task]) -> None:
        """Replace everything by these tasks."""
        with self.lock:
            self._tasks.clear()
            self._by_source.clear()
            for task in tasks:
                self._put(task)
            self.revision += 1

    def shared_source_ids(self) -> dict[str, int]:
        """How many tasks share a `sourceId`, for those shared by more than one."""
        with self.lock:
            return {source: len(ids) for source, ids in self._by_source.items() if len(ids) > 1}

    def _put(self, task: Task) -> None:
        before = self._tasks.get(task["_id"])
        if before is None or before.get("sourceId") != task.get("sourceId"):
            if before is not None:
                self._forget_source(before)
            if "sourceId" in task:
                self._by_source.setdefault(task["sourceId"], []).append(task["_id"])
        self._tasks[task["_id"]] = task
        self.revision += 1

    def _forget_source(self, task: Task) -> None:
        ids = self._by_source.get(task.get("sourceId", ""), [])
        if task["_id"] in ids:
            ids.remove(task["_id"])
        if not ids:
            self._by_source.pop(task.get("sourceId", ""), None)

    def _stored(self, values: dict[str, Any]) -> dict[str, Any]:
        """What is left of `values` when all is gone that this Planhat drops without a word."""
        dropped = self._behaviour.dropped_fields.split(",")
        kept = {name: value for name, value in values.items() if name not in dropped}
        if self._behaviour.statuses and kept.get("status") not in self._behaviour.statuses.split(","):
            kept.pop("status", None)
        if "custom" in kept:
            known = self._directory.custom_fields_of_tasks() if self._behaviour.drop_unknown_custom else kept["custom"]
            kept["custom"] = {
                name: value
                for name, value in kept["custom"].items()
                if name in known and f"custom.{name}" not in dropped
            }
        return kept

    def _place_in_company(self, values: dict[str, Any]) -> None:
        try:
            company = self._directory.company(values["companyId"])
        except Refusal as refusal:
            raise Refusal(400, refusal.text) from None
        values["companyId"] = company["_id"]
        values["companyName"] = company.get("name", "")

    def _check_unique(self, task: Task) -> None:
        ids = self._by_source.get(task.get("sourceId", ""), [])
        if self._behaviour.unique_source_ids and any(other != task["_id"] for other in ids):
            reason = f"sourceId {task['sourceId']} duplicated"
            raise record_refused(reason, self._behaviour, self._behaviour.duplicate_status)

    def _check_whole(self, task: Task) -> None:
        if task.get("repeat") == "custom" and (task.get("repeatDays") or 0) < 1:
            raise Refusal(400, "Required Field: repeatDays")
        if task["mainType"] == "event" and self._behaviour.events_need_times:
            for name in ("startTime", "endTime"):
                if not task.get(name):
                    raise Refusal(400, f"Required Field: {name}")

    def _consequences(self, task: Task, values: Mapping[str, Any], now: str) -> dict[str, Any]:
        """What Planhat sets by itself because of `values`; what the caller sends goes before."""
        effects: dict[str, Any] = {}
        if "description" in values:
            effects["snippet"] = plain_text(values["description"])
        status = values.get("status")
        if status is None or status == task.get("status"):
            return effects
        if status in _ARCHIVING and self._behaviour.done_archives:
            effects["isArchived"] = True
            if status == "Done":
                effects["dateDone"] = now
                if task:
                    effects["noteId"] = task["_id"]
        elif status not in _ARCHIVING and task.get("isArchived") and self._behaviour.reopen_unarchives:
            effects |= {"isArchived": False, "dateDone": None}
        return {name: effect for name, effect in effects.items() if name not in values}


def is_valid_task_id(identifier: str) -> bool:
    """Whether a URL may name a task this way: an object id or a prefixed key."""
    return is_object_id(identifier) or identifier.startswith("srcid-")


def _defaults(now: str) -> dict[str, Any]:
    return {
        "mainType": "task",
        "noSpecificTime": False,
        "shared": False,
        "overdueNotified": False,
        "activityTags": [],
        "isArchived": False,
        "status": "In-progress",
        "snippet": "",
        "endusers": [],
        "users": [],
        "checklist": [],
        "__v": 0,
        "userEmail": "sandbox@example.com",
        "createdAt": now,
        "updatedAt": now,
    }


def _differences(task: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    different = {name: value for name, value in values.items() if task.get(name, _ABSENT) != value}
    if "custom" in different:
        before = task.get("custom", {})
        custom = different["custom"].items()
        different["custom"] = {name: value for name, value in custom if before.get(name, _ABSENT) != value}
    return _flat(different)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    flat = dict(values)
    flat.update({f"custom.{name}": value for name, value in flat.pop("custom", {}).items()})
    return flat
