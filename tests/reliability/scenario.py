"""One scenario: a load, what goes wrong meanwhile, and the judgement once all is quiet."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.books import Books
from tests.reliability.checker import Evidence, Finding, findings
from tests.reliability.sender import Ledger, Senders
from tests.reliability.story import Story
from tests.reliability.system import CALLS_PER_MINUTE, System, wait_for

_LOOKED_AT = 25  # events whose whole record is read


@dataclass
class Run:
    """What the faults of a scenario work on, and what they leave to the judge."""

    system: System
    senders: Senders
    story: Story
    chance: random.Random
    ledger: Ledger
    rounds: int
    poison: set[str] = field(default_factory=set)
    most_writes: dict[str, int] = field(default_factory=dict)
    retry_after_s: float = 0.0
    exits: dict[str, int | None] = field(default_factory=dict)
    exit_seconds: float = 0.0
    held_after_exit: list[str] = field(default_factory=list)

    def tell_of(self, name: str) -> None:
        """Send the one event of a deal that must end dead."""
        event = self.story.lone(name)
        self.poison.add(event["id"])
        self.senders.deliver([event])

    def go_on(self, events: int = 40) -> None:
        """Let the senders get about so many events through, so that the next fault finds work under way."""
        wanted = len(self.ledger.taken) + self.chance.randint(events // 2, events * 3 // 2)
        self.until(lambda: len(self.ledger.taken) >= wanted)

    def until(self, holds: Callable[[], bool], within_s: float = 90) -> None:
        """Wait until it holds; what ends meanwhile is started again, as a platform does."""

        def holds_by_now() -> bool:
            self.system.revive()
            return holds()

        wait_for(holds_by_now, within_s, self.system.describe)


@dataclass(frozen=True)
class Scenario:
    """What goes wrong: `faults` runs while senders send. `short`: it is part of the short lane.

    `strikes_once`: its failpoints strike when they are armed, not each time.
    `late_writes`: a write may arrive in Planhat behind a newer one; what counts is the state after the repair.
    `journal_is_cut`: planhook may forget what has ended.
    """

    name: str
    faults: Callable[[Run], None]
    workers: int = 1
    failpoints: str = ""
    strikes_once: bool = True
    calls_per_minute: int = CALLS_PER_MINUTE
    late_writes: bool = False
    journal_is_cut: bool = False
    short: bool = True


@dataclass
class Figures:
    """What one run of a scenario came to."""

    scenario: str
    seed: int
    faults: int = 0
    events: int = 0
    repeats: int = 0
    unclear: int = 0
    seconds: float = 0.0
    slowest_refusal_s: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return self._count(1)

    @property
    def duplicates(self) -> int:
        return self._count(4)

    @property
    def wrong(self) -> int:
        return len(self.findings) - self.lost - self.duplicates

    def _count(self, promise: int) -> int:
        return sum(finding.promise == promise for finding in self.findings)


def play(scenario: Scenario, seed: int, folder: Path, rounds: int) -> Figures:
    """Start a system, do everything to it, judge it. Raises NotQuiet and PartFailed when it does not recover."""
    began = time.monotonic()
    with System(
        folder,
        workers=scenario.workers,
        calls_per_minute=scenario.calls_per_minute,
        failpoints=scenario.failpoints,
        strikes_once=scenario.strikes_once,
    ) as system:
        story, ledger = Story(seed, f"s{seed}"), Ledger()
        senders = Senders(system.stack.web_url, story, ledger)
        run = Run(system, senders, story, random.Random(seed), ledger, rounds)
        with Books(system.server.port) as books:
            senders.start()
            try:
                run.go_on()
                scenario.faults(run)
                run.go_on()
            finally:
                system.heal()
                senders.stop()
            system.wait_until_quiet(late_writes=scenario.late_writes)
        evidence = _gather(run, books, scenario)
    repeated = [one for one in ledger.attempts if not one.is_forged and one.status not in (200, 202)]
    return Figures(
        scenario.name,
        seed,
        faults=system.faults,
        events=len(ledger.taken),
        repeats=len(repeated),
        unclear=len(ledger.given_up),
        seconds=time.monotonic() - began,
        slowest_refusal_s=max((one.seconds for one in repeated if one.status), default=0.0),
        findings=findings(evidence),
    )


def _gather(run: Run, books: Books, scenario: Scenario) -> Evidence:
    system = run.system
    rows = system.events()
    chosen = run.chance.sample(rows, min(_LOOKED_AT, len(rows)))
    versions = {row["id"]: system.operator(f"/api/v1/events/{row['id']}")["rules_version"] for row in chosen}
    stats = system.operator("/api/v1/stats")
    return Evidence(
        ledger=run.ledger,
        story=run.story,
        rows=rows,
        stats=stats,
        tasks=system.planhat.tasks(),
        calls=system.planhat.calls(),
        calls_per_minute=system.calls_per_minute,
        unbalanced=books.wrong if books.looks else ["nobody looked at the books"],
        poison=frozenset(run.poison),
        most_writes=run.most_writes,
        late_writes=scenario.late_writes,
        journal_is_cut=scenario.journal_is_cut,
        retry_after_s=run.retry_after_s,
        seen=system.everything_written(),
        secrets=system.secrets,
        memory=system.memory(),
        redis_clients=int(system.redis.info("clients")["connected_clients"]),
        rules_versions=versions,
        known_versions=frozenset({stats["rules_version"]}),
        exits=run.exits,
        exit_seconds=run.exit_seconds,
        held_after_exit=run.held_after_exit,
    )
