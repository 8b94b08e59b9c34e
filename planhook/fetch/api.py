"""Calls to the API of a sender: each within the budget of all processes, each within hard limits, read as JSON."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial, reduce
from typing import Any, Protocol
from urllib.parse import urlencode

from planhook.core.errors import FetchAccessRefused, FetchRefused, FetchResourceRefused, FetchUnavailable
from planhook.core.event import JSON
from planhook.http.quota import retry_after
from planhook.http.transport import Answer, NoAnswer, NotSent, Transport
from planhook.http.words import UNREADABLE, leaves, read_json, redactor, tidy, words
from planhook.store.fetches import FetchCache, SourceBudget

CONNECT_S = 5.0
TOTAL_S = 10.0  # of one call; a worker that is to end waits for it
MAX_BYTES = 5 * 1024 * 1024
LONGEST_WAIT_S = 15.0
_POLL_S = 0.1
_TRANSIENT = frozenset({408, 423, 425, 477})  # 423 and 477 are how HubSpot says "not now"
# Reasons of a 403 by which Google means a 429.
_LIMITS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})


class Stopped(Exception):
    """The process is to end or the source is to be left alone; the lookup is made again later."""


class Access(Protocol):
    """What lets our calls in, when it is no token that stays the same. Safe to share between threads."""

    def token(self) -> str:
        """A token for the next call. Raises what the methods of `Api` raise."""
        ...

    def refused(self, token: str) -> None:
        """The API answered `token` with a 401: do not give it again."""
        ...


@dataclass(frozen=True)
class Api:
    """One API, for one source. Safe to share between threads.

    `name` is what people call it. Calls carry `token`, or one that `access` gives. Errors of all methods:
    FetchUnavailable, FetchAccessRefused, FetchResourceRefused after a 403, FetchRefused, Stopped and StoreUnavailable;
    their messages never hold the token nor any of `secrets`, which are what else the API is told.
    """

    name: str
    base_url: str
    budget: SourceBudget
    cache: FetchCache
    stop: Callable[[], bool]
    token: str = field(default="", repr=False)
    access: Access | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    total_s: float = TOTAL_S
    transport: Transport = field(
        default_factory=lambda: Transport({"Accept": "application/json", "User-Agent": "planhook"}, CONNECT_S)
    )

    def get(self, path: str, params: Mapping[str, str] | None = None, *, keep_s: float = 0.0) -> JSON:
        """The JSON at `path`; with `keep_s`, as it was at most so many seconds ago, and None for a 404."""
        if not keep_s:
            return self.call("GET", path, params=params)
        name = f"{path}?{urlencode(params or {})}"
        kept = self.cache.get(name)
        if kept:
            return kept[0]
        try:
            found = self.call("GET", path, params=params)
        except FetchRefused as refusal:
            if refusal.status != 404:
                raise
            found = None
        self.cache.put(name, found, keep_s)
        return found

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: JSON = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> JSON:
        """Make one call with a JSON `body` or a `form`; None when the answer is empty.

        `headers` come on top of `Authorization`, and take its place if they name it. A 401 is answered once with
        another token, where there may be one.
        """
        sent: dict[str, str] = {}
        content = None
        if form is not None:
            content, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = partial(self._exchange, method, path, dict(params or {}), content, sent | dict(headers or {}))
        token = self.access.token() if self.access else self.token
        answer = request(token)
        if answer.status == 401 and self.access:
            self.access.refused(token)
            token = self.access.token()
            answer = request(token)
        return self._read(answer, token)

    def _exchange(
        self,
        method: str,
        path: str,
        params: dict[str, str],
        content: bytes | None,
        headers: Mapping[str, str],
        token: str,
    ) -> Answer:
        self._permit()
        proof = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return self.transport.exchange(
                method,
                self.base_url + path,
                body=content,
                params=params,
                total_s=self.total_s,
                max_bytes=MAX_BYTES,
                headers=proof | dict(headers),
            )
        except (NotSent, NoAnswer) as fault:
            raise FetchUnavailable(f"{self.name}: {fault}") from None

    def _permit(self) -> None:
        while wait := self.budget.take():
            if self.stop() or wait > LONGEST_WAIT_S:
                raise Stopped
            time.sleep(min(wait, _POLL_S))
        if self.stop():
            raise Stopped

    def _read(self, answer: Answer, token: str) -> Any:
        redact = _redactor((token, *self.secrets))
        document = read_json(answer.body, redact) if answer.body else None
        if 200 <= answer.status < 300:
            if document is UNREADABLE:
                raise FetchUnavailable(f"{self.name} answered with something that is not JSON")
            return document
        said = (
            tidy(redact(answer.body[:2_000].decode("utf-8", "replace"))) if document is UNREADABLE else _said(document)
        )
        text = f"{self.name}: HTTP {answer.status}" + (f": {said[:500]}" if said else "")
        wait = retry_after(answer.headers, datetime.now(UTC))
        if answer.status == 429 or (answer.status == 403 and _is_limit(document)):
            raise FetchUnavailable(text, wait, rate_limited=True)
        if answer.status == 401:
            raise FetchAccessRefused(text)
        if answer.status == 403:
            raise FetchResourceRefused(text)
        if answer.status in _TRANSIENT or not 400 <= answer.status < 500:
            raise FetchUnavailable(text, wait)
        raise FetchRefused(text, answer.status)


def _redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    each = [redactor(secret) for secret in secrets if secret]
    return lambda text: reduce(lambda found, redact: redact(found), each, text)


def _said(document: object) -> str:
    """OAuth has a code under `error`, and what helps a person beside it."""
    description = document.get("error_description") if isinstance(document, Mapping) else None
    return words(document) + (f": {tidy(description)}" if isinstance(description, str) else "")


def _is_limit(document: object) -> bool:
    return any(name == "reason" and text in _LIMITS for name, text in leaves(document))
