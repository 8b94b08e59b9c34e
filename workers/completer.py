"""Completing thin events: several lookups at a time, each for all events that wait for it."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from planhook.core.errors import (
    FetchAccessRefused,
    FetchError,
    FetchRefused,
    FetchResourceRefused,
    FetchUnavailable,
    StoreUnavailable,
)
from planhook.core.event import Event
from planhook.failpoints import reach
from planhook.fetch.api import Stopped
from planhook.fetch.registry import Fetcher
from planhook.store.fetches import Fetched, Fetches, Lookup
from planhook.store.registers import Lost
from workers.patience import Patience

PARALLEL = 4
LEASE_MS = 6_000
_POLL_S = 0.2
_SETTLE = timedelta(seconds=60)  # web and workers notice changed rule files one after the other
_LOOK_S = 2.0
_AGAIN_S = 60.0


class Completer:
    """Looks up under `name` what is due. Any number of completers may work at the same time.

    `fetcher_of` gives the fetcher of a source, None when it has none (any more); `wake_planner` is called
    whenever events have become complete.
    """

    def __init__(
        self,
        name: str,
        fetches: Fetches,
        fetcher_of: Callable[[str], Fetcher | None],
        wake_planner: Callable[[], None],
    ) -> None:
        self.name = name
        self._fetches = fetches
        self._fetcher_of = fetcher_of
        self._wake_planner = wake_planner
        self._patience: dict[str, Patience] = {}
        self._log = structlog.get_logger("planhook.completer")

    def drain(self, stop: Callable[[], bool]) -> None:
        """Look up what is due until nothing is; after `stop()` nothing is begun any more.

        Raises StoreUnavailable; what was in hand then is due again with the next call.
        """
        self._fetches.release(self.name, died=False)  # of an answer that got lost, or a drain that was interrupted
        running: dict[Future[Fetched | None], Lookup] = {}
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="lookup") as pool:
            while True:
                if not stop() and len(running) < PARALLEL and not any(one.alone for one in running.values()):
                    for lookup in self._claim(PARALLEL - len(running), idle=not running):
                        running[pool.submit(self._fetch, lookup)] = lookup
                if not running:
                    return
                done, _ = wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                for future in done:
                    self._finish(running.pop(future), future)

    def _claim(self, most: int, *, idle: bool) -> list[Lookup]:
        claimed = self._fetches.claim(self.name, most, LEASE_MS, idle=idle)
        if claimed:
            reach("fetch.claimed")
        return claimed

    def _fetch(self, lookup: Lookup) -> Fetched | None:
        """What the lookup brings; None when its source fetches nothing."""
        fetcher = self._fetcher_of(lookup.source)
        fetched = fetcher.fetch(lookup) if fetcher else None
        reach("fetch.fetched")
        return fetched

    def _finish(self, lookup: Lookup, future: Future[Fetched | None]) -> None:
        patience = self._patience.setdefault(lookup.source, Patience())
        try:
            fetched = future.result()
        except Stopped:
            self._fetches.postpone(self.name, lookup, 0.0)
        except FetchRefused as refusal:
            patience.passed(lookup.key)
            self._give_up(lookup, f"could not be fetched: {refusal}")
        except FetchResourceRefused as refusal:
            self._close(lookup, refusal, patience)
        except (FetchUnavailable, FetchAccessRefused) as error:
            self._put_off(lookup, error, patience)
        except StoreUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - one lookup must not hold up all others, whatever it sets off
            self._log.exception("fetching_failed", source=lookup.source, key=lookup.key)
            self._give_up(lookup, f"could not be fetched: {type(fault).__name__}: {fault}")
        else:
            if fetched is None:
                self._pass_on(lookup)
                return
            patience.passed(lookup.key)
            self._commit(lookup, fetched)
            completed, found = len(fetched.completed), len(fetched.found)
            self._log.info("fetched", source=lookup.source, key=lookup.key, completed=completed, found=found)

    def _put_off(self, lookup: Lookup, error: FetchError, patience: Patience) -> None:
        delays = patience.failed(lookup.key, error)
        if delays is None:
            self._give_up(lookup, f"could not be fetched, again and again while others could: {error}")
            return
        delay_s, pause_s = delays
        self._fetches.postpone(self.name, lookup, delay_s, pause_s=pause_s, trouble=str(error))
        level = self._log.error if isinstance(error, FetchAccessRefused) else self._log.warning
        level("source_paused", source=lookup.source, seconds=round(pause_s, 1), key=lookup.key, error=str(error))

    def _close(self, lookup: Lookup, refusal: FetchResourceRefused, patience: Patience) -> None:
        """Its events wait until what they ask for is opened to us; all else goes on."""
        delay_s, pause_s = patience.refused(lookup.key)
        self._fetches.postpone(self.name, lookup, delay_s, pause_s=pause_s, trouble=str(refusal), alone=True)
        self._log.error(
            "lookup_refused", source=lookup.source, key=lookup.key, seconds=round(delay_s, 1), error=str(refusal)
        )

    def _give_up(self, lookup: Lookup, problem: str) -> None:
        """The events end dead with `problem`; what no event asked for is tried again."""
        self._log.warning("fetch_refused", source=lookup.source, key=lookup.key, problem=problem)
        dead = tuple(replace(event, problem=problem) for event in lookup.events)
        self._commit(lookup, Fetched(dead, again_s=None if dead else _AGAIN_S))

    def _pass_on(self, lookup: Lookup) -> None:
        """Events of a source without `fetch:` stay thin, once this process must have noticed that rules changed."""
        now = datetime.now(UTC)
        if any(now - event.received_at < _SETTLE for event in lookup.events):
            self._fetches.postpone(self.name, lookup, _LOOK_S)
        else:
            self._commit(lookup, Fetched(tuple(_thin(event) for event in lookup.events)))

    def _commit(self, lookup: Lookup, fetched: Fetched) -> None:
        try:
            reach("fetch.commit")
            if self._fetches.commit(self.name, lookup, fetched):
                reach("fetch.committed")
                self._wake_planner()
        except Lost:
            # We were silent for too long and another fetcher has it now; what that one brings stands.
            self._log.warning("lookup_lost", source=lookup.source, key=lookup.key)


def _thin(event: Event) -> Event:
    return event if event.deal or event.meeting or event.ignored else replace(event, ignored="thin")
