"""Every error as an answer: `application/problem+json` (RFC 9457), without anything of our insides."""

import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, g
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from planhook.core.errors import DeliveryRejected, ProofInvalid, StoreUnavailable
from service.body import BodyRefused
from service.deadline import Overdue, can_interrupt, time_limit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"  # seconds
_LINGER = 2.0  # seconds

_log = structlog.get_logger("service.problems")


class LastResponse(Response):
    """An answer after which the connection is closed, without a sender that still sends losing it."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        # gunicorn drops an application's Connection header; its own response is what start_response belongs to.
        force_close = getattr(getattr(start_response, "__self__", None), "force_close", None)
        if force_close:
            force_close()
        if connection := environ.get("gunicorn.socket"):
            self.call_on_close(lambda: _linger(connection))
        return super().__call__(environ, start_response)


def install(app: Flask) -> None:
    """Have `app` answer all errors as problems."""
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(DeliveryRejected, _of_delivery)
    app.register_error_handler(BodyRefused, _of_body)
    app.register_error_handler(ValidationError, _of_values)
    app.register_error_handler(StoreUnavailable, _of_store)
    app.register_error_handler(Exception, _of_defect)


def problem(
    status: int,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    answer: type[Response] = Response,
    **members: Any,
) -> Response:
    """An answer of `status`; `members` are added to RFC 9457's own."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    text = json.dumps(body | members, ensure_ascii=False)
    return answer(text, status, dict(headers or {}), mimetype=MEDIA_TYPE)


def _of_http(error: HTTPException) -> Response:
    ours = error.description != type(error).description
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(error.code or 500, error.description if ours else None, headers)


def _of_delivery(error: DeliveryRejected) -> Response:
    g.reason = str(error)
    if isinstance(error, ProofInvalid):
        return problem(error.status, "the delivery is not proven", {"WWW-Authenticate": "Webhook"})
    return problem(error.status, str(error))


def _of_body(error: BodyRefused) -> Response:
    g.reason = error.code
    return problem(error.status, str(error), {"Connection": "close"}, LastResponse, code=error.code)


def _of_values(error: ValidationError) -> Response:
    return problem(400, "the request has wrong or unknown values", errors=error.messages)


def _of_store(error: StoreUnavailable) -> Response:
    g.reason = str(error)
    return problem(503, "try again later", {"Retry-After": RETRY_AFTER})


def _of_defect(error: Exception) -> Response:
    g.reason = type(error).__name__
    _log.error("defect", exc_info=error)
    return problem(500)


def _linger(connection: socket.socket) -> None:
    """Take in what is still on its way: closing before would send a reset that overtakes the answer."""
    if not can_interrupt():
        return
    with suppress(OSError, Overdue), time_limit(_LINGER):
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
