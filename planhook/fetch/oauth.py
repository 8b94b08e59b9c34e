"""Access tokens of OAuth 2: asked for when one is needed, kept in memory until shortly before they end."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from planhook.core.errors import FetchAccessRefused, FetchRefused, FetchResourceRefused, FetchUnavailable
from planhook.core.event import JSON
from planhook.fetch.api import Api

_MARGIN_S = 60.0  # a token must not end while a call with it is under way
_DEFAULT_S = 300.0  # of a token that does not say how long it lives
_SECRETS = frozenset({"client_secret", "refresh_token", "assertion", "client_assertion"})


class AccessToken:
    """The access token of one source. Safe to share between threads: one asks, the others wait for its answer.

    `endpoint` is the token endpoint; `form` makes what is posted to it, anew each time, since an assertion ends.
    """

    def __init__(self, endpoint: Api, form: Callable[[], Mapping[str, str]]) -> None:
        self._endpoint = endpoint
        self._form = form
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at = 0.0

    def token(self) -> str:
        """The token, a new one when the last is about to end.

        Raises what the methods of `Api` raise; FetchAccessRefused when the credentials are not taken (any more).
        """
        with self._lock:
            if not self._token or time.monotonic() >= self._ends_at:
                self._token, lives_s = self._ask()
                self._ends_at = time.monotonic() + lives_s - _MARGIN_S
            return self._token

    def refused(self, token: str) -> None:
        """Never give `token` again; another thread may have got a new one already."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _ask(self) -> tuple[str, float]:
        form = self._form()
        secrets = tuple(value for name, value in form.items() if name in _SECRETS)
        try:
            answer = replace(self._endpoint, secrets=secrets).call("POST", "", form=form)
        except (FetchRefused, FetchResourceRefused) as refusal:
            # 400 invalid_grant and the like: what we show is wrong or has ended, and asking again will not help.
            raise FetchAccessRefused(str(refusal)) from None
        token = answer.get("access_token") if isinstance(answer, Mapping) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
            raise FetchUnavailable(f"{self._endpoint.name} answered without an access token")
        return token.strip(), _seconds(answer.get("expires_in"))


def _seconds(told: JSON) -> float:
    try:
        return float(told)
    except (TypeError, ValueError):
        return _DEFAULT_S
