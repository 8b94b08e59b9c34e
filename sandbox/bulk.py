"""Bulk upsert: independent items, no rollback, one answer that says what became of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.behaviour import Behaviour
from sandbox.identifiers import is_object_id
from sandbox.refusal import Refusal
from sandbox.tasks import Change, Task, TaskStore

MAX_ITEMS = 5000

Find = Callable[[int, Mapping[str, Any]], Task | None]


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


def upsert(
    items: Sequence[Any],
    store: TaskStore,
    behaviour: Behaviour,
    failing: Mapping[str, Any],
    forbidden: Mapping[str, Any],
) -> BulkResult:
    """
    Create or update each item; `failing` and `forbidden` map a `sourceId` to the error that it shall meet.

    With `upsert_race_ms` the look-ups of all items come first, then the pause, then the writes.
    """
    find: Find = lambda _, item: _match(item, store, behaviour)  # noqa: E731 - one of two ways to find
    if behaviour.upsert_race_ms:
        with store.lock:
            found = [_match(item, store, behaviour) if isinstance(item, dict) else None for item in items]
        time.sleep(behaviour.upsert_race_ms / 1000)
        find = lambda position, _: found[position]  # noqa: E731
    result = BulkResult()
    with store.lock:
        seen: set[str] = set()
        for position, item in enumerate(items):
            _upsert_one(position, item, find, seen, store, behaviour, failing, forbidden, result)
    return result


def _upsert_one(
    position: int,
    item: Any,
    find: Find,
    seen: set[str],
    store: TaskStore,
    behaviour: Behaviour,
    failing: Mapping[str, Any],
    forbidden: Mapping[str, Any],
    result: BulkResult,
) -> None:
    if not isinstance(item, dict):
        result.created_errors.append(_entry("item is not an object", {}, behaviour))
        return
    task: Task | None = None
    try:
        _check_key(item, behaviour)
        task = find(position, item)
        key = str(item.get("_id") or item.get("sourceId") or "")
        _check_first_use(key, seen, behaviour)
        _check_orders(item, failing, 400)
        _check_orders(item, forbidden, 403)
        if task is None:
            result.created.append(store.create(item))
            return
        change = store.update(store.by_id(task["_id"]) or task, item)
        (result.updated if change.changed else result.unchanged).append(change)
    except Refusal as refusal:
        entry = _entry(refusal.text, item, behaviour)
        if refusal.status == 403:
            result.permission_errors.append(entry)
        elif task is None:
            result.created_errors.append(entry)
        else:
            result.updated_errors.append(entry)


def _match(item: Mapping[str, Any], store: TaskStore, behaviour: Behaviour) -> Task | None:
    task = store.by_id(item.get("_id")) or store.by_source(item.get("sourceId"))
    if task is not None and task["isArchived"] and not behaviour.bulk_matches_archived:
        return None
    return task


def _check_key(item: Mapping[str, Any], behaviour: Behaviour) -> None:
    if "_id" in item and not is_object_id(item["_id"]):
        raise Refusal(400, "invalid id")


def _check_first_use(key: str, seen: set[str], behaviour: Behaviour) -> None:
    if key and key in seen and behaviour.bulk_duplicates == "refuse":
        raise Refusal(400, "duplicated in one request")
    seen.add(key)


def _check_orders(item: Mapping[str, Any], orders: Mapping[str, Any], status: int) -> None:
    text = orders.get(str(item.get("sourceId")))
    if text is not None:
        raise Refusal(status, str(text))


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
