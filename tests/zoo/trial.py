"""Running chosen tests in a copy of the tree."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from devstack.stack import own_environment

_LONGEST_S = 60
_ENDS_WITHIN_S = 10
_TESTS_PASSED, _TESTS_FAILED = 0, 1  # pytest's exit statuses; any other says that it could not run them
_LEFT_OUT = shutil.ignore_patterns(".*", "var")


class TrialFailed(Exception):
    """The tests could not be run, so nothing is known of them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The names of the tests that failed, and how many ran. A test whose preparations failed did not run."""

    failed: tuple[str, ...]
    ran: int


def copy_tree(source: Path, target: Path) -> Path:
    """A copy of the project at `source`, compiled files included; without what programs left there."""
    return Path(shutil.copytree(source, target, ignore=_LEFT_OUT))


def run_tests(tree: Path, tests: Sequence[str], report: Path, longest_s: int = _LONGEST_S) -> Outcome:
    """Run `tests` in `tree` until one fails; `report` is a file for the results. Raises TrialFailed."""
    report.unlink(missing_ok=True)
    options = ["-x", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={report}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=tree,
        env=own_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=longest_s)
    except subprocess.TimeoutExpired:
        _end(process)
        raise TrialFailed(f"the tests did not end within {longest_s} s") from None
    if process.returncode not in (_TESTS_PASSED, _TESTS_FAILED):
        raise TrialFailed(f"pytest ended with status {process.returncode}:\n{said}")
    return _outcome(report)


def _end(process: subprocess.Popen[str]) -> None:
    """End pytest as Ctrl-C does, so that it stops the servers it started."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _outcome(report: Path) -> Outcome:
    cases = list(ET.parse(report).iter("testcase"))
    failed = tuple(str(case.get("name")) for case in cases if case.find("failure") is not None)
    unready = [case for case in cases if case.find("error") is not None or case.find("skipped") is not None]
    return Outcome(failed, len(cases) - len(unready))
