"""Events of every kind of sender, written as an example with the same words, are those events again."""

from pathlib import Path
from typing import Any

import pytest

from planhook.authoring.given import event_of
from planhook.core.calendar import Calendar
from planhook.core.event import Event
from planhook.samples import Sample
from planhook.samples.filling import filled
from planhook.sources import Source
from tests.samples.test_samples import NOW, SAMPLES, described
from tests.sources.delivery import deliver


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_an_event_of_a_sender_is_given_as_an_example(sample: Sample, tmp_path: Path) -> None:
    source = described(sample.kind, tmp_path)
    body = filled(sample.body, sample.content_type, source, NOW)

    for event in source.parse(deliver(body, sample.headers, now=NOW)):
        if not (event.problem or event.ignored):
            assert _again(event, source) == (event.types, event.deal, event.meeting, event.changes)


def _again(event: Event, source: Source) -> tuple[object, ...]:
    """What an example makes of the event, as `capture` writes one: the types only where it would not guess them."""
    data = event.data()
    told: dict[str, Any] = {name: data[name] for name in ("deal", "meeting", "changes") if name in data}
    given = {"type": event.type, "source": source.name, **told}
    read = event_of(given, Calendar(), known={source.name: source})
    if read.types != event.types:
        read = event_of({**given, "types": event.types}, Calendar(), known={source.name: source})
    return (read.types, read.deal, read.meeting, read.changes)
