"""A server of raw bytes, for answers that no HTTP library would send."""

import socket
import ssl
import threading
from collections.abc import Callable
from typing import Self

Behave = Callable[[socket.socket, threading.Event], None]


class HostileServer:
    """Reads a request's head on each connection, then lets `behave(connection, stopping)` do its worst."""

    def __init__(self, behave: Behave, tls: ssl.SSLContext | None = None, *, reads: bool = True) -> None:
        self.heads: list[bytes] = []
        self._behave = behave
        self._tls = tls
        self._reads = reads
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                if self._reads:
                    self.heads.append(connection.recv(65_536))
                self._behave(connection, self._stopping)
            except OSError:
                return  # the client hung up, as it should
            finally:
                connection.close()


def says(answer: bytes) -> Behave:
    """Sends these bytes and hangs up."""
    return lambda connection, _: connection.sendall(answer)


def drips(head: bytes, drop: bytes = b"x", pause_s: float = 0.02) -> Behave:
    """Sends `head`, then `drop` again and again, forever."""

    def behave(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(head)
        while not stopping.wait(pause_s):
            connection.sendall(drop)

    return behave


def floods(head: bytes, piece: bytes) -> Behave:
    """Sends `head`, then `piece` as fast as it can, forever."""

    def behave(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(head)
        while not stopping.is_set():
            connection.sendall(piece)

    return behave
