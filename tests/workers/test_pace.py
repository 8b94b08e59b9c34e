"""Bulk writes go out at once while they are few or full, and never use up the minute."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workers.pace import Pace

SPREAD_S = 61 / 180 * 1.5  # between two writes of a steady load, with 180 calls a minute


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def write_times(calls_per_minute: int, wanted: Sequence[tuple[float, bool]]) -> list[float]:
    """When writes go out that are wanted so many seconds after the one before; with each, whether it is full."""
    clock, times = Clock(), []
    pace = Pace(calls_per_minute, clock)
    for seconds, is_full in wanted:
        clock.now += seconds
        clock.now += pace.wait(is_full=is_full)
        pace.count()
        times.append(clock.now)
    return times


def small(*seconds: float) -> list[tuple[float, bool]]:
    return [(each, False) for each in seconds]


def without_a_break(writes: int, *, full: bool) -> list[tuple[float, bool]]:
    return [(0.0, full)] * writes


def most_in_a_minute(times: Sequence[float]) -> int:
    return max(sum(start <= each < start + 60 for each in times) for start in times)


def gaps(times: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


@given(st.integers(1, 1_000), st.lists(st.floats(0, 5), max_size=200))
def test_no_minute_has_more_writes_than_its_share(calls_per_minute: int, idle: list[float]) -> None:
    times = write_times(calls_per_minute, small(*idle) + without_a_break(300, full=False))
    assert most_in_a_minute(times) <= max(1, calls_per_minute // 6) + calls_per_minute * 2 / 3 + 1


@given(st.integers(4, 1_000), st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=200), st.booleans())
def test_full_writes_leave_calls_for_others(
    calls_per_minute: int, mixed: list[tuple[float, bool]], ends_full: bool
) -> None:
    times = write_times(calls_per_minute, mixed + without_a_break(300, full=ends_full))
    assert most_in_a_minute(times) <= max(1, calls_per_minute // 5) + calls_per_minute * 2 / 3 + 1


def test_a_sixth_of_the_minute_goes_out_at_once_then_all_are_spread() -> None:
    times = write_times(180, without_a_break(60, full=False))
    assert times[29] == times[0]
    later = gaps(times[30:])
    assert max(later) - min(later) < 0.01
    assert 0.45 < later[0] < 0.55


def test_full_writes_wait_later_and_then_as_long() -> None:
    times = write_times(180, without_a_break(80, full=True))
    assert times[35] == times[0]
    assert all(abs(gap - SPREAD_S) < 0.01 for gap in gaps(times[36:]))


def test_full_writes_go_out_while_small_ones_are_spread() -> None:
    times = write_times(180, [*without_a_break(32, full=False), *without_a_break(6, full=True)])
    assert all(abs(gap - SPREAD_S) < 0.01 for gap in gaps(times[30:32]))
    assert times[37] == times[31]


@given(st.integers(30, 80))
def test_small_writes_behind_full_ones_go_at_the_steady_pace(full: int) -> None:
    """What a burst has used up they need not wait for: they would wait for seconds."""
    times = write_times(180, [*without_a_break(full, full=True), *without_a_break(20, full=False)])
    assert max(gaps(times)) < SPREAD_S + 0.01


@given(st.lists(st.floats(0.6, 100), min_size=1, max_size=300))
def test_writes_that_come_slowly_never_wait(idle: list[float]) -> None:
    times = write_times(180, small(*idle))
    wanted = 1_000.0
    for seconds, went in zip(idle, times, strict=True):
        wanted += seconds
        assert abs(went - wanted) < 1e-6


def test_a_break_lets_as_many_go_at_once_as_in_the_beginning() -> None:
    times = write_times(180, [*without_a_break(50, full=False), (60.0, False), *without_a_break(29, full=False)])
    assert times[-1] - times[50] < 1e-6


@given(
    st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=100),
    st.lists(st.booleans(), min_size=100, max_size=100),
)
def test_who_adopts_a_pace_goes_on_as_if_nobody_had_come_and_gone(
    mixed: list[tuple[float, bool]], changes: list[bool]
) -> None:
    clock = Clock()
    alone, by_turns = Pace(180, clock), Pace(180, clock)
    for (seconds, is_full), is_another in zip(mixed, changes, strict=False):
        clock.now += seconds
        if is_another:
            by_turns, before = Pace(180, clock), by_turns
            by_turns.adopt(*before.state)
        assert abs(by_turns.wait(is_full=is_full) - alone.wait(is_full=is_full)) < 1e-6
        alone.count()
        by_turns.count()


@given(st.floats(-1e7, 1e7), st.floats(-1e7, 1e7), st.booleans())
def test_a_state_that_cannot_be_holds_nobody_up(ahead_s: float, ago_s: float, is_full: bool) -> None:
    """The clock of Redis went back by hours: the last write seems to be still to come."""
    pace = Pace(180, Clock())
    pace.adopt(ahead_s, ago_s)
    assert pace.wait(is_full=is_full) < SPREAD_S + 0.01
