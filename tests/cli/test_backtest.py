"""`backtest` from the shell: what changed rules would have made of the events that came."""

import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from planhook.cli.since import period
from tests.cli.conftest import RULES, WON, Past, deal

STRICTER = RULES.replace("5000", "10000")
RENAMED = RULES.replace("Onboard {{", "<b>Welcome</b> {{")


@pytest.fixture
def drafts(past: Past) -> Path:
    folder = past.folder / "drafts"
    folder.mkdir()
    (folder / "rules.yaml").write_text(RENAMED, "utf-8")
    return folder


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@x.example"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(past: Past) -> Past:
    """The rules are in git, and on a branch stricter ones."""
    git(past.folder, "init", "-q", "-b", "main")
    git(past.folder, "add", "rules")
    git(past.folder, "commit", "-q", "-m", "rules")
    git(past.folder, "checkout", "-q", "-b", "stricter")
    (past.folder / "rules" / "rules.yaml").write_text(STRICTER, "utf-8")
    git(past.folder, "commit", "-q", "-a", "-m", "stricter")
    git(past.folder, "checkout", "-q", "main")
    return past


def test_a_changed_field_is_shown_with_both_values_and_its_rule(past: Past, drafts: Path) -> None:
    done = past.planhook("backtest", "--rules", "drafts", RULES_DIR=str(past.folder / "rules"))

    assert done.returncode == 1
    assert done.stdout.startswith("rules → drafts: 3 events")
    assert "1 task of 1 ends otherwise: 0 created, 1 changed, 0 no longer written" in done.stdout
    assert "~ start-D1: changed\n    action: Onboard Acme → <b>Welcome</b> Acme   (Start)\n" in done.stdout


def test_the_same_rules_end_with_0(past: Past) -> None:
    done = past.planhook("backtest", "--rules", "rules")

    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "no task of 1 ends otherwise")


def test_a_branch_is_compared_with_the_rules_of_today(committed: Past) -> None:
    done = committed.planhook("backtest", "--rev", "stricter")

    assert done.returncode == 1
    assert "- start-D1: no longer written\n" in done.stdout
    assert "    Start does not apply now: deal.amount is 9000, not at least 10000\n" in done.stdout


def test_edited_rules_are_compared_with_the_last_commit(committed: Past) -> None:
    (committed.folder / "rules" / "rules.yaml").write_text(RENAMED, "utf-8")
    done = committed.planhook("backtest", "--rules", "rules", "--base", "HEAD")

    assert "HEAD → rules" in done.stdout
    assert "~ start-D1: changed" in done.stdout


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=x", "HEAD:rules"])
def test_a_revision_that_git_lacks_ends_with_2_and_one_reason(committed: Past, revision: str) -> None:
    done = committed.planhook("backtest", f"--rev={revision}")

    assert done.returncode == 2
    assert f"there is no revision {revision}" in done.stderr


def test_outside_of_git_a_revision_ends_with_2(past: Past) -> None:
    done = past.planhook("backtest", "--rev", "main", GIT_CEILING_DIRECTORIES=str(past.folder.parent))

    assert done.returncode == 2
    assert "git" in done.stderr


def test_json_has_every_field_with_rule_and_event(past: Past, drafts: Path) -> None:
    told = json.loads(past.planhook("backtest", "--rules", "drafts", "--json").stdout)
    (change,) = told["changes"]

    assert told["counts"] == {"created": 0, "changed": 1, "no longer written": 0}
    assert told["by_rule"]["Start"]["changed"] == 1
    assert change["sourceId"] == "start-D1"
    assert change["fields"] == [
        {
            "name": "action",
            "before": {"value": "Onboard Acme", "rule": "Start", "event": WON.id},
            "after": {"value": "<b>Welcome</b> Acme", "rule": "Start", "event": WON.id},
            "rule": "Start",
        }
    ]


def test_the_page_loads_nothing_and_shows_values_as_text(past: Past, drafts: Path) -> None:
    done = past.planhook("backtest", "--rules", "drafts", "--html", "report.html")
    page = (past.folder / "report.html").read_text("utf-8")

    assert done.returncode == 1
    assert "&lt;b&gt;Welcome&lt;/b&gt; Acme" in page
    assert "<b>Welcome" not in page
    assert all(word not in page for word in ("<script", "src=", "http://", "https://", "url(", "<link"))


