"""Requests that arrive together become durable together: one round trip and one sync of the disk for all of them."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from redis.exceptions import ResponseError

from planhook.core.errors import StoreUnavailable
from planhook.core.event import Event
from planhook.store.inbox import Arrival, Inbox, Receipt
from planhook.store.room import Room

_MOST_REQUESTS = 128  # of one round trip, which holds up everybody else's
_MOST_BYTES = 2_000_000


@dataclass(slots=True, eq=False)
class _Request:
    arrival: Arrival
    outcome: Receipt | StoreUnavailable | None = None
    its_turn: threading.Event = field(default_factory=threading.Event)


class GroupCommit:
    """Takes in for the threads of one process. While one round trip is on its way, what arrives waits for the next.

    A lone request is sent at once. Under load, the next round trip is begun when `let_arrive` returns: it lets those
    that have arrived already come here. By default nobody waits for that.
    """

    def __init__(self, inbox: Inbox, room: Room, let_arrive: Callable[[], None] = lambda: None) -> None:
        self._inbox = inbox
        self._room = room
        self._let_arrive = let_arrive
        self._is_busy = False
        self._lock = threading.Lock()
        self._waiting: deque[_Request] = deque()
        self._is_led = False

    def accept(self, events: Sequence[Event]) -> Receipt:
        """Store all of `events` or none, as `Inbox.accept` does. Raises StoreUnavailable, of which StoreFull."""
        if not events:
            return Receipt(0, 0, ())
        request = _Request(Arrival.of(events))
        self._room.take(request.arrival.size, len(events))
        with self._lock:
            self._waiting.append(request)
            follows, self._is_led = self._is_led, True
        if follows:
            self._wait(request)
        if request.outcome is None:
            try:
                self._gather(request)
                self._commit(self._next())
            finally:
                self._hand_over()
        if isinstance(request.outcome, Receipt):
            return request.outcome
        raise StoreUnavailable(str(request.outcome))

    def _gather(self, request: _Request) -> None:
        """Let others join the round trip that `request` leads; one that is broken off meanwhile leaves it to them."""
        if not self._is_busy:
            return
        try:
            self._let_arrive()
        except BaseException:
            with self._lock:
                self._waiting.remove(request)
            raise

    def _wait(self, request: _Request) -> None:
        """Until the request is settled or leads; one that is broken off must not be left to lead."""
        try:
            request.its_turn.wait()
        except BaseException:
            with self._lock:
                leads = request.outcome is None and request.its_turn.is_set()
                if request in self._waiting:
                    self._waiting.remove(request)
            if leads:
                self._hand_over()
            raise

    def _next(self) -> list[_Request]:
        """The oldest requests, whose first one leads the others."""
        batch: list[_Request] = []
        size = 0
        with self._lock:
            while self._waiting and len(batch) < _MOST_REQUESTS:
                size += self._waiting[0].arrival.size
                if batch and size > _MOST_BYTES:
                    break
                batch.append(self._waiting.popleft())
        self._is_busy = len(batch) > 1
        return batch

    def _hand_over(self) -> None:
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].its_turn.set()

    def _commit(self, batch: Sequence[_Request]) -> None:
        try:
            if not self._store(batch):
                for request in batch:
                    self._store([request])
        finally:
            _settle(batch, StoreUnavailable("the process is to end"))

    def _store(self, batch: Sequence[_Request]) -> bool:
        """Settle all of `batch`; False when Redis refused it and did nothing, as one of its records may be to blame."""
        try:
            receipts = self._inbox.accept_all([request.arrival for request in batch])
        except StoreUnavailable as fault:
            if isinstance(fault.__cause__, ResponseError):
                if len(batch) > 1:
                    return False
                _settle(batch, fault)
            else:
                # Whoever waited meanwhile has no time left to find out the same.
                _settle([*batch, *self._take_all()], fault)
            return True
        for request, receipt in zip(batch, receipts, strict=True):
            _settle([request], receipt)
        return True

    def _take_all(self) -> list[_Request]:
        with self._lock:
            requests = list(self._waiting)
            self._waiting.clear()
        return requests


def _settle(requests: Sequence[_Request], outcome: Receipt | StoreUnavailable) -> None:
    for request in requests:
        if request.outcome is None:
            request.outcome = outcome
            request.its_turn.set()
