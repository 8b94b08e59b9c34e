"""The samples of one sender told as news: their times end now, their records are new."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from planhook.core.errors import DeliveryRejected
from planhook.core.event import Delivery, Event, milliseconds
from planhook.samples import Sample, load_ids
from planhook.samples.encoded import Change, rewritten
from planhook.samples.filling import filled
from planhook.samples.moving import moved
from planhook.samples.renewing import renewed
from planhook.sources import Source


def told_now(samples: Sequence[Sample], source: Source, now: datetime) -> tuple[Sample, ...]:
    """`samples` of the kind of `source`, in their order, as if the last thing that they tell had just happened.

    One span moves all times, so that what one tells of another stays true. Each `now` has ids of its own, which are the
    same wherever they stand, in the stories of other kinds too. Raises LookupError when the secret is not configured.
    """
    # What cannot be read counts as told at its receipt, which must not hold the others where they are.
    times = [event.occurred_at for one in samples for event in _events(one, source, now) if event.problem is None]
    told_at = max(times, default=now)
    ids, tag = load_ids(source.kind), f"{milliseconds(now):x}"

    def change(text: bytes) -> bytes:
        return renewed(moved(text, told_at, now), ids, tag)

    return tuple(_changed(one, change) for one in samples)


def _events(sample: Sample, source: Source, now: datetime) -> tuple[Event, ...]:
    body = filled(sample.body, sample.content_type, source, now)
    try:
        return source.parse(Delivery("POST", "", sample.headers, body, now))
    except DeliveryRejected:
        return ()  # planhook will say so itself


def _changed(sample: Sample, change: Change) -> Sample:
    headers = {name: change(value.encode()).decode() for name, value in sample.headers.items()}
    return replace(sample, body=rewritten(sample.body, sample.content_type, change), headers=headers)
