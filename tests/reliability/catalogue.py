"""All scenarios by name."""

from tests.reliability import kills, redis_faults, steps, zombies

SCENARIOS = {scenario.name: scenario for part in (kills, steps, zombies, redis_faults) for scenario in part.SCENARIOS}
