"""One HTTP exchange with hard limits: time in total, bytes in total, no redirect, no retry, no proxy.

`requests` bounds each read, not their sum: a server that sends a byte a second can hold a caller for hours. So a
second handle on the socket is kept, and when the time is up the connection is shut down, whatever it is doing.
"""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection

from planhook.http.address import is_loopback, is_public

_CHUNK = 65_536


class NotSent(Exception):
    """No byte of the request has left: nothing can have happened."""


class NoAnswer(Exception):
    """The request went out, at least in part, and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `headers` ignore case, `body` is decoded."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes


class Transport:
    """A pool of connections that carries requests exactly as they are given. Safe to share between threads."""

    def __init__(self, headers: dict[str, str], connect_s: float) -> None:
        self._connect_s = connect_s
        self._session = requests.Session()
        self._session.trust_env = False  # neither proxies nor .netrc of the environment may see the token
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(headers)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _WatchedAdapter(max_retries=0))

    def close(self) -> None:
        self._session.close()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None,
        params: dict[str, str],
        total_s: float,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and read the whole answer, within `total_s` seconds and `max_bytes` decoded bytes.

        `headers` are for this request only, on top of those of the pool.

        Raises NotSent or NoAnswer; their messages name the kind of fault only.
        """
        with _Call(total_s) as call:
            try:
                response = self._session.request(
                    method,
                    url,
                    data=body,
                    params=params,
                    headers=headers,
                    timeout=(min(self._connect_s, total_s), total_s),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    content = _read(response, call, max_bytes)
                return Answer(response.status_code, response.headers, content)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                fault = f"no answer within {total_s:g} s" if call.is_over() else _name(error)
        # Raised here, not above: the library's error holds the request and with it the token.
        raise NoAnswer(fault) if call.sent else NotSent(fault)


class _TooMuch(OSError):
    """The answer is larger than anything that was asked for."""


def _name(error: Exception) -> str:
    """The kind of fault behind the library's wrappings, for instance NameResolutionError."""
    wrapped = error.args[0] if error.args else None
    return type(getattr(wrapped, "reason", error)).__name__.lstrip("_")


def _read(response: requests.Response, call: "_Call", max_bytes: int) -> bytes:
    content = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=True):
        content += chunk
        if len(content) > max_bytes:
            raise _TooMuch
        if call.is_over():
            break
    if call.is_over():  # the watchdog's cut may look like the regular end of a head or body
        raise TimeoutError
    return bytes(content)


class _Call(AbstractContextManager["_Call"]):
    """The present exchange of this thread: whether it has sent anything, and the watchdog that ends it in time."""

    def __init__(self, total_s: float) -> None:
        self.sent = False
        self._ends_at = time.monotonic() + total_s
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(total_s, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Call":
        self._token = _present_call.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _present_call.reset(self._token)
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def watch(self, handle: socket.socket) -> None:
        with self._lock:
            self._sockets.append(handle.dup())
            if self.is_over():
                _shut_down(handle)

    def _cut(self) -> None:
        with self._lock:
            for handle in self._sockets:
                _shut_down(handle)


def _shut_down(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the peer was faster


_present_call: ContextVar[_Call] = ContextVar("present_call")


class _Watched(HTTPConnection):
    """A connection that the present call may cut, and that notes when its first byte leaves."""

    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if not is_loopback(self.host) and not is_public(connected.getpeername()[0]):
            connected.close()
            raise OSError("the name leads to a private address")
        self._handle = connected.dup()
        _present_call.get().watch(self._handle)
        return connected

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self._handle is not None:
            _present_call.get().watch(self._handle)
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _present_call.get().sent = True
        super().send(data)

    def close(self) -> None:
        super().close()
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class _WatchedTLS(_Watched, HTTPSConnection):
    """The same over TLS, which begins inside `connect`."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Watched


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
