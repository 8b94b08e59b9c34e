"""Requests and answers as values: the API below the handler knows nothing of sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

UNREADABLE = object()


@dataclass(frozen=True)
class Request:
    """One HTTP request, read to its end."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The path's parts, split before decoding, without empty ones: `/tasks/` is the same as `/tasks`."""
        return tuple(unquote(part) for part in urlsplit(self.target).path.split("/") if part)

    @cached_property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def document(self) -> Any:
        """The body as JSON, or `UNREADABLE`."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return UNREADABLE

    @property
    def kind(self) -> str:
        """What the call does: bulk, create, update, get, list, delete for tasks, else `other`."""
        if not self.segments or self.segments[0] != "tasks" or len(self.segments) > 2:
            return "other"
        kinds = _ONE_TASK if len(self.segments) == 2 else _ALL_TASKS
        return kinds.get(self.method, "other")

    @cached_property
    def items(self) -> tuple[Mapping[str, Any], ...]:
        """The task objects that the body carries."""
        if self.kind not in ("bulk", "create", "update"):
            return ()
        entries = self.document if isinstance(self.document, list) else [self.document]
        return tuple(entry for entry in entries if isinstance(entry, dict))


_ALL_TASKS = {"GET": "list", "POST": "create", "PUT": "bulk"}
_ONE_TASK = {"GET": "get", "PUT": "update", "DELETE": "delete"}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `Content-Length` and `Connection` are the handler's business."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, document: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with `document` as compact JSON."""
    body = json.dumps(document, separators=(",", ":")).encode()
    return Answer(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def text_answer(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A plain text answer."""
    return Answer(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
