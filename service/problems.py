"""Every error as an answer: `application/problem+json` (RFC 9457), without anything of our insides."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from planhook.core.errors import DeliveryRejected, ProofInvalid, StoreUnavailable
from service.connection import Answer

INTAKE = "webhooks"  # the blueprint that senders reach
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"  # seconds

_log = structlog.get_logger("service.problems")


def install(app: Flask) -> None:
    """Have `app` answer all errors as problems."""
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(DeliveryRejected, _of_delivery)
    app.register_error_handler(ValidationError, _of_values)
    app.register_error_handler(StoreUnavailable, _of_store)
    app.register_error_handler(Exception, _of_defect)


def problem(
    status: int,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    """An answer of `status`; `members` are added to RFC 9457's own."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    text = json.dumps(body | members, ensure_ascii=False)
    return Answer(text, status, dict(headers or {}), mimetype=MEDIA_TYPE)


def _of_http(error: HTTPException) -> Response:
    ours = error.description != type(error).description
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(error.code or 500, error.description if ours else None, headers)


def _of_delivery(error: DeliveryRejected) -> Response:
    g.reason, g.code = str(error), error.code
    if isinstance(error, ProofInvalid):
        return problem(error.status, "the delivery is not proven", {"WWW-Authenticate": "Webhook"})
    return problem(error.status, str(error), code=error.code)


def _of_values(error: ValidationError) -> Response:
    return problem(400, "the request has wrong or unknown values", errors=error.messages)


def _of_store(error: StoreUnavailable) -> Response:
    g.reason = str(error)
    return problem(503, "try again later", {"Retry-After": RETRY_AFTER})


def _of_defect(error: Exception) -> Response:
    g.reason = type(error).__name__
    _log.error("defect", exc_info=error)
    if request.blueprint == INTAKE:
        # A later try may meet a mended planhook; what is stored by then is a duplicate.
        return problem(503, "try again later", {"Retry-After": RETRY_AFTER})
    return problem(500)
