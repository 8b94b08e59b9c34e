"""`stats`, `events` and `tasks`: what the operator API tells, from the shell."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planhook.store.problems import Problem, Problems
from planhook.wakeup import PLAN_QUEUE
from tests.cli.conftest import NAMELESS, SMALL, WON, Past
from tests.cli.test_offline_commands import ROOT

UNKNOWN = "evt_000000000000000000000000"


def test_stats_are_the_figures_of_the_journal(past: Past) -> None:
    figures = json.loads(past.planhook("stats", "--json").stdout)

    assert {**past.journal.stats(), "trouble": ""}.keys() == figures.keys()
    assert (figures["accepted"], figures["waiting"], figures["ignored"], figures["dead"]) == (3, 1, 1, 1)
    shown = dict(line.split() for line in past.planhook("stats").stdout.splitlines())
    assert (shown["accepted"], shown["dead"]) == ("3", "1")


def test_events_are_listed_newest_first(past: Past) -> None:
    lines = past.planhook("events", "list").stdout.splitlines()

    assert [line.split()[0] for line in lines] == [NAMELESS.id, SMALL.id, WON.id]
    assert "deal.won" in lines[2]
    assert lines[2].endswith("waiting")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--status", "dead"], [NAMELESS.id]),
        (["--task", "start-D1"], [WON.id]),
        (["--type", "deal.*", "--status", "ignored"], [SMALL.id]),
        (["--source", "nobody"], []),
        (["--q", "Acme"], [WON.id]),
        (["--limit", "1"], [NAMELESS.id]),
    ],
)
def test_a_list_can_be_narrowed(past: Past, arguments: list[str], expected: list[str]) -> None:
    told = json.loads(past.planhook("events", "list", "--json", *arguments).stdout)

    assert [row["id"] for row in told["events"]] == expected
    assert told["more"] is ("--limit" in arguments)


def test_one_event_is_shown_with_what_the_rules_said(past: Past) -> None:
    shown = past.planhook("events", "show", WON.id).stdout

    assert "✓ Start" in shown
    assert "because deal.amount is 9000" in shown
    assert "create start-D1: pending" in shown


@pytest.mark.parametrize("command", [("events", "show"), ("explain",)])
def test_what_planhat_did_not_keep_stands_under_the_operation(past: Past, command: tuple[str, ...]) -> None:
    message = "Planhat did not keep action"
    told = Problem("Start", "action", "rules.yaml:7", message, "Onboard Acme", "absent", "start-D1", WON.id)
    Problems(past.redis).add(told, datetime.now(UTC))
    shown = past.planhook(*command, WON.id).stdout

    assert f"but {message}" in shown
    assert "action: Onboard Acme" in shown
    assert json.loads(past.planhook("events", "show", WON.id, "--json").stdout) == past.journal.event(WON.id)


def test_an_event_is_planned_again(past: Past) -> None:
    done = past.planhook("events", "replay", NAMELESS.id)

    assert (done.returncode, done.stdout) == (0, "1 matched, 1 will be planned again\n")
    assert past.journal.event(NAMELESS.id)["status"] == "waiting"
    assert past.redis.llen(f"rq:queue:{PLAN_QUEUE}") == 1


def test_many_events_are_planned_again_or_only_counted(past: Past) -> None:
    counted = past.planhook("events", "replay", "--source", "crm", "--dry-run", "--json")
    assert json.loads(counted.stdout) == {"matched": 2, "replayed": 0}
    assert past.journal.stats()["dead"] == 1
    replayed = past.planhook("events", "replay", "--source", "crm", "--json")

    assert json.loads(replayed.stdout) == {"matched": 2, "replayed": 2}
    assert past.journal.stats()["waiting"] == 3


def test_an_event_of_the_journal_is_explained_by_todays_rules(past: Past) -> None:
    rules = past.folder / "rules" / "rules.yaml"
    rules.write_text(rules.read_text().replace("at_least: 5000", "at_least: 10000"))
    done = past.planhook("explain", WON.id)

    assert done.returncode == 0
    head, rule, *_ = done.stdout.splitlines()
    assert head == f"deal.won from crm at 2026-03-02T09:01:00.000Z ({WON.id})"
    assert "✗ Start: does not apply" in rule
    assert "✗ if deal.amount is 9000, not at least 10000" in done.stdout
    assert json.loads(past.planhook("explain", WON.id, "--json").stdout)["events"][0]["event"]["deal"] == WON.deal


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", UNKNOWN], "there is no event"),
        (["events", "show", UNKNOWN], "there is no event"),
        (["events", "replay", UNKNOWN], "there is no event"),
        (["events", "replay", UNKNOWN, "--dry-run"], "there is no event"),
        (["events", "replay", WON.id], "has not ended yet"),
        (["tasks", "show", "nothing"], "no rule has named"),
    ],
)
def test_what_is_not_there_ends_with_1_and_one_line(past: Past, arguments: list[str], said: str) -> None:
    done = past.planhook(*arguments)

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["events", "replay"],
        ["events", "replay", WON.id, "--status", "dead"],
        ["events", "list", "--status", "lost"],
        ["events", "list", "--limit", "0"],
        ["tasks", "show"],
    ],
)
def test_a_wrong_call_ends_with_2(past: Past, arguments: list[str]) -> None:
    assert past.planhook(*arguments).returncode == 2


def test_a_task_is_shown_with_what_set_each_field(past: Past) -> None:
    shown = past.planhook("tasks", "show", "start-D1").stdout

    assert shown.startswith("task start-D1: open, waits to be written to Planhat\n")
    assert f" action: Onboard Acme  by {WON.id}, 2026-03-02T09:01:00.000Z\n" in shown
    assert json.loads(past.planhook("tasks", "show", "start-D1", "--json").stdout) == past.journal.task("start-D1")


@pytest.mark.parametrize("command", [["stats"], ["events", "list"], ["tasks", "show", "x"]])
def test_without_redis_a_command_ends_with_1_and_names_the_setting(past: Past, command: list[str]) -> None:
    done = past.planhook(*command, REDIS_URL="redis://127.0.0.1:1/0")

    assert done.returncode == 1
    assert "REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_ends_with_2(past: Past) -> None:
    assert past.planhook("stats", REDIS_URL="http://x").returncode == 2


def test_the_sandbox_runs_until_it_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "planhook", "sandbox", "--port", "0", "--token", "t"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "HOME": "/"})
    assert process.stdout
    try:
        url = process.stdout.readline().split()[-1]
        request = urllib.request.Request(f"{url}/tasks", headers={"Authorization": "Bearer t"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_stored_event_is_explained_with_what_became_of_it_and_its_tasks(past: Past) -> None:
    shown = past.planhook("explain", WON.id).stdout
    told = json.loads(past.planhook("explain", WON.id, "--json").stdout)["events"][0]

    assert "what happened: waiting" in shown
    assert "judged by these rules" in shown
    assert "create start-D1: pending" in shown
    assert "task start-D1: open, waits to be written to Planhat" in shown
    assert "create by this event: pending" in shown
    assert "Planhat has" not in shown
    assert told["happened"] == past.journal.event(WON.id)
    assert told["tasks"] == [past.journal.task("start-D1")]


def test_an_explanation_by_changed_rules_says_what_applied_then(past: Past) -> None:
    rules = past.folder / "rules" / "rules.yaml"
    rules.write_text(rules.read_text().replace("at_least: 5000", "at_least: 10000"))

    lines = past.planhook("explain", WON.id).stdout.splitlines()

    then = next(number for number, line in enumerate(lines) if "judged by other rules" in line)
    assert "these applied then" in lines[then]
    assert "✓ Start: deal.amount is 9000, at least 5000" in lines[then + 1]


def test_the_end_of_an_event_is_told_in_words_with_what_to_do(past: Past) -> None:
    dead = past.planhook("events", "show", NAMELESS.id).stdout

    assert "a rule applies and could not be carried out" in dead
    assert "what to do: see `explain`" in dead
    assert "a rule applies and could not be carried out" in past.planhook("explain", NAMELESS.id).stdout
