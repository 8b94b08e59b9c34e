"""A TCP proxy that spoils connections on demand: between planhook and Redis, and between planhook and Planhat."""

import contextlib
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

Kind = Literal["refuse", "cut_before", "lose_reply", "cut_reply", "half_close", "stall", "delay", "trickle"]

_CHUNK = 65_536
_LOOKS_EVERY_S = 0.02
_DROP_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: the peer gets a reset, not an orderly end


@dataclass
class Fault:
    """What happens to the next `times` requests that contain `matching`; to new connections, if it is `refuse`.

    cut_before: reset, nothing is passed on. lose_reply: passed on, reset instead of the reply. cut_reply: reset after
    half of it. half_close: no reply, and an orderly end. stall: no reply, and no end. delay: passed on after `seconds`.
    trickle: the reply comes byte by byte, `seconds` apart.
    """

    kind: Kind
    times: int = 1
    matching: bytes = b""
    seconds: float = 0.0


class FaultProxy:
    """Listens on `port` of loopback and passes on to `target`; also a context manager. `hits` counts what struck."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.hits = 0
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._gate = threading.Lock()
        self._is_frozen = False
        self._pairs: set[_Pair] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()
        self.drop_all()

    def strike(self, kind: Kind, times: int = 1, matching: bytes = b"", seconds: float = 0.0) -> None:
        """Have the next requests go wrong; faults of several calls strike one after the other."""
        with self._lock:
            self._faults.append(Fault(kind, times, matching, seconds))

    @property
    def is_spent(self) -> bool:
        """Whether all faults have struck."""
        with self._lock:
            return not self._faults

    def freeze(self) -> None:
        """When it returns, no client is told anything any more; requests still pass."""
        with self._gate:
            self._is_frozen = True

    def heal(self) -> None:
        """Lift all faults and reset all connections, so that nobody waits for what was held back."""
        with self._lock:
            self._faults.clear()
        self.drop_all()
        with self._gate:
            self._is_frozen = False

    def drop_all(self) -> None:
        """Reset all connections."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.reset()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # the proxy ends
            if self._take(b"", at_accept=True):
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = _Pair(self, client, server)
            with self._lock:
                self._pairs.add(pair)
            pair.start()

    def _take(self, request: bytes, *, at_accept: bool = False) -> Fault | None:
        """The fault that this request, or this new connection, meets."""
        with self._lock:
            for fault in self._faults:
                if (fault.kind == "refuse") != at_accept or fault.matching not in request:
                    continue
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                self.hits += 1
                return fault
        return None

    def _tell(self, client: socket.socket, reply: bytes) -> None:
        with self._gate:
            if not self._is_frozen:
                client.sendall(reply)

    def _forget(self, pair: "_Pair") -> None:
        with self._lock:
            self._pairs.discard(pair)


class _Pair:
    """One client's connection and the one that was opened for it.

    Its own thread alone closes them: a socket that is closed under another thread lends its number to the next one.
    """

    def __init__(self, proxy: FaultProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._spoils: Fault | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def reset(self) -> None:
        self._ending.set()
        self._thread.join(10)

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while not self._ending.is_set() and self._pass_on():
                pass
        self._proxy._forget(self)
        _reset(self._client)
        _reset(self._server)

    def _pass_on(self) -> bool:
        """Pass on what has come; whether the connection goes on."""
        ready, _, _ = select.select((self._client, self._server), (), (), _LOOKS_EVERY_S)
        if self._client in ready and not self._request(self._client.recv(_CHUNK)):
            return False
        return self._server not in ready or self._reply(self._server.recv(_CHUNK))

    def _request(self, request: bytes) -> bool:
        if not request:
            return False
        fault = self._proxy._take(request)
        if fault and fault.kind == "cut_before":
            return False
        if fault and fault.kind == "delay":
            time.sleep(fault.seconds)
        elif fault:
            self._spoils = fault
        self._server.sendall(request)
        return True

    def _reply(self, reply: bytes) -> bool:
        if not reply:
            return False
        fault, self._spoils = self._spoils, None
        if fault is None:
            self._proxy._tell(self._client, reply)
            return True
        return self._spoil(fault, reply)

    def _spoil(self, fault: Fault, reply: bytes) -> bool:
        """Whether the connection goes on."""
        match fault.kind:
            case "cut_reply":
                self._proxy._tell(self._client, reply[: len(reply) // 2])
                return False
            case "half_close":
                self._client.shutdown(socket.SHUT_WR)
                return True
            case "stall":
                self._spoils = fault  # for as long as somebody waits
                return True
            case "trickle":
                for position in range(len(reply)):
                    self._proxy._tell(self._client, reply[position : position + 1])
                    time.sleep(fault.seconds)
                return True
        return False


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP_AT_CLOSE)
    end.close()
