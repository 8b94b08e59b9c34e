"""All scenarios by name."""

from tests.reliability import kills, redis_faults

SCENARIOS = {scenario.name: scenario for part in (kills, redis_faults) for scenario in part.SCENARIOS}
