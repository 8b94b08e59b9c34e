"""The sending side: signed deliveries of deals, and many senders at once, each on one kept-alive connection."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

SECRET = "a-secret-of-the-benchmarks-0123456789"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEAST_AMOUNT = 100
_TIMEOUT = 30.0  # seconds
_PACED_SENDERS = 32
_LEAD_S = 0.2  # until all of them are ready
_HEAD_END = b"\r\n\r\n"


class NotTaken(Exception):
    """A delivery was not answered with a 2xx, so the figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """What senders saw: how long everything took, and each answer. All in seconds."""

    seconds: float
    answers: Sequence[float]

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds


def deals(name: str, events: int, tasks: int) -> list[dict[str, Any]]:
    """`events` events on `tasks` deals: all are created first, then updated in turns. `name` makes ids unique."""
    return [_event(name, number, number % tasks, number // tasks) for number in range(events)]


def delivery(path: str, events: Sequence[dict[str, Any]]) -> bytes:
    """One signed HTTP request with these events, ready to be written to a socket."""
    body = json.dumps({"events": list(events)}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Signature: {hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def deliveries(path: str, events: Sequence[dict[str, Any]], each: int = 1) -> list[bytes]:
    """Signed requests with `each` events in every one."""
    return [delivery(path, events[start : start + each]) for start in range(0, len(events), each)]


class Connection:
    """A kept-alive connection to a port of this machine; also a context manager.

    It does no more than it must: on a small machine a real HTTP client would take its time from the server.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, request: bytes) -> float:
        """Send a request and read its answer to the end; gives the seconds. Raises NotTaken, OSError."""
        began = time.perf_counter()
        self._socket.sendall(request)
        answer = self._receive(b"")
        while _HEAD_END not in answer:
            answer = self._receive(answer)
        head, _, body = answer.partition(_HEAD_END)
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body = self._receive(body)
        if head.split(b" ", 2)[1][:1] != b"2":
            raise NotTaken(answer.decode(errors="replace"))
        return time.perf_counter() - began

    def _receive(self, so_far: bytes) -> bytes:
        if not (more := self._socket.recv(1 << 16)):
            raise NotTaken(f"the server hung up after {so_far!r}")
        return so_far + more

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def send_one(port: int, request: bytes) -> float:
    """Send one request on a connection of its own, as most senders do; gives the seconds with the connecting."""
    began = time.perf_counter()
    with Connection(port) as connection:
        connection.exchange(request)
    return time.perf_counter() - began


def send_all(port: int, requests: Sequence[bytes], senders: int) -> Load:
    """Send all requests, `senders` at once, each of them one after the other."""
    shares = [requests[first::senders] for first in range(senders)]
    with ThreadPoolExecutor(senders) as pool:
        began = time.perf_counter()
        answers = [seconds for share in pool.map(lambda share: list(_send(port, share)), shares) for seconds in share]
        return Load(time.perf_counter() - began, answers)


def send_paced(port: int, requests: Sequence[bytes], per_second: float, *, keeps_alive: bool) -> Load:
    """Send at a given rate, whether answers come or not; each answer is timed from when its request was due.

    `keeps_alive`: each sender keeps its connection, else each request has one of its own.
    """
    numbered = iter(enumerate(requests))
    taking = threading.Lock()
    began = time.perf_counter() + _LEAD_S

    def send(_: int) -> list[float]:
        answers: list[float] = []
        with ExitStack() as held:
            connection = held.enter_context(Connection(port)) if keeps_alive else None
            while True:
                with taking:
                    number, request = next(numbered, (0, b""))
                if not request:
                    return answers
                due = began + number / per_second
                time.sleep(max(0.0, due - time.perf_counter()))
                if connection:
                    connection.exchange(request)
                else:
                    send_one(port, request)
                answers.append(time.perf_counter() - due)

    with ThreadPoolExecutor(_PACED_SENDERS) as pool:
        answers = [seconds for share in pool.map(send, range(_PACED_SENDERS)) for seconds in share]
    return Load(time.perf_counter() - began, answers)


def _send(port: int, requests: Sequence[bytes]) -> Iterator[float]:
    with Connection(port) as connection:
        for request in requests:
            yield connection.exchange(request)


def _event(name: str, number: int, deal: int, turn: int) -> dict[str, Any]:
    return {
        "id": f"{name}-{number}",
        "type": "deal.updated" if turn else "deal.created",
        "at": (START + timedelta(milliseconds=number)).isoformat(timespec="milliseconds"),
        "deal": {"id": f"{name}-{deal}", "name": f"Deal {deal}", "amount": LEAST_AMOUNT + number, "company": "C1"},
    }
