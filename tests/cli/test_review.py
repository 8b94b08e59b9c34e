"""`review` from the shell: a change of rule files in plain sentences."""

import json

import pytest

from tests.cli.conftest import Past
from tests.cli.test_backtest import RENAMED, STRICTER, committed, git

__all__ = ["committed"]  # a fixture
NO_REDIS = {"REDIS_URL": "redis://127.0.0.1:1/0"}


def test_a_branch_is_told_with_what_it_would_have_done(committed: Past) -> None:
    done = committed.planhook("review", "main..stricter")

    assert done.returncode == 0
    assert "# What the rules do differently in stricter than in main\n" in done.stdout
    assert "It acts when a deal is won and is worth at least 10,000; before, " in done.stdout
    assert "Of all events that are kept (3): 1 task of 1 ends otherwise" in done.stdout
    assert "| Start | 0 | 0 | 1 |\n" in done.stdout


def test_without_redis_the_sentences_are_there(committed: Past) -> None:
    done = committed.planhook("review", "main..stricter", **NO_REDIS)

    assert done.returncode == 0
    assert "is worth at least 10,000" in done.stdout
    assert "They were not asked: " in done.stdout
    assert "REDIS_URL" in done.stdout


@pytest.mark.parametrize("change", ["HEAD", "HEAD.."])
def test_one_revision_is_compared_with_the_files_as_they_are(committed: Past, change: str) -> None:
    (committed.folder / "rules" / "rules.yaml").write_text(RENAMED, "utf-8")
    done = committed.planhook("review", change, "--no-backtest")

    assert "in rules than in HEAD" in done.stdout
    assert r"the title is “\<b>Welcome\</b> ‹the deal's name›”" in done.stdout
    assert "No backtest was asked for." in done.stdout


def test_json_has_the_same(committed: Past) -> None:
    told = json.loads(committed.planhook("review", "main..stricter", "--json").stdout)

    assert [(change["kind"], change["rule"]) for change in told["rules"]] == [("changed", "Start")]
    assert told["backtest"]["counts"]["no longer written"] == 1


def test_a_conflict_ends_with_1(committed: Past) -> None:
    example = "    examples: [{given: {deal: {id: D1}}, expect: [create: {}]}]\n"
    (committed.folder / "rules" / "rules.yaml").write_text(STRICTER.rstrip() + "\n" + example, "utf-8")
    done = committed.planhook("review", "HEAD", "--no-backtest")

    assert done.returncode == 1
    assert "this example of 'Start' fails" in done.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["..main"], ["no-such..main"], ["main", "--since", "soon"], ["main...stricter"]]
)
def test_a_wrong_call_ends_with_2(committed: Past, arguments: list[str]) -> None:
    assert committed.planhook("review", *arguments).returncode == 2


def test_a_revision_whose_rules_cannot_be_used_is_told_by_file_and_line(committed: Past) -> None:
    (committed.folder / "rules" / "rules.yaml").write_text(STRICTER.replace("deal.won", "deal.wonn"), "utf-8")
    done = committed.planhook("review", "HEAD")

    assert done.returncode == 1
    assert done.stdout.startswith("rules/rules.yaml:4")


def test_a_revision_whose_rules_cannot_be_used_is_named(committed: Past) -> None:
    (committed.folder / "rules" / "rules.yaml").write_text(STRICTER.replace("deal.won", "deal.wonn"), "utf-8")
    git(committed.folder, "commit", "-q", "-a", "-m", "broken")
    done = committed.planhook("review", "HEAD~1..HEAD")

    assert done.returncode == 1
    assert done.stderr == "the rules of HEAD cannot be used:\n"
    assert done.stdout.startswith("rules/rules.yaml:4")


def test_the_cure_of_a_broken_revision_can_be_reviewed(committed: Past) -> None:
    (committed.folder / "rules" / "rules.yaml").write_text(STRICTER.replace("deal.won", "deal.wonn"), "utf-8")
    git(committed.folder, "commit", "-q", "-a", "-m", "broken")
    (committed.folder / "rules" / "rules.yaml").write_text(STRICTER, "utf-8")
    done = committed.planhook("review", "HEAD")

    assert done.returncode == 0
    assert "## New rules\n\n- **Start**" in done.stdout
    assert "The rules of HEAD cannot be used, so all count as new and no event was judged by them: " in done.stdout


def test_three_dots_are_told_to_be_two(committed: Past) -> None:
    done = committed.planhook("review", "main...stricter")

    assert done.returncode == 2
    assert "write two dots" in done.stderr
