"""What changed settings of the reading of events would have made of events that were read long ago. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from planhook.authoring.source_settings import PROOF, differing_settings
from planhook.core.event import Event
from planhook.sources.meeting import outside_domains
from planhook.sources.source import Source


@dataclass(slots=True)
class Domains:
    """`meeting.domains` by the internal domains of two rule sets. `untold` counts events of which nobody can say."""

    before: frozenset[str]
    after: frozenset[str]
    untold: int = 0

    def both(self, event: Event) -> tuple[Event, Event]:
        """The event as it is read before and after.

        Where its domains are others than those who take part would give, they come from elsewhere, and stay.
        """
        meeting = event.meeting
        if self.before == self.after or not meeting or "domains" not in meeting:
            return event, event
        people = meeting.get("organizer"), meeting.get("attendees") or []
        was, now = outside_domains(*people, self.before), outside_domains(*people, self.after)
        if meeting["domains"] not in (was, now):
            self.untold += 1
            return event, event
        return _with_domains(event, was), _with_domains(event, now)


def _with_domains(event: Event, domains: list[str]) -> Event:
    return replace(event, meeting={**(event.meeting or {}), "domains": domains})


def unforeseen(before: Mapping[str, Source], after: Mapping[str, Source]) -> Iterator[str]:
    """What of changed sources a judgement of stored events leaves out: they were read when they came."""
    for name, old in sorted(before.items()):
        new = after.get(name)
        if new is None:
            yield f"the source {name} is gone: what it sent is judged all the same"
        elif differing := [key for key in differing_settings(old, new) if key != PROOF]:
            yield f"the source {name} reads otherwise ({', '.join(differing)}): its events are judged as they were read"
