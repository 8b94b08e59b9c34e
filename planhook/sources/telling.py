"""What follows from what a sender tells: the types of an event, and how its deal or meeting stands then.

Sources make their events by it, and whoever reads an event that people wrote down.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from planhook.core.event import JSON
from planhook.sources.deal import deal_types, outcome

Record = Mapping[str, JSON]
Ending = Callable[[str, Record, Record], str | None]  # of the type that is said, the deal and the changes


def never(_said: str, _deal: Record, _changes: Record) -> None:
    """For senders of no deals, or of such as never end."""


def by_state(won_stages: frozenset[str] = frozenset(), lost_stages: frozenset[str] = frozenset()) -> Ending:
    """For senders that tell how a deal stands, whether it changed or not. Stages are case-folded."""
    return partial(_by_state, won_stages=won_stages, lost_stages=lost_stages)


def by_change(won_stages: frozenset[str], lost_stages: frozenset[str]) -> Ending:
    """Likewise, for senders that tell beside a change how the deal has stood for long."""
    return partial(_by_change, won_stages=won_stages, lost_stages=lost_stages)


def _by_state(
    _said: str, deal: Record, _changes: Record, *, won_stages: frozenset[str], lost_stages: frozenset[str]
) -> str | None:
    return outcome(deal, won_stages, lost_stages)


def _by_change(
    _said: str, deal: Record, changes: Record, *, won_stages: frozenset[str], lost_stages: frozenset[str]
) -> str | None:
    return outcome(deal, won_stages, lost_stages) if changes.keys() & {"stage", "status"} else None


@dataclass(frozen=True)
class Telling:
    """How one source tells of deals and meetings, which are its `nouns`.

    `ended` says how a deal ended by an event. A source that is `mapped` takes its sender's word for everything; where
    a change `plans_again`, a changed meeting is also a scheduled one. With `leaves_end_open` a meeting that is changed
    may be as long as it was. One that `passes_words_on` knows no list of the words that a deal's status can be.
    """

    nouns: frozenset[str] = frozenset()
    ended: Ending = never
    mapped: bool = False
    plans_again: bool = False
    leaves_end_open: bool = False
    passes_words_on: bool = False

    def types(self, said: str, deal: Record, changes: Record) -> tuple[str, ...]:
        """All types of an event about a deal that is called `said`, the most specific first."""
        ended = self.ended(said, deal, changes)
        return deal_types(said, ended, stage_changed="stage" in changes and said.startswith("deal."))

    def meeting_types(self, said: str, meeting: Record) -> tuple[str, ...]:
        """Likewise of an event about a meeting."""
        if self.plans_again and meeting.get("status") == "cancelled":
            return ("meeting.cancelled",)
        return (said, "meeting.scheduled") if self.plans_again and said == "meeting.updated" else (said,)

    def settle_meeting(self, meeting: dict[str, JSON], event_type: str) -> None:
        """Give a meeting the status that its event says it has, unless the sender may have another word for that."""
        if event_type == "meeting.cancelled" and not (self.mapped and "status" in meeting):
            meeting["status"] = "cancelled"


MAPPED = Telling(frozenset({"deal", "meeting"}), by_state(), mapped=True)
INVITATIONS = Telling(frozenset({"meeting"}), plans_again=True)
BOOKINGS = Telling(frozenset({"meeting"}))


def settle_deal(deal: dict[str, JSON], event_type: str) -> None:
    """Give a deal the status that its event says it has."""
    if event_type in ("deal.won", "deal.lost"):
        deal["status"] = event_type.removeprefix("deal.")
