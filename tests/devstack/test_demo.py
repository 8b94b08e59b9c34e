import shutil
from pathlib import Path

import pytest

from devstack.demo import main
from devstack.stack import ROOT


def test_the_demo_comes_out_as_it_should(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0, capsys.readouterr().out


def test_the_demo_fails_when_a_rule_does_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    meetings = rules / "meetings.yaml"
    meetings.write_text(meetings.read_text().replace("\n      cancel:", "\n      complete:"))

    assert main(rules) == 1

    assert "task meeting-kickoff-acme@calendar.example" in capsys.readouterr().out.rpartition("Not as it should be")[2]
