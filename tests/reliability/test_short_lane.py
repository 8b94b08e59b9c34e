"""Each scenario of the short lane for a round or two. The long lane is `make reliability`."""

import random
from pathlib import Path

import pytest

from tests.reliability.catalogue import SCENARIOS
from tests.reliability.lane import FIGURES
from tests.reliability.scenario import Scenario, play

ROUNDS = 1


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [one for one in SCENARIOS.values() if one.short], ids=lambda one: one.name)
def test_nothing_is_lost_doubled_or_wrong(tmp_path: Path, scenario: Scenario, pytestconfig: pytest.Config) -> None:
    seed = random.randrange(1_000_000)
    print(f'make reliability ARGS="--scenario {scenario.name} --seed {seed} --rounds {ROUNDS}"')

    figures = play(scenario, seed, tmp_path, ROUNDS)
    pytestconfig.stash.setdefault(FIGURES, []).append(figures)

    assert figures.findings == []
    assert figures.unclear == 0
    assert figures.faults >= ROUNDS  # a run in which nothing went wrong proves nothing
    assert figures.events > 0
