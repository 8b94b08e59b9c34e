"""The cheap part of the zoo: no bug rots, and three of them are tried. `make zoo` tries all."""

import ast
from pathlib import Path

import pytest
from redis import Redis

from devstack.stack import ROOT
from planhook.store.connection import SHARED
from tests.zoo.__main__ import caught_by
from tests.zoo.bug import Bug, BugOutdated, Edit, load_bugs
from tests.zoo.trial import Outcome, TrialFailed, copy_tree, run_tests

BUGS = {bug.name: bug for bug in load_bugs()}
QUICK = ("206-is-success", "arrival-order", "stale-signatures")
ASKED_FOR = {
    "206-is-success",
    "4xx-for-a-transient-fault",
    "acknowledge-before-store",
    "arrival-order",
    "equals-compares-signatures",
    "five-minute-dedupe",
    "limiter-per-process",
    "no-fence",
    "no-length-check",
    "outage-burns-attempts",
    "parse-before-verify",
    "per-record-merge",
    "post-to-create",
    "set-nx-then-enqueue",
}


def test_the_classic_mistakes_are_all_there() -> None:
    assert set(BUGS) >= ASKED_FOR


def test_the_page_counts_them_right() -> None:
    assert f"holds {len(BUGS)} bugs" in (ROOT / "docs" / "zoo.md").read_text("utf-8")


@pytest.fixture
def tree_of(tmp_path: Path) -> Path:
    return tmp_path / "tree"


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_bug_can_be_put_into_the_tree_as_it_is_and_compiles(bug: Bug, tree_of: Path, redis_url: str) -> None:
    for file in {edit.file for edit in bug.edits}:
        (tree_of / file).parent.mkdir(parents=True, exist_ok=True)
        (tree_of / file).write_text((ROOT / file).read_text("utf-8"), "utf-8")
    bug.apply(tree_of)
    for file in {edit.file for edit in bug.edits}:
        text = (tree_of / file).read_text("utf-8")
        assert text != (ROOT / file).read_text("utf-8")
        compile_text(file, text, redis_url)


def compile_text(file: str, text: str, redis_url: str) -> None:
    """Raises an error when `text` cannot be run at all: such a bug would prove nothing."""
    if file.endswith(".py"):
        compile(text, file, "exec")
        return
    scripts = ROOT / "planhook" / "store" / "lua"
    files = [scripts / "shared" / f"{name}.lua" for name in SHARED]
    texts = [text if path == ROOT / file else path.read_text("utf-8") for path in files]
    with Redis.from_url(redis_url) as redis:
        redis.script_load("\n".join(texts if ROOT / file in files else [*texts, text]))


@pytest.mark.parametrize("keeper", sorted({keeper for bug in BUGS.values() for keeper in bug.keepers}))
def test_a_keeper_is_a_test(keeper: str) -> None:
    file, _, name = keeper.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", QUICK)
def test_a_bug_turns_its_keepers_red(name: str, tree_of: Path) -> None:
    """That they pass without it is what the rest of the suite shows."""
    assert caught_by(BUGS[name], copy_tree(ROOT, tree_of))


def test_a_bug_whose_text_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\ntwo\n")
    for old, times in (("three", 0), ("two", 2)):
        bug = Bug("lost", "is lost", ("tests/a.py::test_a",), (Edit("a.py", old, "four"),))
        with pytest.raises(BugOutdated, match=rf"lost: a\.py has this text {times} times"):
            bug.apply(tmp_path)
    with pytest.raises(BugOutdated, match=r"gone\.py has this text 0 times"):
        Bug("lost", "is lost", ("tests/a.py::test_a",), (Edit("gone.py", "one", "four"),)).apply(tmp_path)


TRIALS = """
import pytest

def test_passes():
    pass

def test_fails():
    assert False

@pytest.fixture
def broken():
    raise RuntimeError

def test_cannot_begin(broken):
    pass
"""


ENDLESS = """
import threading
from pathlib import Path

import pytest

@pytest.fixture
def server():
    Path("running").touch()
    yield
    Path("running").unlink()

def test_it(server):
    threading.Event().wait()
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_passes", Outcome((), 1)),
        ("test_fails", Outcome(("test_fails",), 1)),
        ("test_cannot_begin", Outcome((), 0)),
    ],
)
def test_only_a_test_that_ran_and_failed_counts(tmp_path: Path, name: str, expected: Outcome) -> None:
    (tmp_path / "test_it.py").write_text(TRIALS)

    assert run_tests(tmp_path, [f"test_it.py::{name}"], tmp_path / "report.xml") == expected


@pytest.mark.parametrize("text", ["def test_it(: pass", "import nothing_of_that_name\n\ndef test_it(): pass", ""])
def test_a_tree_that_cannot_be_tested_is_no_catch(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_it.py").write_text(text)

    with pytest.raises(TrialFailed):
        run_tests(tmp_path, ["test_it.py::test_it"], tmp_path / "report.xml")


def test_tests_that_do_not_end_are_no_catch_and_leave_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(ENDLESS)

    with pytest.raises(TrialFailed, match="did not end within 4 s"):
        run_tests(tmp_path, ["test_it.py::test_it"], tmp_path / "report.xml", longest_s=4)

    assert not (tmp_path / "running").exists()
