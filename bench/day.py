"""A day on a virtual clock: when events arrive, how they queue, how long they waited. No I/O."""

import math
import random
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

DAY_S = 86_400.0
TICK_S = 0.1
_WAIT_STEP_S = 0.01
# Relative load of each hour: offices wake, pause at noon, go home.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 9, 10, 12, 12, 11, 9, 7, 5, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Burst:
    """`share` of the day's events, in addition to the steady ones, evenly over `seconds` from `start` on."""

    start: float
    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Cohort:
    """Events that arrived together. `ready` is when the next station can have them; seconds of the day.

    `behind` is how many were still waiting for the last station when it was done with these.
    """

    arrived: float
    ready: float
    count: int
    behind: int = 0


@dataclass(slots=True)
class Day:
    """What became of a day: events by the second of their arrival, of their end, and by how long they waited."""

    came: Counter[int] = field(default_factory=Counter)
    ended: Counter[int] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)
    calls: int = 0

    def end(self, cohort: Cohort, at: float) -> None:
        self.ended[int(at)] += cohort.count
        self.waits[math.ceil((at - cohort.arrived) / _WAIT_STEP_S)] += cohort.count

    def waited(self, percent: float) -> float:
        """Seconds that so many percent of the events did not exceed."""
        least = self.waits.total() * percent / 100
        steps = sorted(self.waits)
        below = accumulate(self.waits[step] for step in steps)
        return next(step for step, count in zip(steps, below, strict=True) if count >= least) * _WAIT_STEP_S

    def most_waiting(self) -> int:
        seconds = range(max(self.ended) + 1)
        return max(accumulate(self.came[second] - self.ended[second] for second in seconds))

    def most_a_minute(self) -> int:
        """The most events that arrived in a minute."""
        minutes: Counter[int] = Counter()
        for second, count in self.came.items():
            minutes[second // 60] += count
        return max(minutes.values())


def arrivals(per_day: int, bursts: Sequence[Burst], seed: int) -> Iterator[Cohort]:
    """A day's events: the curve of the hours with noise, and the bursts."""
    chance = random.Random(seed)
    steady = per_day * (1 - sum(burst.share for burst in bursts)) / sum(_HOURS) / 3600
    due = 0.0
    for tick in range(int(DAY_S / TICK_S)):
        time = tick * TICK_S
        hour, part = divmod(time / 3600, 1)
        rate = steady * (_HOURS[int(hour)] * (1 - part) + _HOURS[int(hour + 1) % 24] * part)
        for burst in bursts:
            if burst.start <= time < burst.start + burst.seconds:
                rate += per_day * burst.share / burst.seconds
        due += chance.gauss(rate * TICK_S, math.sqrt(rate * TICK_S))
        if due >= 1:
            yield Cohort(time, time, int(due))
            due -= int(due)


class Queue:
    """Cohorts that wait, fed by the station before in the order of time."""

    def __init__(self, source: Iterator[Cohort]) -> None:
        self._source = source
        self._coming = next(source, None)
        self._waiting: deque[Cohort] = deque()
        self.count = 0
        self.behind = 0  # of the last cohort that has come

    def first(self) -> float | None:
        """When there is or will be something to take; None when nothing will."""
        return self._waiting[0].ready if self._waiting else self.coming()

    def coming(self) -> float | None:
        """When the next cohort comes."""
        return self._coming.ready if self._coming else None

    def fill(self, until: float) -> None:
        """Let come what is ready by then."""
        while self._coming and self._coming.ready <= until:
            self._waiting.append(self._coming)
            self.count += self._coming.count
            self.behind = self._coming.behind
            self._coming = next(self._source, None)

    def take(self, most: int) -> list[Cohort]:
        """The longest waiting events, up to `most`."""
        taken = []
        while most and self._waiting:
            cohort = self._waiting.popleft()
            if cohort.count > most:
                self._waiting.appendleft(replace(cohort, count=cohort.count - most))
                cohort = replace(cohort, count=most)
            taken.append(cohort)
            most -= cohort.count
            self.count -= cohort.count
        return taken
