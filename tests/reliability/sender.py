"""Senders as CRMs are: they sign, repeat what was not taken until it is, and write down every answer."""

import contextlib
import hashlib
import hmac
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import requests

from tests.reliability.story import Story, Told

SECRETS = {"CRM_SECRET": "secret-of-the-crm-0123456789abcdef", "OTHER_SECRET": "secret-of-the-other-0123456789abcd"}
_SECRET_OF = {"crm": SECRETS["CRM_SECRET"], "other": SECRETS["OTHER_SECRET"]}
MOST_EVENTS = 12  # of one request
GIVES_UP_S = 90.0
_FORGED = 0.04  # share of requests that are followed by a forged one
_PAUSE_S = 0.015  # between two requests of one sender: the load should last as long as the faults
_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of a sender; `status` is None when no answer came."""

    events: tuple[str, ...]
    status: int | None
    seconds: float
    retry_after: str | None = None
    is_forged: bool = False


@dataclass
class Ledger:
    """What senders know. `taken` has planhook's id of each event that got a 2xx, by the sender's id."""

    attempts: list[Attempt] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)
    renamed: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)

    def note_taken(self, events: Sequence[Told], ids: Sequence[str]) -> None:
        for event, known in zip(events, ids, strict=True):
            if self.taken.setdefault(event["id"], known) != known:
                self.renamed.append(event["id"])


class Senders:
    """Some senders that share a story and tell it until `stop`; `start` and `stop` may be called once."""

    def __init__(self, url: str, story: Story, ledger: Ledger, count: int = 2) -> None:
        self._url = url
        self._ledger = ledger
        self._lock = threading.Lock()
        self._chance = random.Random(story.seed + 1)
        self._events = iter(story)
        self._numbers = itertools.count()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._tell, daemon=True) for _ in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the story; returns when each request that was begun got its 2xx or was given up."""
        self._ending.set()
        for thread in self._threads:
            thread.join(GIVES_UP_S + 30)
            if thread.is_alive():
                raise RuntimeError("a sender did not end")

    def deliver(self, events: list[Told], source: str = "crm") -> None:
        """Send these, beside what the senders tell; returns when they are taken or given up."""
        with requests.Session() as http:
            self._deliver(http, events, source)

    def _tell(self) -> None:
        with requests.Session() as http:
            for events in self._requests():
                self._deliver(http, events)
                if self._draw() < _FORGED:
                    self._forge(http, events)
                time.sleep(_PAUSE_S)

    def _requests(self) -> Iterator[list[Told]]:
        while not self._ending.is_set():
            with self._lock:
                events = list(itertools.islice(self._events, self._chance.randint(1, MOST_EVENTS)))
            yield events

    def _draw(self) -> float:
        with self._lock:
            return self._chance.random()

    def _deliver(self, http: requests.Session, events: list[Told], source: str = "crm") -> None:
        end = time.monotonic() + GIVES_UP_S
        while time.monotonic() < end:
            answer = self._post(http, events, _SECRET_OF[source], source)
            if answer is not None and answer.ok:
                with self._lock:
                    self._ledger.note_taken(events, answer.json()["events"])
                return
            time.sleep(_AGAIN_S)
        with self._lock:
            self._ledger.given_up += [event["id"] for event in events]

    def _forge(self, http: requests.Session, events: list[Told]) -> None:
        """The same under new ids, proven with the secret of another source."""
        with self._lock:
            number = next(self._numbers)
            forged = [{**event, "id": f"forged-{number}-{event['id']}"} for event in events]
            self._ledger.forged += [event["id"] for event in forged]
        self._post(http, forged, SECRETS["OTHER_SECRET"], is_forged=True)

    def _post(
        self, http: requests.Session, events: list[Told], secret: str, source: str = "crm", *, is_forged: bool = False
    ) -> requests.Response | None:
        body = json.dumps({"events": events}).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        }
        began = time.monotonic()
        answer = None
        # Without an answer the sender does not know what became of it, which is what is tested.
        with contextlib.suppress(requests.RequestException):
            answer = http.post(f"{self._url}/webhooks/{source}", data=body, headers=headers, timeout=15)
        seconds = time.monotonic() - began
        status = answer.status_code if answer is not None else None
        after = answer.headers.get("Retry-After") if answer is not None else None
        ids = tuple(event["id"] for event in events)
        with self._lock:
            self._ledger.attempts.append(Attempt(ids, status, seconds, after, is_forged))
        return answer
