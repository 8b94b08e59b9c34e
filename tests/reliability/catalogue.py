"""All scenarios by name."""

from tests.reliability import crowds, kills, planhat_faults, redis_faults, steps, zombies

_PARTS = (kills, steps, zombies, redis_faults, planhat_faults, crowds)
SCENARIOS = {scenario.name: scenario for part in _PARTS for scenario in part.SCENARIOS}
