"""The list endpoint: filters, order, pages, selected properties. Whatever it does not know, it ignores."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.identifiers import is_object_id
from sandbox.tasks import Task

DEFAULT_LIMIT = 500
MAX_LIMIT = 10_000


def list_tasks(tasks: Iterable[Task], query: Mapping[str, str]) -> list[dict[str, Any]]:
    """One page of tasks; `companyId` and `enduserIds` take object ids only, other text in them is ignored."""
    archived = query.get("isArchived", "").lower() == "true"
    found = [task for task in tasks if task["isArchived"] is archived]
    if companies := _object_ids(query.get("companyId", "")):
        found = [task for task in found if task["companyId"] in companies]
    if endusers := _object_ids(query.get("enduserIds", "")):
        found = [task for task in found if any(contact["id"] in endusers for contact in task["endusers"])]
    order = query.get("sort", "")
    if order:
        name = order.removeprefix("-")
        found.sort(key=lambda task: _sort_key(task.get(name)), reverse=order.startswith("-"))
    offset = _number(query.get("offset", ""), 0)
    limit = min(_number(query.get("limit", ""), DEFAULT_LIMIT), MAX_LIMIT)
    page = found[offset : offset + limit]
    names = [name for name in query.get("select", "").split(",") if name]
    return [_selected(task, names) for task in page] if names else page


def _object_ids(text: str) -> set[str]:
    return {part for part in text.split(",") if is_object_id(part)}


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() else otherwise


def _sort_key(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, int | float):
        return (1, float(value), "")
    return (2, 0.0, str(value))


def _selected(task: Task, names: list[str]) -> dict[str, Any]:
    return {name: task[name] for name in ("_id", *names) if name in task}
