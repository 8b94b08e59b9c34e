"""What `planhook doctor` sees of the work itself: what comes in, what waits, what ended badly."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from redis import Redis

from planhook.authoring.nouns import counted
from planhook.cli.diagnosis import ERROR, FINE, WARNING, Diagnosis
from planhook.cli.problems import told
from planhook.core.errors import StoreUnavailable
from planhook.core.event import iso
from planhook.store.fetches import Fetches, Trouble
from planhook.store.journal import Journal
from planhook.store.problems import Problems
from planhook.store.refusals import KEPT, UNKNOWN_SOURCE, Refusals

_LONG_WAIT = 60  # seconds
_LATELY = timedelta(days=1)
_MOST_PROBLEMS = 5


def look_at_work(redis: Redis) -> Iterator[Diagnosis]:
    """Whether deliveries are taken, events move on and end well; nothing when Redis does not answer."""
    try:
        journal = Journal(redis)
        figures, trouble = journal.stats(), journal.trouble()
        fetching = Fetches(redis).troubles()
        problems = Problems(redis).all()
        refused = Refusals(redis).last()
    except StoreUnavailable:
        return
    yield from _refused([one for one in refused if one["at"] >= iso(datetime.now(UTC) - _LATELY)])
    for one in fetching:
        yield _unfetched(one)
    for problem in problems[:_MOST_PROBLEMS]:
        advice = "correct it there, or make the field or status in Planhat"
        yield Diagnosis("work", WARNING, told(problem), advice)
    if len(problems) > _MOST_PROBLEMS:
        seen = f"{counted(len(problems) - _MOST_PROBLEMS, 'more value')} that Planhat did not keep"
        yield Diagnosis("work", WARNING, seen, "python -m planhook problems shows them all")
    if trouble:
        yield Diagnosis("work", ERROR, trouble, "events are safe and wait until that is mended")
    yield from _ends(figures, is_troubled=bool(trouble))


def _ends(figures: dict[str, int], *, is_troubled: bool) -> Iterator[Diagnosis]:
    if dead := figures["dead"]:
        advice = (
            "python -m planhook events list --status dead says why of each; once that is mended, "
            "events replay --status dead plans them again"
        )
        yield Diagnosis("work", WARNING, f"{counted(dead, 'event')} ended dead", advice)
    oldest = figures["oldest_waiting_ms"] / 1000
    if oldest > _LONG_WAIT and not is_troubled:
        seen = f"{counted(figures['waiting'], 'event')} wait, the oldest for {oldest:.0f} s"
        yield Diagnosis("work", ERROR, seen, "is a worker running? python -m workers")
    else:
        yield Diagnosis("work", FINE, f"{figures['accepted']} events accepted, {figures['waiting']} wait")


def _refused(lately: list[dict[str, str]]) -> Iterator[Diagnosis]:
    """One for each source; what went to no source of ours may be anybody's."""
    at_least = "at least " if len(lately) >= KEPT else ""
    strays = sum(one["reason"] == UNKNOWN_SOURCE for one in lately)
    for source in sorted({one["source"] for one in lately if one["reason"] != UNKNOWN_SOURCE}):
        reasons = Counter(one["reason"] for one in lately if one["source"] == source)
        told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        seen = f"{at_least}{counted(reasons.total(), 'request')} to {source} refused in the last day: {told}"
        advice = "python -m planhook refusals shows when; the web process's log has a line for each with more words"
        yield Diagnosis("refusals", WARNING, seen, advice)
    if strays:
        seen = f"{at_least}{counted(strays, 'request')} to sources that do not exist in the last day"
        yield Diagnosis("refusals", FINE, seen, "python -m planhook refusals has their names")


def _unfetched(trouble: Trouble) -> Diagnosis:
    source, since = trouble.source, iso(trouble.since)
    if trouble.lookup:
        seen = f"{trouble.lookup} of {source} cannot be fetched since {since}: {trouble.reason}"
        advice = f"its events are safe and wait; is it spelt right under fetch: of {source}, and open to our sign-in?"
    else:
        seen = f"nothing is fetched for {source} since {since}: {trouble.reason}"
        advice = f"its events are safe and wait; look at fetch: of {source}, the token above all"
    return Diagnosis("fetch", ERROR, seen, advice)
