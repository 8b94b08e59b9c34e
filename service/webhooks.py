"""The address that senders reach. What goes well is answered before Flask's dispatch, which would take longer."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

import structlog
from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import NotFound

from planhook.failpoints import reach
from planhook.sources.source import Reply
from service.headers import SECURITY
from service.intake import Attempt, Intake
from service.problems import INTAKE
from service.refusals import RefusalCounter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ADDRESS = "/webhooks/"
_ATTEMPT = "planhook.attempt"
# All are routed here, because which of them are allowed is the source's to say.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_log = structlog.get_logger("service.webhooks")


def install(app: Flask, intake: Intake, refusals: RefusalCounter) -> None:
    """Have `app` take in at `/webhooks/<source>`."""
    app.register_blueprint(_refusing(refusals))
    app.wsgi_app = _Shortcut(app.wsgi_app, intake)  # type: ignore[method-assign]


def _refusing(refusals: RefusalCounter) -> Blueprint:
    routes = Blueprint(INTAKE, __name__)

    @routes.route(f"{_ADDRESS}<source_name>", methods=_METHODS)
    def refuse(source_name: str) -> NoReturn:
        # The shortcut does not know "//webhooks/crm", nor is it an address; werkzeug overlooks a slash.
        attempt: Attempt = request.environ.setdefault(_ATTEMPT, Attempt(source_name))
        attempt.source_name = source_name
        fault, attempt.fault = attempt.fault or NotFound(), None
        try:
            raise fault
        finally:
            del fault  # its traceback leads here: without this the body stays until the next collection of garbage

    @routes.after_request
    def log(response: Response) -> Response:
        reach("accept.answer")
        attempt: Attempt = request.environ[_ATTEMPT]
        _log_delivery(attempt, response.status_code, g.get("reason"))
        if 400 <= response.status_code < 500:
            refusals.note(attempt.source_name, response.status_code, g.get("code"))
        return response

    return routes


@dataclass(frozen=True, slots=True)
class _Shortcut:
    """Takes deliveries in; all else, and each one that fails, goes on to Flask and its error handlers."""

    application: "WSGIApplication"
    intake: Intake

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(_ADDRESS):
            return self.application(environ, start_response)
        environ[_ATTEMPT] = attempt = Attempt(path[len(_ADDRESS) :])
        try:
            reply = self.intake.answer(environ, attempt)
            reach("accept.answer")
            _log_delivery(attempt, reply.status)
        except Exception as fault:  # noqa: BLE001 - raised again where Flask catches it
            attempt.fault = fault
            return self.application(environ, start_response)
        start_response(_STATUS_LINES[reply.status], _headers(reply))
        return [reply.body]


def _headers(reply: Reply) -> list[tuple[str, str]]:
    own = [("Content-Type", reply.media_type), ("Content-Length", str(len(reply.body)))]
    return [*own, *reply.headers.items(), *SECURITY.items()]


def _log_delivery(attempt: Attempt, status: int, reason: str | None = None) -> None:
    receipt = attempt.receipt
    write = _log.info if status < 400 else _log.warning if status < 500 else _log.error
    write(
        "delivery",
        source=attempt.source_name[:64],
        status=status,
        accepted=receipt.accepted if receipt else 0,
        duplicates=receipt.duplicates if receipt else 0,
        bytes=attempt.size,
        ms=round((time.perf_counter() - attempt.started) * 1000, 1),
        reason=reason,
    )
