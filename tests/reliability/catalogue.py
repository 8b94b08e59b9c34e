"""All scenarios by name."""

from tests.reliability import kills, planhat_faults, redis_faults, steps, zombies

_PARTS = (kills, steps, zombies, redis_faults, planhat_faults)
SCENARIOS = {scenario.name: scenario for part in _PARTS for scenario in part.SCENARIOS}
