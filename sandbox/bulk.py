"""Bulk upsert: independent items, no rollback, one answer that says what became of them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.behaviour import Behaviour
from sandbox.identifiers import is_object_id
from sandbox.refusal import Refusal
from sandbox.tasks import Change, Task, TaskStore

MAX_ITEMS = 5000


@dataclass
class BulkResult:
    """What became of each item, in input order."""

    created: list[Change] = field(default_factory=list)
    updated: list[Change] = field(default_factory=list)
    unchanged: list[Change] = field(default_factory=list)
    created_errors: list[Any] = field(default_factory=list)
    updated_errors: list[Any] = field(default_factory=list)
    permission_errors: list[Any] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        """Every mutated task."""
        return self.created + self.updated + self.unchanged

    def status(self, behaviour: Behaviour) -> int:
        """The answer's status code."""
        if self.permission_errors:
            return 403
        if not (self.created_errors or self.updated_errors):
            return 200
        return behaviour.bulk_partial_status if self.changes else behaviour.bulk_failed_status

    def as_json(self, behaviour: Behaviour) -> dict[str, Any]:
        """The answer's body."""
        in_keys = self.updated + (self.unchanged if behaviour.nonupdates_in_keys else [])
        document = {
            "created": len(self.created),
            "createdErrors": self.created_errors,
            "insertsKeys": _keys(self.created, behaviour),
            "updated": len(self.updated),
            "updatedErrors": self.updated_errors,
            "updatesKeys": _keys(in_keys, behaviour),
            "nonupdates": len(self.unchanged),
            "modified": [change.task["_id"] for change in self.updated],
            "upsertedIds": [change.task["_id"] for change in self.created],
        }
        if behaviour.permission_errors_key:
            document["permissionErrors"] = self.permission_errors
        return document


class Upsert:
    """
    One bulk upsert; `failing` and `forbidden` map a `sourceId` to the error that it shall meet.

    With `upsert_race_ms` the look-ups of all items come first, then the pause, then the writes.
    """

    def __init__(
        self, store: TaskStore, behaviour: Behaviour, failing: Mapping[str, Any], forbidden: Mapping[str, Any]
    ) -> None:
        self._store = store
        self._behaviour = behaviour
        self._failing = failing
        self._forbidden = forbidden
        self._seen: set[str] = set()
        self._result = BulkResult()

    def run(self, items: Sequence[Any]) -> BulkResult:
        """Create or update each item."""
        if self._behaviour.upsert_race_ms:
            with self._store.lock:
                found = [self._match(item) for item in items]
            time.sleep(self._behaviour.upsert_race_ms / 1000)
            with self._store.lock:
                for item, task in zip(items, found, strict=True):
                    self._take(item, task)
        else:
            with self._store.lock:
                for item in items:
                    self._take(item, self._match(item))
        return self._result

    def _take(self, item: Any, task: Task | None) -> None:
        if not isinstance(item, dict):
            self._result.created_errors.append("item is not an object")
            return
        try:
            if "_id" in item and not is_object_id(item["_id"]):
                raise Refusal(400, "invalid id")
            self._check(item)
            if task is None:
                self._result.created.append(self._store.create(item))
            else:
                change = self._store.update(self._store.by_id(task["_id"]) or task, item)
                (self._result.updated if change.changed else self._result.unchanged).append(change)
        except Refusal as refusal:
            self._errors(refusal, task).append(_entry(refusal.text, item, self._behaviour))

    def _match(self, item: Any) -> Task | None:
        if not isinstance(item, dict):
            return None
        task = self._store.by_id(item.get("_id")) or self._store.by_source(item.get("sourceId"))
        hidden = task is not None and task["isArchived"] and not self._behaviour.bulk_matches_archived
        return None if hidden else task

    def _check(self, item: Mapping[str, Any]) -> None:
        key = str(item.get("_id") or item.get("sourceId") or "")
        if key and key in self._seen and self._behaviour.bulk_duplicates == "refuse":
            raise Refusal(400, "duplicated in one request")
        self._seen.add(key)
        source_id = str(item.get("sourceId"))
        if source_id in self._failing:
            raise Refusal(400, str(self._failing[source_id]))
        if source_id in self._forbidden:
            raise Refusal(403, str(self._forbidden[source_id]))

    def _errors(self, refusal: Refusal, task: Task | None) -> list[Any]:
        if refusal.status == 403:
            return self._result.permission_errors
        return self._result.created_errors if task is None else self._result.updated_errors


def _entry(text: str, item: Mapping[str, Any], behaviour: Behaviour) -> Any:
    keys = {name: item[name] for name in ("_id", "sourceId") if item.get(name)}
    if behaviour.error_entries == "objects":
        return {**keys, "message": text}
    if behaviour.error_entries == "keyless" or not keys:
        return text
    return f"{text} ({', '.join(f'{name}: {value}' for name, value in keys.items())})"


def _keys(changes: list[Change], behaviour: Behaviour) -> list[dict[str, str]]:
    names = ("_id", "sourceId") if behaviour.keys_with_source_id else ("_id",)
    keys = [{name: change.task[name] for name in names if name in change.task} for change in changes]
    return keys if behaviour.keys_in_order else keys[::-1]
