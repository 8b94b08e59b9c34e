"""What only the tenant's own Planhat knows: which custom fields its tasks have, and which statuses people use."""

import time
from collections.abc import Iterable
from typing import Any

from planhook.core.properties import CUSTOM
from planhook.core.tenant_words import OUTCOMES, meant_field, meant_status
from planhook.planhat.client import PlanhatClient
from planhook.store.budget import SpareCalls

KEEP_S = 600.0
DOUBT_S = 60.0  # of a name that was not there when it was asked for last
_MOST_LISTED = 500
_MODEL = "task"


class Tenant:
    """Asked again from time to time, in calls that can wait. What could not be asked gives no doubt."""

    def __init__(self, client: PlanhatClient, spare: SpareCalls) -> None:
        self._client = client
        self._spare = spare
        self._fields: set[str] = set()
        self._statuses: set[str] = set()
        self._fields_asked = self._statuses_asked = -KEEP_S

    def learn(self, written: Iterable[tuple[str, Any]]) -> None:
        """Ask for what it takes to judge these fields and values. Raises PlanhatError."""
        for name, value in written:
            if name.startswith(CUSTOM):
                self._learn_fields(name.removeprefix(CUSTOM))
            elif name == "status" and value not in OUTCOMES:
                self._learn_statuses(value)

    def doubt(self, name: str, value: Any) -> str | None:
        """Why a value that Planhat stored is of no use there, None when nothing is known against it."""
        if name.startswith(CUSTOM):
            return self._doubt_field(name.removeprefix(CUSTOM))
        if name == "status" and (meant := meant_status(str(value), self._statuses)):
            return f"Planhat saved the status {value!r}, which is none of its own: {meant!r} is one"
        return None

    def _doubt_field(self, field: str) -> str | None:
        if not self._fields or field in self._fields:
            return None
        meant = meant_field(field, self._fields)
        hint = f" (did you mean {meant!r}?)" if meant else ""
        return f"Planhat's tasks have no custom field {field!r}{hint}: nobody sees what is stored there"

    def _learn_fields(self, wanted: str) -> None:
        if _is_due(self._fields_asked, known=wanted in self._fields) and self._spare.take():
            self._fields_asked = time.monotonic()
            self._fields = self._client.custom_fields().get(_MODEL, set())

    def _learn_statuses(self, wanted: Any) -> None:
        if not _is_due(self._statuses_asked, known=wanted in self._statuses):
            return
        for archived in (False, True):
            if not self._spare.take():
                return
            self._statuses_asked = time.monotonic()
            tasks = self._client.recently_updated(archived=archived, most=_MOST_LISTED, select=("status", "sourceId"))
            # What an integration wrote, we above all, says nothing about how people spell it.
            self._statuses |= {str(task["status"]) for task in tasks if task.get("status") and not task.get("sourceId")}


def _is_due(asked: float, *, known: bool) -> bool:
    return time.monotonic() - asked >= (KEEP_S if known else DOUBT_S)
