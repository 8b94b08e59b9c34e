"""`make zoo`: every bug against its keepers. `python -m tests.zoo NAME …` tries only those bugs."""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from devstack.stack import ROOT
from tests.zoo.bug import Bug, BugOutdated, load_bugs
from tests.zoo.trial import TrialFailed, copy_tree, run_tests

_LONGEST_HEALTHY_S = 300


def main(names: Sequence[str]) -> int:
    """Print what caught each bug of `names` (all if there are none); 0 when every one was caught."""
    bugs = [bug for bug in load_bugs() if not names or bug.name in names]
    if unknown := set(names) - {bug.name for bug in bugs}:
        print(f"there is no bug {', '.join(sorted(unknown))}")
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        healthy = copy_tree(ROOT, Path(folder) / "healthy")
        print(f"{len(bugs)} bugs; first their keepers, which have to pass on the healthy tree", flush=True)
        if told := trouble_without_bugs(healthy, bugs):
            print(told)
            return 1
        width = max(len(bug.name) for bug in bugs)
        caught = sum(_try(bug, healthy, width) for bug in bugs)
    print(f"{caught} of {len(bugs)} bugs were caught ({time.monotonic() - began:.0f} s)")
    return 0 if caught == len(bugs) else 1


def trouble_without_bugs(healthy: Path, bugs: Sequence[Bug]) -> str:
    """What is wrong with the keepers themselves; empty when all of them pass where there is no bug."""
    keepers = list(dict.fromkeys(keeper for bug in bugs for keeper in bug.keepers))
    try:
        outcome = run_tests(healthy, keepers, healthy.with_suffix(".xml"), _LONGEST_HEALTHY_S)
    except TrialFailed as trouble:
        return str(trouble)
    if outcome.failed:
        return f"fails without any bug, so it proves nothing: {', '.join(outcome.failed)}"
    return "" if outcome.ran >= len(keepers) else "some keepers could not run, so they prove nothing"


def caught_by(bug: Bug, healthy: Path) -> str:
    """The keeper that fails in a copy of `healthy` with `bug` in it; empty when none does.

    Raises BugOutdated and TrialFailed.
    """
    tree = copy_tree(healthy, healthy.parent / bug.name)
    bug.apply(tree)
    return next(iter(run_tests(tree, bug.keepers, tree.with_suffix(".xml")).failed), "")


def _try(bug: Bug, healthy: Path, width: int) -> bool:
    began = time.monotonic()
    try:
        keeper, trouble = caught_by(bug, healthy), "all its keepers pass"
    except (BugOutdated, TrialFailed) as fault:
        keeper, trouble = "", str(fault)
    shown = keeper or f"NOT CAUGHT: {trouble}\n{bug.does}"
    print(f"{bug.name.ljust(width)}  {time.monotonic() - began:4.1f} s  {shown}", flush=True)
    return bool(keeper)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
