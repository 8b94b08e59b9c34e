import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_python_without_the_dependencies_says_what_to_run_instead() -> None:
    without_packages = [sys.executable, "-S", "-m", "planhook", "check"]

    told = subprocess.run(without_packages, cwd=ROOT, capture_output=True, text=True, check=False)

    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1
    assert "run `make setup`, then .venv/bin/python -m planhook" in told.stderr
