"""The HTTP side of one connection: read, admit, let a fault strike or the API answer, send."""

import base64
import hmac
import socket
import struct
import time
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from sandbox.api import NO_INTERFERENCE, Interference
from sandbox.control import PREFIX, control
from sandbox.faults import Fault
from sandbox.journal import Call, now
from sandbox.messages import Answer, Request, json_answer, text_answer
from sandbox.sandbox import Sandbox

MAX_BODY = 32 * 1024 * 1024

_POLL_S = 0.02
_HUGE = 64 * 1024 * 1024
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Handler(BaseHTTPRequestHandler):
    """Serves one keep-alive connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    sandbox: ClassVar[Sandbox]
    verbose: ClassVar[bool] = False

    def do_GET(self) -> None:
        """Every method takes the same way."""
        if self.path.startswith(PREFIX):
            request = self._read()
            self._send(control(self.sandbox, request) if isinstance(request, Request) else request)
            return
        call = self.sandbox.journal.open(self.command, self.path)
        try:
            self._serve(call)
        finally:
            self.sandbox.journal.leave(call)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the base class looks for these

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """One line per request when asked for, none otherwise."""
        if self.verbose:
            super().log_message(format, *args)

    def _serve(self, call: Call) -> None:
        early = self.sandbox.faults.strike_line(self.command, self.path)
        if early:
            call.fault = early.number
            self._wait(early.delay_ms / 1000, call)
            self._reset()
            return
        request = self._read()
        if isinstance(request, Answer):
            self._answer(request, call)
            return
        call.kind, call.items = request.kind, len(request.items)
        if request.kind == "bulk":
            self.sandbox.journal.enter(call, "bulk")
        if not self._is_authentic():
            self._answer(json_answer(401, {"message": "Unauthorized"}), call)
            return
        admitted, headers = self.sandbox.quota.admit()
        if not admitted:
            self._answer(text_answer(429, "Too many requests", headers), call)
            return
        fault = self.sandbox.faults.strike(request, self._source_id(request))
        self._wait(self.sandbox.behaviour.delay_ms / 1000, call)
        if fault is None:
            self._answer(self._apply(request, call), call, headers)
        else:
            call.fault = fault.number
            self._wait(fault.delay_ms / 1000, call)
            self._misbehave(fault, request, call, headers)

    def _misbehave(self, fault: Fault, request: Request, call: Call, headers: Mapping[str, str]) -> None:
        apply = partial(self._apply, request, call, fault.interference)
        if fault.reset == "after_read":
            self._reset()
        elif fault.hang:
            self._hang(call)
        elif fault.apply_late_ms is not None:
            self.sandbox.later(fault.apply_late_ms / 1000, apply)
            if fault.status is None:
                self._hang(call)
            else:
                self._answer(_ordered(fault, fault.status), call)
        elif fault.redirect is not None:
            location = {"Location": fault.redirect}
            self._answer(_ordered(fault, fault.status or 307), call, location)
        elif fault.apply_then_status is not None:
            apply()
            self._answer(_ordered(fault, fault.apply_then_status), call)
        elif fault.status is not None and not fault.changes_answer:
            self._answer(_ordered(fault, fault.status), call)
        else:
            self._spoil(fault, apply(), call, headers)

    def _spoil(self, fault: Fault, answer: Answer, call: Call, headers: Mapping[str, str]) -> None:
        """The request was applied; now its answer goes wrong."""
        if fault.reset == "after_apply":
            self._reset()
        elif fault.apply_then_hang:
            self._hang(call)
        elif fault.reset == "mid_answer":
            self.wfile.write(self._head(answer) + answer.body[: len(answer.body) // 2])
            self._reset()
        elif fault.invalid_body is not None:
            self._answer(_invalid(fault, answer), call)
        else:
            self._answer(answer, call, {**headers, **fault.headers})

    def _apply(self, request: Request, call: Call, interference: Interference = NO_INTERFERENCE) -> Answer:
        outcome = self.sandbox.api.handle(request, interference)
        call.applied = now()
        call.changes = [change.as_json() for change in outcome.changes]
        return outcome.answer

    def _read(self) -> Request | Answer:
        """The request with its body, or the answer to one that cannot be read."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            return json_answer(411, {"message": "Content-Length required"})
        left = int(length)
        if left > MAX_BODY:
            # Read to its end all the same, else the client sees a reset instead of the answer.
            while left > 0 and (chunk := self.rfile.read(min(left, 1 << 16))):
                left -= len(chunk)
            return json_answer(413, {"message": "request entity too large"})
        body = self.rfile.read(left)
        if len(body) < left:
            raise ConnectionAbortedError("the client left in the middle of its request")
        return Request(self.command, self.path, dict(self.headers.items()), body)

    def _is_authentic(self) -> bool:
        basic = base64.b64encode(f"{self.sandbox.token}:".encode()).decode()
        given = (self.headers.get("Authorization") or "").encode()
        valid = (f"Bearer {self.sandbox.token}".encode(), f"Basic {basic}".encode())
        return any(hmac.compare_digest(given, proof) for proof in valid)

    def _source_id(self, request: Request) -> str | None:
        if len(request.segments) != 2 or request.segments[0] != "tasks":
            return None
        identifier = request.segments[1]
        if identifier.startswith("srcid-"):
            return identifier.removeprefix("srcid-")
        task = self.sandbox.tasks.by_id(identifier)
        return task.get("sourceId") if task else None

    def _answer(self, answer: Answer, call: Call, headers: Mapping[str, str] | None = None) -> None:
        call.status, call.answered = answer.status, now()
        self.sandbox.journal.leave(call)
        self._send(Answer(answer.status, answer.body, {**answer.headers, **(headers or {})}))

    def _send(self, answer: Answer) -> None:
        self.log_request(answer.status, len(answer.body))
        self.wfile.write(self._head(answer) + answer.body)

    def _head(self, answer: Answer) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    def _reset(self) -> None:
        """Close with RST instead of FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _hang(self, call: Call) -> None:
        """Say nothing until the client gives up."""
        while not self.sandbox.stopping.is_set() and not self._client_is_gone():
            self.sandbox.stopping.wait(_POLL_S)
        self.sandbox.journal.leave(call)
        self.close_connection = True

    def _wait(self, seconds: float, call: Call) -> None:
        """Wait. A client that gives up meanwhile ends the call for the gauges, not for what it asked."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.sandbox.stopping.is_set():
            self.sandbox.stopping.wait(min(left, _POLL_S))
            if call.under_way and self._client_is_gone():
                self.sandbox.journal.leave(call)

    def _client_is_gone(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True


def _ordered(fault: Fault, status: int) -> Answer:
    """The answer that the rule spells out."""
    if isinstance(fault.body, str):
        return text_answer(status, fault.body, fault.headers)
    document = {"message": _REASONS.get(status, "")} if fault.body is None else fault.body
    return json_answer(status, document, fault.headers)


def _invalid(fault: Fault, answer: Answer) -> Answer:
    """An answer whose body is not what its head promises."""
    status = fault.status or answer.status
    match fault.invalid_body:
        case "html":
            return Answer(status, b"<html><body><h1>Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})
        case "cut":
            return Answer(status, answer.body[: len(answer.body) // 2], answer.headers)
        case "empty":
            return Answer(status, b"", answer.headers)
    return Answer(status, b'{"padding":"' + b" " * _HUGE + b'"}', answer.headers)
