"""To whom subjects belong, for as long as tasks are remembered: what the first event that speaks of one said."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from redis import Redis

from planhook.core.event import Event
from planhook.store.connection import Scripts

_REMEMBERED_MS = timedelta(days=400) // timedelta(milliseconds=1)
_REFUTED, _CORRECTED = 1, 2
_AHEAD = 1 << 31  # of every SEQUENCE


class Bindings:
    """The subjects of all sources."""

    def __init__(self, redis: Redis) -> None:
        self._scripts = Scripts(redis)

    def settle(self, events: Sequence[Event]) -> list[Event]:
        """The events as they count; settles to whom new subjects belong.

        Those that speak for somebody else are ignored. Where somebody falsely claimed a subject before its holder was
        known for certain, all that counts from then on is newer than what the claim did. Raises StoreUnavailable.
        """
        return self._judged(events, settles=True)

    def judge(self, events: Sequence[Event]) -> list[Event]:
        """What `settle` would give for events whose subjects are settled; settles nothing. Raises StoreUnavailable."""
        return self._judged(events, settles=False)

    def _judged(self, events: Sequence[Event], *, settles: bool) -> list[Event]:
        judged = list(events)
        bound = [(position, one) for position, event in enumerate(events) for one in event.bindings]
        if not bound:
            return judged
        arguments: list[str | int] = [_REMEMBERED_MS if settles else 0]
        for _, binding in bound:
            arguments += [_hash(binding.subject), _hash(binding.holder), int(binding.is_certain)]
        answers = self._scripts.run("bind", *arguments)
        for (position, binding), answer in zip(bound, answers, strict=True):
            event = judged[position]
            if answer == _REFUTED:
                judged[position] = replace(event, ignored=binding.otherwise)
            elif answer == _CORRECTED:
                judged[position] = replace(event, order=(event.order[0] + _AHEAD, event.order[1]))
        return judged


def _hash(text: str) -> str:
    """Senders' texts may be long, and may be addresses of people."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
