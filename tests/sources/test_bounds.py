"""No body, however hostile, costs more than a second of computing or 100 MB to prove and to read."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from planhook.sources import KINDS
from tests.sources.hostile_bodies import SIZE

ROOT = Path(__file__).parents[2]
HEADERS_ONLY = {"google-calendar"}  # it has no body


@pytest.fixture(scope="module")
def costs() -> list[list[Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sources.hostile_bodies"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - HEADERS_ONLY))
def test_hostile_bodies_of_full_size_cost_little(costs: list[list[Any]], kind: str) -> None:
    measured = [one[1:] for one in costs if one[0] == kind]

    assert len(measured) >= 2
    assert max(size for _, size, *_ in measured) > SIZE * 0.9
    assert [one for one in measured if one[2] > 1 or one[3] > 100 or one[4]] == []
