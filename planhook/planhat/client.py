"""What Planhat's task API can be asked. One method call is one attempt; trying again is the caller's affair."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

from planhook.core.errors import PlanhatAccessRefused, PlanhatRefused, PlanhatUnavailable, PlanhatUnclear
from planhook.core.properties import is_object_id
from planhook.http.clock import told_time
from planhook.http.words import UNREADABLE
from planhook.planhat.answer import AnswerReader
from planhook.planhat.connection import MANY_BYTES, Connection
from planhook.planhat.wire import ItemOutcome, check_items, is_bulk_answer, nest, read_bulk_answer, took_nothing

_ABOUT_ITEMS = frozenset({400, 403, 409, 422})


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What became of the items of one bulk write, in their order, and the HTTP calls it took.

    `at` is when Planhat answered, by its own clock and to the second; None when it did not say.
    """

    outcomes: tuple[ItemOutcome, ...]
    calls: int = 1
    at: datetime | None = None


class PlanhatClient:
    """Planhat's task API for one tenant. Safe to share between threads; close it, or use it in a `with`.

    `before_call` is called once before each HTTP call and may block (the shared rate limiter does).
    Every method raises, by what has to happen next: PlanhatUnavailable (nothing happened; for reads every fault is
    one), PlanhatUnclear (a write may have happened), PlanhatAccessRefused, PlanhatRefused.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        before_call: Callable[[], None] | None = None,
        connect_s: float = 5.0,
        bulk_s: float = 60.0,
        single_s: float = 20.0,
    ) -> None:
        """Times are seconds; `bulk_s` and `single_s` bound a whole call. Raises ValueError for a bad URL or token."""
        self._connection = Connection(
            base_url, token, before_call=before_call, connect_s=connect_s, bulk_s=bulk_s, single_s=single_s
        )
        self._reader = AnswerReader(token)

    @property
    def remaining(self) -> int | None:
        """What Planhat last said of its quota, None when it said nothing."""
        return self._connection.remaining

    def __repr__(self) -> str:
        return f"PlanhatClient({self._connection.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. A closed client opens new ones when it is used again."""
        self._connection.close()

    def bulk_upsert(self, items: Sequence[Mapping[str, Any]]) -> BulkAnswer:
        """Create or update 1 to 5,000 tasks at once; `items` come from `wire.item` and share no key.

        A success of the call is no success of any item. PlanhatRefused means that none was taken and that Planhat
        does not say which is at fault (413: too many bytes); send fewer. A single item always gets its outcome
        instead. PlanhatAccessRefused: nothing is permitted. ValueError for unusable `items`.
        """
        check_items(items)
        body = _encode(list(items))
        if len(body) > MANY_BYTES:
            raise PlanhatRefused("the items are more than 32 MB", 413)
        answer = self._connection.call("PUT", "/tasks", "tasks", body, items=len(items))
        document = self._reader.document(answer)
        if answer.status not in _ABOUT_ITEMS and not 200 <= answer.status < 300:
            self._reader.raise_for(answer, writes=True, about_one_task=False)
        if answer.status < 300 and not isinstance(document, Mapping):
            raise PlanhatUnclear("Planhat's answer to a bulk write is not a JSON object")
        outcomes = read_bulk_answer(
            answer.status, self._reader.said(answer) if document is UNREADABLE else document, items
        )
        if answer.status >= 400:
            self._raise_if_refused_as_a_whole(answer.status, document, outcomes)
        return BulkAnswer(outcomes, at=told_time(answer.headers))

    def get_task(self, *, task_id: str | None = None, source_id: str | None = None) -> dict[str, Any] | None:
        """The task as Planhat shows it, or None when there is none. By `task_id` if both are given."""
        answer = self._connection.call("GET", _path(task_id, source_id), "task")
        if self._reader.says_absent(answer, source_id):
            return None
        self._reader.raise_for(answer, writes=False)
        return self._reader.task(answer, task_id, None if task_id else source_id, PlanhatUnavailable)

    def create_task(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Create a task from flat `properties` (`companyId` and `sourceId` among them); the task as Planhat made it.

        Not idempotent by itself: bulk_upsert is. PlanhatRefused has status 409 when the `sourceId` is taken.
        """
        if not properties.get("sourceId"):
            raise ValueError("a task without a sourceId could be created twice")
        answer = self._connection.call("POST", "/tasks", "tasks", _encode(nest(properties)))
        self._reader.raise_for(answer, writes=True)
        return self._reader.task(answer, None, properties["sourceId"], PlanhatUnclear)

    def update_task(
        self, properties: Mapping[str, Any], *, task_id: str | None = None, source_id: str | None = None
    ) -> dict[str, Any] | None:
        """Write flat `properties` of one task; never creates. The task as it is now, or None when there is none."""
        answer = self._connection.call("PUT", _path(task_id, source_id), "task", _encode(nest(properties)))
        if self._reader.says_absent(answer, source_id):
            return None
        self._reader.raise_for(answer, writes=True)
        return self._reader.task(answer, task_id, None if task_id else source_id, PlanhatUnclear)

    def delete_task(self, task_id: str) -> bool:
        """Delete a task by its `_id`. False when it was gone already."""
        answer = self._connection.call("DELETE", _path(task_id, None), "task")
        if self._reader.says_absent(answer, None):
            return False
        self._reader.raise_for(answer, writes=True)
        document = self._reader.document(answer)
        return not (isinstance(document, Mapping) and document.get("deletedCount") == 0)

    def list_tasks(
        self,
        *,
        company_id: str | None = None,
        archived: bool = False,
        select: Sequence[str] = (),
        page_size: int = 1000,
    ) -> Iterator[dict[str, Any]]:
        """Each task once, ordered by `_id`, one call per page: the open ones, or the `archived` ones.

        Offsets shift when tasks vanish meanwhile, so one may be missed; lists also lag. Never decide from a list
        whether a task exists.
        """
        params = {"sort": "_id", "limit": str(page_size), "isArchived": str(archived).lower()}
        if company_id:
            params["companyId"] = company_id
        if select:
            params["select"] = ",".join(dict.fromkeys(("_id", *select)))
        seen: set[str] = set()
        offset = 0
        while True:
            page = self._page({**params, "offset": str(offset)})
            fresh = {task["_id"]: task for task in page if task["_id"] not in seen}
            yield from fresh.values()
            seen.update(fresh)
            offset += len(page)
            if len(page) < page_size or not fresh:
                return

    def recently_updated(
        self, *, archived: bool = False, most: int = 1000, select: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """The open (or `archived`) tasks that were changed last, the newest first, in one call.

        `select`: only these properties and the `_id`.
        """
        params = {"sort": "-updatedAt", "limit": str(most), "isArchived": str(archived).lower()}
        if select:
            params["select"] = ",".join(dict.fromkeys(("_id", *select)))
        return self._page(params)

    def custom_fields(self) -> dict[str, set[str]]:
        """The names of the tenant's custom fields, by the lower-case name of the model that has them."""
        answer = self._connection.call("GET", "/customfields", "customfields", params={"limit": "10000"}, many=True)
        self._reader.raise_for(answer, writes=False, about_one_task=False)
        document = self._reader.document(answer)
        if not isinstance(document, list):
            raise PlanhatUnavailable("Planhat's list of custom fields is not a JSON array")
        found: dict[str, set[str]] = {}
        for entry in document:
            if isinstance(entry, dict) and isinstance(entry.get("name"), str) and isinstance(entry.get("parent"), str):
                found.setdefault(entry["parent"].casefold(), set()).add(entry["name"])
        return found

    def ping(self) -> None:
        """Return when token and region are right. Raises PlanhatAccessRefused on 401 and 403."""
        answer = self._connection.call("GET", "/users", "users", params={"limit": "1"})
        if answer.status == 403:
            raise PlanhatAccessRefused(self._reader.said(answer))
        self._reader.raise_for(answer, writes=False, about_one_task=False)

    def _raise_if_refused_as_a_whole(self, status: int, document: object, outcomes: Sequence[ItemOutcome]) -> None:
        if not took_nothing(document):
            return
        blames_nobody = all(outcome.kind == "unclear" for outcome in outcomes)
        message = outcomes[0].message
        if status == 403 and (blames_nobody or not is_bulk_answer(document)):
            raise PlanhatAccessRefused(message)
        if blames_nobody and len(outcomes) > 1:
            raise PlanhatRefused(message, status)

    def _page(self, params: dict[str, str]) -> list[dict[str, Any]]:
        answer = self._connection.call("GET", "/tasks", "tasks", params=params, many=True)
        self._reader.raise_for(answer, writes=False, about_one_task=False)
        page = self._reader.document(answer)
        if not isinstance(page, list):
            raise PlanhatUnavailable("Planhat's list of tasks is not a JSON array")
        return [task for task in page if isinstance(task, dict) and isinstance(task.get("_id"), str)]


def _path(task_id: str | None, source_id: str | None) -> str:
    """The path of one task; never that of all tasks, which an empty id would make of it."""
    if task_id:
        if not is_object_id(task_id):
            raise ValueError(f"{task_id!r} is not a Planhat id")
        return f"/tasks/{task_id}"
    if not source_id:
        raise ValueError("a call about one task needs its _id or its sourceId")
    return f"/tasks/srcid-{quote(source_id, safe='')}"


def _encode(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
