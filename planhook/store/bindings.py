"""To whom subjects belong: what the first event that speaks of one said, for as long as tasks are remembered."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from redis import Redis

from planhook.core.event import Binding, Event
from planhook.store.connection import PREFIX, Scripts, store_errors

_REMEMBERED_MS = timedelta(days=400) // timedelta(milliseconds=1)


class Bindings:
    """The bindings of all sources, each of which has its own subjects."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    def refuted(self, events: Sequence[Event]) -> dict[str, str]:
        """Why to ignore events that name another holder than the first one did, by event id; settles new subjects.

        Raises StoreUnavailable.
        """
        bound = [(event, binding) for event in events for binding in event.bindings]
        if not bound:
            return {}
        arguments: list[str | int] = [_REMEMBERED_MS]
        for event, binding in bound:
            arguments += [_hash(f"{event.source}\n{binding.subject}"), _hash(binding.holder)]
        answers = self._scripts.run("bind", *arguments)
        return {
            event.id: binding.otherwise for (event, binding), is_other in zip(bound, answers, strict=True) if is_other
        }

    def refuted_before(self, events: Sequence[Event]) -> dict[str, str]:
        """What `refuted` would give for events whose subjects are settled; settles nothing. Raises StoreUnavailable."""
        bound = [(event, binding) for event in events for binding in event.bindings]
        if not bound:
            return {}
        with store_errors():
            holders = cast(list[bytes | None], self._redis.mget([_subject_key(*each) for each in bound]))
        return {
            event.id: binding.otherwise
            for (event, binding), holder in zip(bound, holders, strict=True)
            if holder is not None and holder.decode() != _hash(binding.holder)
        }


def _subject_key(event: Event, binding: Binding) -> str:
    subject = f"{event.source}\n{binding.subject}"
    return f"{PREFIX}binding:{_hash(subject)}"


def _hash(text: str) -> str:
    """Senders' texts may be long, and may be addresses of people."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
