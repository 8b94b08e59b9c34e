import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figure import Figure, figures_table, percentile, times
from bench.sender import deals

ROOT = Path(__file__).resolve().parents[2]


def test_a_quick_run_measures_a_living_system(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "latency", "--quick", "--json", str(tmp_path / "figures.json")]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert ended.returncode == 0, ended.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert [figure["scenario"] for figure in figures] == ["latency"] * 6
    assert all(figure["value"] > 0 for figure in figures)
    assert figures[4]["name"] in ended.stdout


def test_an_unknown_scenario_is_named_with_those_there_are() -> None:
    command = [sys.executable, "-m", "bench", "speed"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 2
    assert "speed" in ended.stderr
    assert "backlog" in ended.stderr


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (51, 3.0), (99, 4.0), (100, 4.0), (0, 1.0)])
def test_a_percentile_is_one_of_the_values(percent: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value


def test_a_ratio_is_as_precise_as_it_is_large() -> None:
    assert times(3, 4) == "0.75 ×"
    assert times(640, 10) == "64 ×"


def test_the_table_has_each_figure_with_its_unit() -> None:
    shown = figures_table([Figure("intake", "rate", 1234.5, "/s", "0.5 × bare"), Figure("intake", "p99", 9.87, "ms")])

    assert "1,234 /s" in shown
    assert "9.87 ms" in shown
    assert "0.5 × bare" in shown


def test_the_events_of_a_load_are_spread_over_its_deals() -> None:
    events = deals("load", events=7, tasks=3)

    assert len({event["id"] for event in events}) == 7
    assert [event["deal"]["id"] for event in events[:4]] == ["load-0", "load-1", "load-2", "load-0"]
    assert [event["type"] for event in events].count("deal.created") == 3
