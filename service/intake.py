"""Taking in: prove, read, store, answer. What is stored is planned by the workers."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wsgi import get_host

from planhook.core.errors import BodyInvalid
from planhook.core.event import Delivery
from planhook.failpoints import reach
from planhook.sources.source import MAX_EVENTS, Reply, Source
from planhook.store.group_commit import GroupCommit
from planhook.store.inbox import Receipt
from planhook.wakeup import Wakeups
from service.body import read_body
from service.wake import wake_fetcher, wake_planner

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Attempt:
    """What is known of a request so far, for its log line. `size` counts bytes of its body."""

    source_name: str
    started: float = field(default_factory=time.perf_counter)
    size: int | None = None
    receipt: Receipt | None = None
    fault: Exception | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """`public_url` is the base that senders were given, `max_body` counts bytes."""

    find_source: Callable[[str], Source | None]
    inbox: GroupCommit
    wakeups: Wakeups
    public_url: str | None
    max_body: int

    def answer(self, environ: "WSGIEnvironment", attempt: Attempt) -> Reply:
        """Take in the delivery of a WSGI request, or shake hands.

        Raises HTTPException, DeliveryRejected and StoreUnavailable.
        """
        source = self.find_source(attempt.source_name)
        if source is None:
            raise NotFound
        if environ["REQUEST_METHOD"] not in source.methods:
            raise MethodNotAllowed(valid_methods=source.methods)
        delivery = self._read(environ)
        attempt.size = len(delivery.body)
        if reply := source.handshake(delivery):
            return reply
        if delivery.method != "POST":
            raise BodyInvalid("this is neither a delivery nor a handshake", "handshake_unreadable")
        attempt.receipt = receipt = self._take_in(source, delivery)
        told = {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "events": list(receipt.events)}
        if reply := source.acknowledge(told):
            return reply
        return Reply(202 if receipt.accepted else 200, _encode(told).encode(), "application/json")

    def _read(self, environ: "WSGIEnvironment") -> Delivery:
        body = read_body(environ, self.max_body)
        reach("accept.read")
        base = self.public_url or f"{environ['wsgi.url_scheme']}://{get_host(environ)}"
        return Delivery(
            method=environ["REQUEST_METHOD"],
            url=base + _raw_target(environ),
            headers=_headers(environ),
            body=body,
            received_at=datetime.now(UTC),
        )

    def _take_in(self, source: Source, delivery: Delivery) -> Receipt:
        source.verify(delivery)
        reach("accept.verified")
        if not source.accepts(delivery.headers.get("content-type")):
            raise BodyInvalid(f"send {' or '.join(source.media_types)}", "media_type", status=415)
        events = source.parse(delivery)
        if len(events) > MAX_EVENTS:
            raise BodyInvalid(f"more than {MAX_EVENTS} events in one request", "too_many_events", status=413)
        reach("accept.parsed")
        receipt = self.inbox.accept(events)
        if receipt.wake:
            wake_planner(self.wakeups)
        if receipt.wake_fetcher:
            wake_fetcher(self.wakeups)
        reach("accept.woken")
        return receipt


def _headers(environ: "WSGIEnvironment") -> dict[str, str]:
    """By lower-case names; werkzeug's view of them costs several times as much."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _raw_target(environ: "WSGIEnvironment") -> str:
    """Path and query as they came: senders sign them so, and decoding cannot be undone."""
    target: str = environ.get("RAW_URI") or environ["REQUEST_URI"]
    return target if target.startswith("/") else _ABSOLUTE.sub("", target, count=1)
