"""What stand-ins of APIs over HTTP share: a server on a free port, each request as data, faults on demand."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tests.fetch.hubspot_api import Fault


@dataclass(frozen=True)
class Request:
    """One call. `path` is not decoded; `form` and `document` hold the body, as its media type says."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]
    document: Any

    @property
    def token(self) -> str:
        """What the call shows after "Bearer"."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass
class StandIn:
    """An API that answers in `answer`; each call is noted, and the faults come before any answer."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        raise NotImplementedError

    def taken(self, part: str, method: str = "") -> list[Request]:
        """The calls to paths with `part` in them."""
        with self.lock:
            return [one for one in self.requests if part in one.path and method in ("", one.method)]

    def fault_of(self, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.part_of_path in path:
                    fault.times -= 1
                    return fault
        return None


_Api = TypeVar("_Api", bound=StandIn)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: StandIn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        api, request = self.server.api, self._request()
        with api.lock:
            api.requests.append(request)
        fault = api.fault_of(request.path)
        if fault and fault.silent:
            api.release.wait(30)
            self.close_connection = True
        elif fault:
            self._send(fault.status, fault.body, fault.headers)
        else:
            with api.lock:
                status, document = api.answer(request)
            self._send(status, b"" if document is None else json.dumps(document).encode(), {})

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        is_form = "form-urlencoded" in headers.get("content-type", "")
        form = dict(parse_qsl(body.decode())) if is_form else {}
        document = json.loads(body) if body and not is_form else None
        return Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, form, document)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: tests look at `requests`."""


@contextmanager
def serving(api: _Api) -> Iterator[_Api]:
    """The stand-in on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = api
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.release.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
