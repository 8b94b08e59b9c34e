"""What an answer of Planhat to a whole call means. Nothing that leaves here holds our token."""

from datetime import UTC, datetime
from typing import Any

from planhook.core.errors import (
    PlanhatAccessRefused,
    PlanhatError,
    PlanhatRefused,
    PlanhatUnavailable,
    PlanhatUnclear,
)
from planhook.http.quota import retry_after
from planhook.http.transport import Answer
from planhook.http.words import UNREADABLE, read_json, redactor, tidy, words
from planhook.planhat.wording import says_duplicate, says_not_found, without

_OF_A_GATEWAY = (502, 504)


class AnswerReader:
    """Reads answers for the holder of `token`, which is blanked wherever Planhat echoes it."""

    def __init__(self, token: str) -> None:
        self._redact = redactor(token)

    def raise_for(self, answer: Answer, *, writes: bool, about_one_task: bool = True) -> None:
        """Raise what an answer outside 2xx means; `about_one_task`: a 4xx says something of the task addressed."""
        status = answer.status
        if 200 <= status < 300:
            return
        said = self.said(answer)
        text = f"HTTP {status}: {said}" if said else f"HTTP {status}"
        wait = retry_after(answer.headers, datetime.now(UTC))
        if status == 401:
            raise PlanhatAccessRefused(text)
        if status == 429:
            raise PlanhatUnavailable(text, wait, rate_limited=True)
        if status == 408 or (status == 503 and "retry-after" in answer.headers):
            raise PlanhatUnavailable(text, wait)
        if status >= 500:
            raise PlanhatUnclear(text, goes_on=status in _OF_A_GATEWAY) if writes else PlanhatUnavailable(text, wait)
        if status == 413 or (status >= 400 and about_one_task):
            raise PlanhatRefused(said or text, 409 if says_duplicate(said) else status)
        # A redirect, or a 4xx to a path that always exists: this is not Planhat's API, whose tasks are not at fault.
        raise PlanhatUnavailable(f"{text} (is the Planhat URL right?)")

    def says_absent(self, answer: Answer, source_id: str | None) -> bool:
        """Whether Planhat knows no such task; a 400 that says so counts."""
        if answer.status == 400:
            return says_not_found(without(self.said(answer), source_id))
        return answer.status == 404

    def task(
        self, answer: Answer, task_id: str | None, source_id: str | None, otherwise: type[PlanhatError]
    ) -> dict[str, Any]:
        """The task in an answer, if it is the one that was asked for."""
        task = self.document(answer)
        if not isinstance(task, dict) or not isinstance(task.get("_id"), str):
            raise otherwise("Planhat's answer is not a task")
        if (task_id and task["_id"] != task_id) or (source_id and task.get("sourceId", source_id) != source_id):
            raise otherwise("Planhat answered with another task")
        return task

    def document(self, answer: Answer) -> Any:
        """The JSON of an answer without our token; UNREADABLE if there is none."""
        return read_json(answer.body, self._redact)

    def said(self, answer: Answer) -> str:
        """Planhat's words in an answer, of at most 2,000 characters, never with our token."""
        document = self.document(answer)
        text = answer.body[:20_000].decode("utf-8", "replace") if document is UNREADABLE else words(document)
        return tidy(self._redact(text))
