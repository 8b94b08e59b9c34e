"""`test` with what it can do beside running the examples once."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from tests.cli.test_offline_commands import BAD, FAILING, GOOD, ROOT, planhook, rules


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    return tmp_path


def test_test_update_writes_what_the_rules_do(project: Path) -> None:
    rules(project, FAILING)

    done = planhook("test", "--update", cwd=project)

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "rules/deals.yaml:6: this example was updated")
    assert (project / "rules" / "deals.yaml").read_text() == GOOD
    assert sorted(path.name for path in (project / "rules").iterdir()) == ["deals.yaml"]


@pytest.mark.parametrize("other", ["--update", "--json"])
def test_test_watch_goes_alone(project: Path, other: str) -> None:
    rules(project, GOOD)

    assert planhook("test", "--watch", other, cwd=project).returncode == 2


def test_test_watch_runs_again_when_a_file_changes(project: Path) -> None:
    rules(project, GOOD)
    command = [sys.executable, "-um", "planhook", "test", "--watch"]
    with subprocess.Popen(
        command, cwd=project, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as run:
        deadline = threading.Timer(30, run.kill)
        deadline.start()
        assert run.stdout is not None
        until(run.stdout, "1 example passed, 0 failed")
        rules(project, FAILING)
        until(run.stdout, "0 examples passed, 1 failed")
        rules(project, BAD)
        until(run.stdout, "deal.wonn")
        run.send_signal(signal.SIGINT)

        assert run.wait(timeout=10) == 0
        deadline.cancel()


def until(lines: IO[str], told: str) -> None:
    """Read on until a line tells it; the end of the output, which a deadline brings about, fails the test."""
    assert any(told in line for line in lines)


def test_test_tells_how_many_conditions_are_tried_both_ways(project: Path) -> None:
    condition = "    if: {deal.amount: {at_least: 5}, deal.stage: won}\n"
    examples = """    examples:
      - {given: {deal: {id: D1, amount: 9, stage: won}}, expect: [create: {}]}
      - {given: {deal: {amount: 1, stage: won}}, expect: nothing}
      - {given: {type: deal.lost, deal: {amount: 9}}, expect: nothing}
"""
    rules(project, GOOD.split("    examples")[0].replace("    then", f"{condition}    then") + examples)

    shown = planhook("test", cwd=project).stdout
    as_json = json.loads(planhook("test", "--json", cwd=project).stdout)

    assert '  in no example is "deal.stage is won" false\n' in shown
    assert shown.endswith("1 of 2 conditions tried both ways\n")
    assert (as_json["conditions"], as_json["covered"]) == (2, 1)


def test_test_tells_what_fails_beside_an_example_that_cannot_be_read(project: Path) -> None:
    broken = "examples: [{given: {deal: {id: D1}}, expect: [create: {title: x}]}, "
    rules(project, FAILING.replace("examples: [", broken))

    done = planhook("test", cwd=project)

    assert done.returncode == 1
    assert "a Planhat task has no field title (did you mean action?)" in done.stdout
    assert 'create sourceId: expected "x-D2", got "x-D1"' in done.stdout
