"""The least proof of a delivery: HMAC over the raw body."""

import hashlib
import hmac

from flask import Request, abort


def proven_body(request: Request, secret: str) -> bytes:
    """The body, if the sender signed it; else the request ends with 401."""
    body = request.get_data(cache=False)
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Signature", "")):
        abort(401)
    return body
