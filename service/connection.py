"""What becomes of a connection after an answer: one whose request was not read to its end is closed."""

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Response, request

from service.body import is_left_unread
from service.deadline import Overdue, can_interrupt, time_limit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LINGER = 2.0  # seconds


class Answer(Response):
    """An answer that ends its connection when its headers say so."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        if self.headers.get("Connection") == "close":
            # gunicorn drops an application's Connection header; start_response belongs to gunicorn's own answer.
            force_close = getattr(getattr(start_response, "__self__", None), "force_close", None)
            if force_close:
                force_close()
            if connection := environ.get("gunicorn.socket"):
                self.call_on_close(lambda: _linger(connection))
        return super().__call__(environ, start_response)


def close_when_unread(response: Response) -> Response:
    """An `after_request` function: what follows an unread body must not be taken for a request."""
    if is_left_unread(request.environ):
        response.headers["Connection"] = "close"
    return response


def _linger(connection: socket.socket) -> None:
    """Take in what is still on its way: closing before would send a reset that overtakes the answer."""
    if not can_interrupt():
        return
    with suppress(OSError, Overdue), time_limit(_LINGER):
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
