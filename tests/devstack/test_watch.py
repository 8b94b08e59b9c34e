import os
import signal
from pathlib import Path
from typing import Any

import pytest

from devstack.part import PartFailed
from devstack.stack import Stack, own_environment
from devstack.watch import Watch, changes

READY: dict[str, Any] = {
    "redis": {"ok": True},
    "planhat": {"ok": True, "trouble": ""},
    "rules": {"ok": True, "version": "1", "errors": []},
}


def test_nothing_is_said_while_nothing_changes() -> None:
    assert list(changes(READY, READY)) == []
    assert list(changes({}, {})) == []


@pytest.mark.parametrize(
    ("part", "now", "told"),
    [
        ("rules", {"version": "1", "errors": ["a.yaml:3: the environment variable X is not set"]}, "`make run` again"),
        ("rules", {"ok": False, "version": "1", "errors": ["deals.yaml:3: no"]}, "stay in use:\n  deals.yaml:3: no"),
        ("rules", {"ok": True, "version": "2", "errors": []}, "are in use (version 2)"),
        ("planhat", {"ok": False, "trouble": "the token is refused"}, "Planhat gets no tasks: the token is refused"),
        ("redis", {"ok": False}, "Redis takes no writes"),
    ],
)
def test_what_changes_is_told_with_its_reason(part: str, now: dict[str, Any], told: str) -> None:
    (text,) = changes(READY, READY | {part: now})

    assert told in text


@pytest.mark.parametrize("part", ["planhat", "redis"])
def test_what_is_well_again_is_told_too(part: str) -> None:
    broken = READY | {"planhat": {"trouble": "away"}, "redis": {"ok": False}}

    (text,) = changes(READY | {part: broken[part]}, READY)

    assert text.endswith("again")


def test_a_web_process_that_is_away_is_told_once() -> None:
    assert list(changes(READY, {})) == ["web does not answer"]
    assert list(changes({}, READY)) == ["web answers again"]


def test_what_dies_is_started_again_unless_it_dies_at_once(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    said: list[str] = []
    with Stack(tmp_path, own_environment(WEB_CONCURRENCY="1"), rules=tmp_path / "rules") as stack:
        watch = Watch(stack, said.append)
        assert stack.redis
        for name, pid in (("redis", stack.redis.pid), ("worker-1", stack.parts["worker-1"].pid)):
            _die(pid)
            watch.look()
            assert said[-2:] == [f"{name} died; starting it again", f"{name} runs again"]
        assert stack.ended() == []

        _die(stack.parts["worker-1"].pid)
        with pytest.raises(PartFailed, match="worker-1 ended with status -9"):
            watch.look()


def _die(pid: int | None) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)
    # Ours to wait for, but the stack must still find out by itself.
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
