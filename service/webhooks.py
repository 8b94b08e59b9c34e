"""Taking in: prove, read, store, answer. What is stored is planned by the workers."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Blueprint, Response, abort, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed

from planhook.core.errors import BodyInvalid
from planhook.core.event import Delivery
from planhook.failpoints import reach
from planhook.sources.source import MAX_EVENTS, Reply, Source
from planhook.store.group_commit import GroupCommit
from planhook.store.inbox import Receipt
from planhook.wakeup import Wakeups
from service.body import read_body
from service.connection import Answer
from service.problems import INTAKE
from service.refusals import RefusalCounter
from service.wake import wake_fetcher, wake_planner

# All are routed here, because which of them are allowed is the source's to say.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_log = structlog.get_logger("service.webhooks")


def blueprint(
    find_source: Callable[[str], Source | None],
    inbox: GroupCommit,
    wakeups: Wakeups,
    refusals: RefusalCounter,
    *,
    public_url: str | None,
    max_body: int,
) -> Blueprint:
    """`/webhooks/<source>`. `public_url` is the base that senders were given, `max_body` counts bytes."""
    routes = Blueprint(INTAKE, __name__)
    intake = _Intake(find_source, inbox, wakeups, public_url, max_body)
    routes.route("/webhooks/<source_name>", methods=_METHODS)(intake.receive)

    @routes.after_request
    def log(response: Response) -> Response:
        reach("accept.answer")
        source_name = (request.view_args or {})["source_name"]
        _log_delivery(source_name, response.status_code)
        if 400 <= response.status_code < 500:
            refusals.note(source_name, response.status_code, g.get("code"))
        return response

    return routes


@dataclass(frozen=True, slots=True)
class _Intake:
    find_source: Callable[[str], Source | None]
    inbox: GroupCommit
    wakeups: Wakeups
    public_url: str | None
    max_body: int

    def receive(self, source_name: str) -> ResponseReturnValue:
        g.started = time.perf_counter()
        if request.environ["PATH_INFO"].startswith("//"):  # which werkzeug overlooks
            abort(404)
        source = self.find_source(source_name) or abort(404)
        if request.method not in source.methods:
            raise MethodNotAllowed(valid_methods=source.methods)
        delivery = _delivery(self.public_url, self.max_body)
        if reply := source.handshake(delivery):
            return _response(reply)
        if delivery.method != "POST":
            raise BodyInvalid("this is neither a delivery nor a handshake", "handshake_unreadable")
        g.receipt = receipt = self._take_in(source, delivery)
        told = {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "events": list(receipt.events)}
        if reply := source.acknowledge(told):
            return _response(reply)
        return told, 202 if receipt.accepted else 200

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


def _delivery(public_url: str | None, max_body: int) -> Delivery:
    body = read_body(request.environ, max_body)
    reach("accept.read")
    g.bytes = len(body)
    base = public_url or f"{request.scheme}://{request.host}"
    return Delivery(
        method=request.method,
        url=base + _raw_target(request.environ),
        headers=_headers(request.environ),
        body=body,
        received_at=datetime.now(UTC),
    )


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """By lower-case names; werkzeug's view of them costs several times as much."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _raw_target(environ: dict[str, Any]) -> str:
    """Path and query as they came: senders sign them so, and decoding cannot be undone."""
    target: str = environ.get("RAW_URI") or environ["REQUEST_URI"]
    return target if target.startswith("/") else _ABSOLUTE.sub("", target, count=1)


def _response(reply: Reply) -> Response:
    return Answer(reply.body, reply.status, dict(reply.headers), content_type=reply.media_type)


def _log_delivery(source_name: str, status: int) -> None:
    receipt: Receipt | None = g.get("receipt")
    write = _log.info if status < 400 else _log.warning if status < 500 else _log.error
    write(
        "delivery",
        source=source_name[:64],
        status=status,
        accepted=receipt.accepted if receipt else 0,
        duplicates=receipt.duplicates if receipt else 0,
        bytes=g.get("bytes"),
        ms=round((time.perf_counter() - g.started) * 1000, 1),
        reason=g.get("reason"),
    )
