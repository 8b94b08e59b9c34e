"""Bulk writes go out at once while they are few, and never use up the minute."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workers.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def write_times(calls_per_minute: int, idle: list[float], writes: int = 0) -> list[float]:
    """When writes go out that are wanted after each time of `idle` seconds, then `writes` without a break."""
    clock, times = Clock(), []
    pace = Pace(calls_per_minute, clock)
    for seconds in [*idle, *[0.0] * writes]:
        clock.now += seconds
        clock.now += pace.wait()
        pace.count()
        times.append(clock.now)
    return times


@given(st.integers(1, 1_000), st.lists(st.floats(0, 5), max_size=200))
def test_no_minute_has_more_writes_than_its_share(calls_per_minute: int, idle: list[float]) -> None:
    times = write_times(calls_per_minute, idle, writes=300)
    share = max(1, calls_per_minute // 6) + calls_per_minute * 2 / 3 + 1
    for start in times:
        assert sum(start <= each < start + 60 for each in times) <= share


def test_a_sixth_of_the_minute_goes_out_at_once_then_all_are_spread() -> None:
    times = write_times(180, [], writes=60)
    assert times[29] == times[0]
    gaps = [after - before for before, after in pairwise(times[30:])]
    assert max(gaps) - min(gaps) < 0.01
    assert 0.45 < gaps[0] < 0.55


@given(st.lists(st.floats(0.6, 100), min_size=1, max_size=300))
def test_writes_that_come_slowly_never_wait(idle: list[float]) -> None:
    times = write_times(180, idle)
    wanted = 1_000.0
    for seconds, went in zip(idle, times, strict=True):
        wanted += seconds
        assert abs(went - wanted) < 1e-6


def test_a_break_lets_as_many_go_at_once_as_in_the_beginning() -> None:
    times = write_times(180, [0.0] * 50 + [60.0], writes=29)
    assert times[-1] - times[50] < 1e-6
