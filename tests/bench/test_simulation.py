"""The simulated day: what goes in comes out, and waits follow from the arithmetic."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.costs import Commands, Costs
from bench.day import DAY_S, Burst, Cohort, arrivals
from bench.stations import Installation, simulate

NOTHING = Commands(0.0, 0.0, 0.0)
COSTS = Costs(0.001, 0.0001, 0.0001, 0.001, 0.0001, 0.0001, 0.0001, 1.0, 1.0, 1.0, 1.0, NOTHING, NOTHING)
SMALL = Installation(web=1, workers=1, bulk_size=500)


def together(count: int, at: float = 0.0) -> Cohort:
    return Cohort(at, at, count)


@given(
    st.lists(st.tuples(st.floats(0, 500), st.integers(1, 3_000)), min_size=1, max_size=20),
    st.integers(1, 4),
    st.integers(1, 5_000),
)
@settings(max_examples=50, deadline=None)
def test_every_event_that_came_ends(load: list[tuple[float, int]], processes: int, bulk_size: int) -> None:
    came = [together(count, at) for at, count in sorted(load)]

    day = simulate(iter(came), COSTS, Installation(web=processes, workers=processes, bulk_size=bulk_size))

    total = sum(cohort.count for cohort in came)
    assert day.waits.total() == day.came.total() == day.ended.total() == total
    assert day.calls >= total / bulk_size
    assert day.waited(50) <= day.waited(99) <= day.waited(100)


def test_a_lone_event_waits_for_each_station_once() -> None:
    day = simulate(iter([together(1)]), COSTS, SMALL)

    own = COSTS.web + COSTS.planner_batch + COSTS.planner_event + COSTS.redis_plan
    there = SMALL.call_s + SMALL.item_s + COSTS.deliver_item + COSTS.redis_deliver
    assert own + there <= day.waited(100) <= own + there + 0.01


def test_more_web_processes_take_in_faster_until_redis_is_the_limit() -> None:
    waits = [simulate(iter([together(10_000)]), COSTS, replace(SMALL, web=web)).waited(100) for web in (1, 2, 100)]

    assert waits[0] > waits[1] > waits[2] >= 10_000 * COSTS.redis_event


def test_a_backlog_is_written_in_as_few_calls_as_the_bulk_size_allows() -> None:
    day = simulate(iter([together(10_000)]), COSTS, replace(SMALL, bulk_size=5_000))

    assert day.calls == 2
    assert day.most_waiting() == 10_000


def test_nothing_is_delivered_while_planhat_is_away() -> None:
    day = simulate(iter([together(10, at=150.0)]), COSTS, replace(SMALL, away=(100.0, 200.0)))

    assert min(day.ended) >= 200


def test_a_steady_load_is_paced_below_the_budget_of_calls() -> None:
    day = simulate((together(1, at=tick / 10) for tick in range(6_000)), COSTS, SMALL)

    assert day.calls / 10 < SMALL.calls_per_minute


def test_a_day_has_the_events_that_were_asked_for_bursts_included() -> None:
    came = list(arrivals(200_000, [Burst(start=36_000, seconds=60, share=0.1)], seed=1))

    burst = sum(cohort.count for cohort in came if 36_000 <= cohort.arrived < 36_060)
    assert abs(sum(cohort.count for cohort in came) - 200_000) < 4_000
    assert 20_000 <= burst <= 21_500
    assert max(cohort.arrived for cohort in came) < DAY_S
