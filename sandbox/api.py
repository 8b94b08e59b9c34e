"""Planhat's endpoints as a function from request to outcome. No sockets, no faults, no limits here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.behaviour import Behaviour
from sandbox.bulk import MAX_ITEMS, Upsert
from sandbox.directory import FILTERS, Directory
from sandbox.listing import list_tasks
from sandbox.messages import Answer, Request, json_answer, text_answer
from sandbox.refusal import Refusal
from sandbox.tasks import Change, Task, TaskStore, is_valid_task_id


@dataclass(frozen=True)
class Outcome:
    """The answer and the tasks that changed on the way to it."""

    answer: Answer
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class Interference:
    """What a fault rule wants of the items of one bulk: refuse some, or only reach the first few."""

    failing: Mapping[str, Any] = field(default_factory=dict)
    forbidden: Mapping[str, Any] = field(default_factory=dict)
    only_first: int | None = None


NO_INTERFERENCE = Interference()


class PlanhatApi:
    """The tenant's API."""

    def __init__(self, behaviour: Behaviour, store: TaskStore, directory: Directory) -> None:
        self._behaviour = behaviour
        self._store = store
        self._directory = directory
        self._by_kind: dict[str, Callable[[Request], Outcome]] = {
            "create": self._create,
            "update": self._update,
            "get": self._get,
            "list": self._list,
            "delete": self._delete,
            "other": self._other,
        }

    def handle(self, request: Request, interference: Interference = NO_INTERFERENCE) -> Outcome:
        """Do what the request asks for and answer it; refusals are answers too."""
        try:
            if request.kind == "bulk":
                return self._bulk(request, interference)
            return self._by_kind[request.kind](request)
        except Refusal as refusal:
            return Outcome(self.refuse(refusal))

    def refuse(self, refusal: Refusal) -> Answer:
        """A refusal in the body form that is switched on."""
        if self._behaviour.error_bodies == "text":
            return text_answer(refusal.status, refusal.text)
        return json_answer(refusal.status, {"message": refusal.text})

    def _bulk(self, request: Request, interference: Interference) -> Outcome:
        items = request.document
        if not isinstance(items, list):
            raise Refusal(400, "Bulk upsert expects an array")
        if len(items) > MAX_ITEMS:
            raise Refusal(self._behaviour.bulk_too_many_status, f"Too many items, at most {MAX_ITEMS}")
        upsert = Upsert(self._store, self._behaviour, interference.failing, interference.forbidden)
        result = upsert.run(items[: interference.only_first])
        answer = json_answer(result.status(self._behaviour), result.as_json(self._behaviour))
        return Outcome(answer, result.changes)

    def _create(self, request: Request) -> Outcome:
        with self._store.lock:
            change = self._store.create(_object_of(request))
        return Outcome(json_answer(self._behaviour.create_status, change.task), [change])

    def _update(self, request: Request) -> Outcome:
        sent = _object_of(request)
        identifier = request.segments[1]
        if str(sent.get("companyId", "")).startswith(("srcid-", "extid-")):
            raise Refusal(400, "companyId must be planhat _id")
        with self._store.lock:
            # The key that addresses a task cannot be changed by the same request.
            change = self._store.update(self._task(identifier), sent, keep_source_id=identifier.startswith("srcid-"))
        return Outcome(json_answer(200, change.task), [change])

    def _get(self, request: Request) -> Outcome:
        with self._store.lock:
            return Outcome(json_answer(200, self._task(request.segments[1])))

    def _list(self, request: Request) -> Outcome:
        return Outcome(json_answer(200, list_tasks(self._store.all(), request.query)))

    def _delete(self, request: Request) -> Outcome:
        identifier = request.segments[1]
        if identifier.startswith("srcid-"):
            raise Refusal(400, "Params identifier must be planhat _id")
        with self._store.lock:
            try:
                task = self._task(identifier)
            except Refusal as refusal:
                if refusal.status == 400 or self._behaviour.delete_missing_status != 200:
                    raise
                return Outcome(json_answer(200, {"n": 0, "ok": 1, "deletedCount": 0}))
            change = self._store.delete(task)
        return Outcome(json_answer(200, {"n": 1, "ok": 1, "deletedCount": 1}), [change])

    def _task(self, identifier: str) -> Task:
        if not is_valid_task_id(identifier):
            raise Refusal(400, "Params identifier must be planhat _id OR start with srcid-")
        if identifier.startswith("srcid-"):
            task = self._store.by_source(identifier.removeprefix("srcid-"))
            if task is not None and task["isArchived"] and not self._behaviour.srcid_finds_archived:
                task = None
        else:
            task = self._store.by_id(identifier)
        if task is None:
            raise Refusal(self._behaviour.unknown_id_status, f"Task {identifier} not found")
        return task

    def _other(self, request: Request) -> Outcome:
        if request.method == "GET" and len(request.segments) == 1 and request.segments[0] in FILTERS:
            return Outcome(json_answer(200, self._directory.listing(request.segments[0], request.query)))
        if request.method == "GET" and len(request.segments) == 2 and request.segments[0] == "companies":
            return Outcome(json_answer(200, self._directory.company(request.segments[1])))
        raise Refusal(404, "Not found")


def _object_of(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.document, dict):
        raise Refusal(400, "Failed to create/update tasks record: body is not an object")
    return request.document
