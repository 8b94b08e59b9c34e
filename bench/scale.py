"""How much is measured: the counts of a full run and of a quick one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`delay_ms` is how long the sandbox lets each call of its API take; the other fields are counts."""

    events: int = 20_000
    tasks: int = 5_000
    bulk_size: int = 1_000
    delay_ms: int = 50
    single_events: int = 20
    rounds: int = 5
    backlogs: int = 3
    requests_of_one: int = 600
    requests_of_many: int = 3_000
    live_events: int = 2_000
    glue_events: int = 200


FULL = Scale()
QUICK = Scale(
    events=2_000,
    tasks=500,
    single_events=5,
    rounds=1,
    backlogs=1,
    requests_of_one=100,
    requests_of_many=400,
    live_events=200,
    glue_events=30,
)
