"""How much is measured: the counts of a usual run, of a long one and of a quick one."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Scale:
    """`delay_ms` is how long the sandbox lets each call of its API take; the other fields are counts.

    `events`, `tasks` and `bulk_size` are the backlog's; `live_events` are sent one a request while all works,
    `glue_events` likewise to what is many times slower. `per_day` are the events of the simulated day.
    """

    events: int = 100_000
    tasks: int = 20_000
    bulk_size: int = 5_000
    delay_ms: int = 50
    single_events: int = 20
    rounds: int = 3
    backlogs: int = 1
    requests_of_one: int = 500
    requests_of_many: int = 3_000
    paced_seconds: int = 5
    planned_events: int = 2_000
    live_events: int = 12_000
    glue_events: int = 150
    per_day: int = 10_000_000


USUAL = Scale()
FULL = replace(USUAL, single_events=100, rounds=7, backlogs=3, paced_seconds=30, live_events=20_000, glue_events=600)
QUICK = Scale(
    events=2_000,
    tasks=500,
    single_events=5,
    rounds=1,
    requests_of_one=100,
    requests_of_many=400,
    paced_seconds=1,
    planned_events=200,
    live_events=200,
    glue_events=30,
    per_day=100_000,
)
