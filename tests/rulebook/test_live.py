"""A running process takes changed files, and keeps the last good set when they are broken."""

import errno
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import RulesInvalid
from planhook.rulebook import LiveRulebook
from tests.rulebook.conftest import OddEnvironment

SOON = timedelta(milliseconds=20)
RULE = "rules:\n  - {name: %s, on: deal.won, then: {cancel: {_id: 58e231b14246fc73139f29e8}}}\n"


def names(live: LiveRulebook) -> list[str]:
    return [rule.name for rule in live.current().rules.rules]


def wait_until(holds: Callable[[], bool], *, seconds: float = 5) -> None:
    """Changes must be noticed within five seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not noticed in time"
        time.sleep(0.05)


def test_changed_added_and_deleted_files_are_noticed(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(folder, {}, look_every=SOON)
    assert names(live) == ["A"]

    (folder / "a.yaml").write_text(RULE % "B")
    (folder / "c.yaml").write_text(RULE % "C")
    wait_until(lambda: names(live) == ["B", "C"])

    (folder / "c.yaml").unlink()
    wait_until(lambda: names(live) == ["B"])


def test_a_broken_set_never_replaces_a_good_one(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(folder, {}, look_every=SOON)
    version = live.current().rules.version

    (folder / "a.yaml").write_text("rulez: []\n")
    wait_until(lambda: bool(live.current() and live.errors))

    assert live.errors == (f"{folder}/a.yaml:1: unknown key rulez (did you mean rules?)",)
    assert live.current().rules.version == version

    (folder / "a.yaml").write_text(RULE % "B")
    wait_until(lambda: names(live) == ["B"])
    assert not live.errors


def test_a_file_that_became_unreadable_never_takes_its_rules_away(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    (folder / "b.yaml").write_text(RULE % "B")
    live = LiveRulebook(folder, {}, look_every=SOON)

    broken = "rules:\n  - name: A\n    description: text\n      - given: x\n    enabled: true\n"
    (folder / "a.yaml").write_text(broken)
    wait_until(lambda: bool(live.current() and live.errors))

    assert names(live) == ["A", "B"]


def test_a_file_that_reading_comes_to_grief_over_is_told_until_it_is_mended(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(folder, OddEnvironment(), look_every=SOON)

    (folder / "b.yaml").write_text("sources:\n  h: {kind: hubspot, secret: '${HS}'}\n")
    wait_until(lambda: names(live) == ["A"] and bool(live.errors))

    (error,) = live.errors
    assert error.startswith(f"{folder}/b.yaml: ")
    assert "LookupError, conftest.py:" in error
    assert "HS" not in error
    time.sleep(2 * SOON.total_seconds())
    assert names(live) == ["A"]
    assert live.errors == (error,)

    (folder / "b.yaml").write_text(RULE % "B")
    wait_until(lambda: names(live) == ["A", "B"])
    assert not live.errors


class _Disk(type(Path())):  # type: ignore[misc]
    """A folder on a disk that can be lost."""

    is_lost = False

    def rglob(self, *arguments: Any, **named: Any) -> Any:
        if _Disk.is_lost:
            raise OSError(errno.EIO, "Input/output error")
        return super().rglob(*arguments, **named)


def test_a_folder_that_cannot_be_looked_at_is_told_until_it_can_be_again(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(_Disk(folder), {}, look_every=SOON)

    _Disk.is_lost = True
    wait_until(lambda: names(live) == ["A"] and bool(live.errors))
    assert live.errors == (f"{folder}: the rule files cannot be looked at: OSError",)

    _Disk.is_lost = False
    wait_until(lambda: names(live) == ["A"] and not live.errors)


def test_a_change_is_noticed_within_five_seconds_without_being_told_to_hurry(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(folder, {})

    (folder / "a.yaml").write_text(RULE % "B")

    wait_until(lambda: names(live) == ["B"])


def test_a_folder_that_vanishes_leaves_the_last_good_set(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(folder, {}, look_every=SOON)

    folder.rename(folder.with_name("gone"))
    wait_until(lambda: bool(live.current() and live.errors))

    assert names(live) == ["A"]


def test_an_emptied_file_leaves_the_last_good_set(folder: Path) -> None:
    """As for a moment while an editor saves it: its sources would answer 404, which no sender repeats."""
    (folder / "a.yaml").write_text(RULE % "A")
    (folder / "b.yaml").write_text(RULE % "B")
    live = LiveRulebook(folder, {}, look_every=SOON)

    (folder / "a.yaml").write_text("")
    wait_until(lambda: bool(live.current() and live.errors))

    assert names(live) == ["A", "B"]
    assert live.errors == (f"{folder}/a.yaml: is empty all of a sudden; delete the file if that is meant",)

    (folder / "a.yaml").unlink()
    wait_until(lambda: names(live) == ["B"])


def test_a_folder_that_is_cleared_leaves_the_last_good_set(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(folder, {}, look_every=SOON)

    (folder / "a.yaml").unlink()
    wait_until(lambda: bool(live.current() and live.errors))

    assert names(live) == ["A"]


def test_a_file_that_is_still_being_written_is_not_taken(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    live = LiveRulebook(folder, {}, look_every=timedelta(0))
    end = time.monotonic() + 2

    while time.monotonic() < end:
        (folder / "a.yaml").write_text(RULE % "half")
        assert names(live) == ["A"]

    wait_until(lambda: names(live) == ["half"])


def test_a_link_that_leads_nowhere_takes_no_rules_away(folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % "A")
    (folder.parent / "b.yaml").write_text(RULE % "B")
    (folder / "b.yaml").symlink_to(folder.parent / "b.yaml")
    live = LiveRulebook(folder, {}, look_every=SOON)
    assert names(live) == ["A", "B"]

    (folder.parent / "b.yaml").unlink()
    wait_until(lambda: bool(live.current() and live.errors))

    assert names(live) == ["A", "B"]
    assert live.errors == (f"{folder}/b.yaml: this link leads nowhere",)


def test_a_broken_first_set_is_refused(folder: Path) -> None:
    (folder / "a.yaml").write_text("rulez: []\n")

    with pytest.raises(RulesInvalid):
        LiveRulebook(folder, {}, look_every=SOON)


def test_an_unset_variable_refuses_the_first_set(folder: Path) -> None:
    (folder / "a.yaml").write_text("sources:\n  h: {kind: hubspot, secret: '${HS}'}\n")

    with pytest.raises(RulesInvalid, match="HS is not set"):
        LiveRulebook(folder, {}, look_every=SOON)
    assert list(LiveRulebook(folder, {"HS": "x"}).current().sources) == ["h"]
