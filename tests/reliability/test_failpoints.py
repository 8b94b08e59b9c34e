"""Failpoints: inert unless set, exact when set, and refused when misspelt."""

import re
import signal
import subprocess
import sys
import timeit
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.stack import ROOT
from planhook import failpoints
from planhook.core.errors import SettingsInvalid
from planhook.failpoints import ONCE_VARIABLE, POINTS, VARIABLE, FailpointReached, reach


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm({})


def strikes(point: str, about: str = "") -> bool:
    try:
        reach(point, about)
    except FailpointReached:
        return True
    return False


def test_nothing_happens_when_nothing_is_set() -> None:
    failpoints.arm({})

    assert not any(strikes(point) for point in POINTS)


def test_an_unset_point_costs_next_to_nothing() -> None:
    failpoints.arm({})

    seconds = min(timeit.repeat(lambda: reach("plan.event", "x"), number=10_000, repeat=5))

    assert seconds / 10_000 < 5e-6  # some 0.1 µs; a look at the environment or at a file would cost far more


def test_a_point_strikes_from_the_hit_that_is_named() -> None:
    failpoints.arm({VARIABLE: "plan.commit=raise@3"})

    assert [strikes("plan.commit") for _ in range(4)] == [False, False, True, True]
    assert not strikes("plan.committed")


def test_a_point_strikes_only_for_what_it_is_about() -> None:
    failpoints.arm({VARIABLE: "plan.event[poison]=raise"})

    assert [strikes("plan.event", about) for about in ("good-1", "poison-1", "")] == [False, True, False]


def test_with_a_folder_a_point_strikes_once_until_its_file_is_taken_away(tmp_path: Path) -> None:
    settings = {VARIABLE: "deliver.noted=raise", ONCE_VARIABLE: str(tmp_path)}
    failpoints.arm(settings)
    first = [strikes("deliver.noted"), strikes("deliver.noted")]
    failpoints.arm(settings)  # as a restarted process does
    again = strikes("deliver.noted")
    (tmp_path / "deliver.noted").unlink()

    assert (first, again, strikes("deliver.noted")) == ([True, False], False, True)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("accept.storred=kill", "accept.stored"),
        ("accept.stored=explode", "kill-group"),
        ("accept.stored", "accept.stored=kill@3"),
        ("accept.stored=kill@0", "accept.stored=kill@3"),
    ],
)
def test_what_is_misspelt_is_refused_with_what_there_is(entry: str, told: str) -> None:
    with pytest.raises(SettingsInvalid, match=re.escape(told)):
        failpoints.arm({VARIABLE: entry})


def test_kill_is_no_exception_that_somebody_could_handle() -> None:
    program = (
        "from planhook import failpoints\n"
        "failpoints.arm({'PLANHOOK_FAILPOINTS': 'accept.read=kill'})\n"
        "try: failpoints.reach('accept.read')\nfinally: print('handled')\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert ended.returncode == -signal.SIGKILL
    assert "handled" not in ended.stdout
    assert "failpoints_armed" in ended.stdout


def test_every_point_is_in_the_code_and_every_one_in_the_code_is_told() -> None:
    code = [
        file.read_text("utf-8")
        for folder in ("planhook", "service", "workers")
        for file in ROOT.glob(f"{folder}/**/*.py")
    ]
    reached = [point for text in code for point in re.findall(r'reach\("([a-z.]+)"', text)]

    assert set(reached) == set(POINTS)


def test_the_page_lists_every_point() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8")

    assert [point for point, about in POINTS.items() if f"| `{point}` | {about} |" not in page] == []
