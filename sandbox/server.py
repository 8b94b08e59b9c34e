"""Start and stop: the listening server, its thread, and the state file."""

import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.handler import Handler
from sandbox.sandbox import Sandbox
from sandbox.statefile import WriteBehind


def start(
    port: int = 0,
    token: str = "sandbox-token",
    *,
    host: str = "127.0.0.1",
    data: Path | None = None,
    verbose: bool = False,
    **settings: Any,
) -> "SandboxServer":
    """Start a sandbox in threads of this process, on a free port for 0; `settings` as in `Behaviour`."""
    return SandboxServer((host, port), Sandbox(token, settings), data, verbose=verbose)


class SandboxServer:
    """A running sandbox. Use it as a context manager or call `stop`."""

    def __init__(self, address: tuple[str, int], sandbox: Sandbox, data: Path | None, *, verbose: bool = False) -> None:
        self.sandbox = sandbox
        self._writer = WriteBehind(sandbox, data) if data else None
        handler = type("BoundHandler", (Handler,), {"sandbox": sandbox, "verbose": verbose})
        self._listener = _Listener(address, handler)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        host, port = self._listener.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def token(self) -> str:
        """The bearer token that it wants."""
        return self.sandbox.token

    def tasks(self) -> list[dict[str, Any]]:
        """Every stored task, archived ones too."""
        return self.sandbox.tasks.all()

    def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """The journal, as `GET /_sandbox/calls` shows it."""
        return self.sandbox.journal.calls(after)

    def stats(self) -> dict[str, Any]:
        """The numbers, as `GET /_sandbox/stats` shows them."""
        return self.sandbox.numbers()

    def change(self, **settings: Any) -> None:
        """Flip switches; ValueError for unknown ones."""
        self.sandbox.behaviour.change(settings)

    def add_fault(self, **fault: Any) -> None:
        """Order a fault, as `POST /_sandbox/faults` does; ValueError if it is ill-formed."""
        self.sandbox.faults.add(fault)

    def clear_faults(self) -> None:
        """Lift all faults."""
        self.sandbox.faults.clear()

    def add(self, collection: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Add a record to companies, users, endusers or customfields."""
        return self.sandbox.directory.add(collection, record)

    def reset(self) -> None:
        """Forget everything, as `POST /_sandbox/reset` does."""
        self.sandbox.reset()

    def stop(self) -> None:
        """Stop listening, cut open connections, save."""
        self.sandbox.stopping.set()
        self.sandbox.call_off()
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()
        if self._writer:
            self._writer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Listener(ThreadingHTTPServer):
    """One daemon thread per connection; closing the server cuts the connections that are still open."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # The base class looks the host's name up, which can take seconds and serves nobody here.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "sandbox", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):  # its own thread may just have closed it
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that hang up are what faults are made for; anything else is our mistake and must be seen.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