MEETINGS = """
calendar: {internal_domains: [ourco.example]}
sources: {crm: {kind: json, verify: {scheme: bearer, token: "${T}"}, won_stages: [a]}}
rules:
  - name: Meet
    on: meeting.scheduled
    if: {meeting.domains.0: {present: true}}
    then: {create: {sourceId: "meet-{{ meeting.id }}", companyId: srcid-C1, action: Prepare}}
"""


@pytest.fixture
def met(past: Past) -> Past:
    """Two meetings came: of one the sender told the domains otherwise than its people would say."""
    (past.folder / "rules" / "rules.yaml").write_text(MEETINGS, "utf-8")
    people = {"organizer": {"email": "ann@ourco.example"}, "attendees": [{"email": "bo@acme.example"}]}
    for number, domains in enumerate((["acme.example"], ["partner.example"])):
        event = deal("meeting.scheduled", 30 + number)
        past.bring(replace(event, deal=None, meeting={"id": f"M{number}", **people, "domains": domains}))
    (past.folder / "drafts").mkdir()
    changed = MEETINGS.replace("[ourco.example]", "[ourco.example, acme.example]").replace("[a]", "[b]")
    (past.folder / "drafts" / "rules.yaml").write_text(changed, "utf-8")
    return past


SOURCE_TOLD = "the source crm reads otherwise (won_stages): its events are judged as they were read"
DOMAINS_TOLD = (
    "internal_domains differ: the domains of 1 meeting, which do not follow from who takes part, stay as read"
)


def test_changed_internal_domains_count_and_what_they_leave_open_is_told(met: Past) -> None:
    done = met.planhook("backtest", "--rules", "drafts", "--html", "report.html")
    told = json.loads(met.planhook("backtest", "--rules", "drafts", "--json").stdout)

    assert "- meet-M0: no longer written\n" in done.stdout
    assert "meet-M1" not in done.stdout
    assert f"? not foreseen: {SOURCE_TOLD}\n? not foreseen: {DOMAINS_TOLD}\n" in done.stdout
    assert told["unforeseen"] == [SOURCE_TOLD, DOMAINS_TOLD]
    assert f"<li>{SOURCE_TOLD}</li>" in (met.folder / "report.html").read_text("utf-8")


def test_changed_sources_alone_end_with_1(met: Past) -> None:
    (met.folder / "drafts" / "rules.yaml").write_text(MEETINGS.replace("[a]", "[b]"), "utf-8")
    done = met.planhook("backtest", "--rules", "drafts")

    assert done.returncode == 1
    assert "no task of 2 ends otherwise\n? not foreseen: the source crm" in done.stdout


def test_a_page_that_cannot_be_written_ends_with_2(past: Past, drafts: Path) -> None:
    assert past.planhook("backtest", "--rules", "drafts", "--html", "nowhere/report.html").returncode == 2


def test_long_results_are_cut_and_say_so(past: Past, drafts: Path) -> None:
    shown = past.planhook("backtest", "--rules", "drafts", "--limit", "0").stdout

    assert "~ start-D1" not in shown
    assert "… and 1 more task:" in shown


def test_a_period_leaves_out_what_came_before(past: Past, drafts: Path) -> None:
    past.redis.hset(f"planhook:event:{WON.id}", "t", 0)
    done = past.planhook("backtest", "--rules", "drafts", "--since", "24h")

    assert "2 events (the events of the last 24 hours)" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(hours=1), "hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(days=1), "24 hours"),
        (timedelta(weeks=2), "14 days"),
        (timedelta(hours=100), "100 hours"),
    ],
)
def test_a_period_is_told_in_the_unit_that_fits(since: timedelta, words: str) -> None:
    assert period(since) == f"the events of the last {words}"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--rules", "rules", "--rev", "HEAD"],
        ["--rules", "nowhere"],
        ["--rules", "rules", "--since", "yesterday"],
        ["--rules", "rules", "--since", "999999w"],
        ["--rules", "rules", "--since", "999999d"],
    ],
)
def test_a_wrong_call_ends_with_2(past: Past, arguments: list[str]) -> None:
    assert past.planhook("backtest", *arguments).returncode == 2


def test_changed_rules_with_a_fault_are_told_by_file_and_line(past: Past, drafts: Path) -> None:
    (drafts / "rules.yaml").write_text(RULES.replace("deal.won", "deal.wonn"), "utf-8")
    done = past.planhook("backtest", "--rules", "drafts")

    assert done.returncode == 1
    assert done.stdout.startswith("drafts/rules.yaml:4")
