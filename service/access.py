"""Who may use the operator API: whoever has API_TOKEN."""

import hmac
from collections.abc import Callable

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

_CHALLENGE = WWWAuthenticate("bearer", {"realm": "planhook"})


def bearer_guard(token: str | None) -> Callable[[], None]:
    """A `before_request` function that answers 401 without `Authorization: Bearer <token>`; always without a token."""

    def guard() -> None:
        if token is None:
            raise Unauthorized("closed, because API_TOKEN is not set on the server", www_authenticate=_CHALLENGE)
        if not hmac.compare_digest(_given_token(), token.encode()):
            raise Unauthorized("send the server's API_TOKEN as Authorization: Bearer …", www_authenticate=_CHALLENGE)

    return guard


def _given_token() -> bytes:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # WSGI gives the bytes of a header as Latin-1.
    return given.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
