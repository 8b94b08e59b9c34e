"""`check`, `test` and `explain` as a person or a pipeline calls them: no Redis, no token."""

import json
import subprocess
import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from planhook.cli import main

ROOT = Path(__file__).parents[2]
GOOD = """
rules:
  - name: A won deal
    on: deal.won
    then: {create: {sourceId: "x-{{ deal.id }}", companyId: srcid-c, action: Call}}
    examples: [{given: {deal: {id: D1}}, expect: [create: {sourceId: x-D1}]}]
"""
BAD = GOOD.replace("on: deal.won", "on: deal.wonn")
WARNED = GOOD.replace("x-{{ deal.id }}", "x").replace("x-D1", "x")
NO_YAML = BAD + '  - name: A lost deal\n    on: deal.lostt\n    then: {cancel: {sourceId: "x-{{ deal.id }}}}\n'
FAILING = GOOD.replace("x-D1", "x-D2")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def planhook(*arguments: str, cwd: Path, **env: str) -> Done:
    """Run a command in this process: far faster than a new one, and an exception fails the test."""
    unset = dict.fromkeys(("RULES_DIR", "PLANHAT_API_TOKEN"))
    with chdir(cwd):
        result = CliRunner().invoke(main, arguments, env=unset | env, catch_exceptions=False)
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    return tmp_path


def rules(project: Path, text: str) -> None:
    (project / "rules" / "deals.yaml").write_text(text)


def test_files_are_named_as_seen_from_here_however_the_variable_names_their_folder(project: Path) -> None:
    rules(project, BAD)
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    folder = str(project / "rules")

    assert planhook("check", cwd=project, RULES_DIR=folder).stdout.startswith("rules/deals.yaml:4:5: ")
    assert planhook("check", cwd=elsewhere, RULES_DIR=folder).stdout.startswith(f"{folder}/deals.yaml:4:5: ")


@pytest.mark.parametrize(
    ("text", "arguments", "code", "output"),
    [
        (GOOD, ["check"], 0, "1 rule, 0 sources: fine\n"),
        (GOOD, ["check", "rules", "--strict"], 0, "1 rule, 0 sources: fine\n"),
        (BAD, ["check"], 1, "rules/deals.yaml:4:5: there is no type of event deal.wonn (did you mean deal.won?)\n"),
        (WARNED, ["check"], 0, "rules/deals.yaml:5:21: warning: every event writes the same task x"),
        (WARNED, ["check"], 0, "\n1 rule, 0 sources: fine (1 warning)\n"),
        (WARNED, ["check", "--strict"], 1, "rules/deals.yaml:5:21: warning: "),
        (WARNED, ["check", "--strict"], 1, "\n1 rule, 0 sources: not fine (--strict) (1 warning)\n"),
        (BAD, ["check"], 1, "\n1 error\n"),
        (NO_YAML, ["check"], 1, "rules/deals.yaml:4:5: there is no type of event deal.wonn (did you mean deal.won?)\n"),
        (
            NO_YAML,
            ["check"],
            1,
            "rules/deals.yaml:8:5: there is no type of event deal.lostt (did you mean",
        ),
        (NO_YAML, ["check"], 1, "rules/deals.yaml:9:31: a quote opens here and is never closed\n3 errors\n"),
        (NO_YAML, ["test"], 1, "rules/deals.yaml:8:5: "),
        (FAILING, ["check"], 1, "rules/deals.yaml:6:60: this example of 'A won deal' fails: create sourceId"),
        (GOOD, ["test"], 0, "1 example passed, 0 failed\n"),
        (FAILING, ["test"], 1, 'rules/deals.yaml:6:60: create sourceId: expected "x-D2", got "x-D1"\n'),
        (BAD, ["test"], 1, "rules/deals.yaml:4:5: "),
        (GOOD, ["test", "nowhere"], 2, ""),
        (GOOD, ["check", "--wrong"], 2, ""),
        (GOOD, ["nothing"], 2, ""),
        (GOOD, ["--help"], 0, "explain"),
    ],
)
def test_findings_go_to_stdout_and_the_exit_code_tells(
    project: Path, text: str, arguments: list[str], code: int, output: str
) -> None:
    rules(project, text)

    done = planhook(*arguments, cwd=project)

    assert done.returncode == code, done
    assert output in done.stdout


@pytest.mark.parametrize(("name", "meant"), [("Deals.YAML", "Deals.yaml"), ("deals.yml.txt", "deals.yml")])
def test_a_file_that_only_looks_like_a_rule_file_is_told(project: Path, name: str, meant: str) -> None:
    rules(project, GOOD)
    (project / "rules" / name).write_text(GOOD)

    done = planhook("check", cwd=project)

    assert f"rules/{name}: warning: this file is not read; name it {meant}" in done.stdout


def test_a_link_to_a_folder_of_rules_is_told(project: Path) -> None:
    rules(project, GOOD)
    (project / "elsewhere").mkdir()
    (project / "rules" / "team").symlink_to(project / "elsewhere")

    done = planhook("check", cwd=project)

    assert "rules/team: warning: a link to a folder is not followed" in done.stdout


@pytest.mark.parametrize("name", ["RULES.YAML", "a.txt", ".hidden.yaml"])
def test_a_folder_with_no_rule_file_is_told(project: Path, name: str) -> None:
    (project / "rules" / name).write_text(GOOD)

    done = planhook("check", cwd=project)

    assert "rules: warning: no .yaml or .yml file here" in done.stdout
    assert "0 rules, 0 sources: fine (" in done.stdout


def test_check_as_json(project: Path) -> None:
    rules(project, BAD)

    (finding,) = json.loads(planhook("check", "--json", cwd=project).stdout)["findings"]

    assert [finding[key] for key in ("file", "line", "column", "severity")] == ["rules/deals.yaml", 4, 5, "error"]


def test_check_as_annotations_of_a_pull_request(project: Path) -> None:
    rule = "  - name: '100%: won'\n    on: deal.wonn\n    then: {cancel: {sourceId: 'x-{{ deal.id }}'}}\n"
    rules(project, f"rules:\n{rule}{rule}")

    done = planhook("check", "--format", "github", cwd=project)

    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "::error file=rules/deals.yaml,line=3,col=5::there is no type of event deal.wonn (did you mean deal.won?)"
    )
    assert "::error file=rules/deals.yaml,line=5,col=5::two rules are called 100%25: won, here and in" in done.stdout


def test_check_annotates_what_has_no_line_without_one(project: Path) -> None:
    rules(project, "sources:\n  p:\n    kind: pipedrive\n    username: ${PU}\n    password: ${PP}\n")

    done = planhook("check", "--format", "github", cwd=project)

    assert done.stdout == "::warning file=rules/deals.yaml::2 environment variables are not set: PU, PP\n"
    assert json.loads(planhook("check", "--format", "json", cwd=project).stdout)["findings"] != []


def test_schema_prints_what_is_shipped(project: Path) -> None:
    done = planhook("schema", cwd=project)

    assert done.returncode == 0
    assert done.stdout == (ROOT / "rules.schema.json").read_text(encoding="utf-8")


def test_test_as_json(project: Path) -> None:
    rules(project, FAILING)

    report = json.loads(planhook("test", "--json", cwd=project).stdout)

    assert (report["passed"], report["failed"]) == (0, 1)
    assert (
        report["rules"][0]["examples"][0]["differences"][0]["message"] == 'create sourceId: expected "x-D2", got "x-D1"'
    )


def test_check_tells_the_unset_variables_of_a_file_in_one_line(project: Path) -> None:
    rules(project, "sources:\n  p:\n    kind: pipedrive\n    username: ${PU}\n    password: ${PP}\n")

    shown = planhook("check", cwd=project).stdout
    findings = json.loads(planhook("check", "--json", cwd=project).stdout)["findings"]
    one_left = planhook("check", cwd=project, PU="x").stdout

    assert shown == (
        "rules/deals.yaml: warning: 2 environment variables are not set: PU, PP\n0 rules, 1 source: fine (1 warning)\n"
    )
    assert [finding["line"] for finding in findings] == [4, 5]
    assert one_left.startswith("rules/deals.yaml:5:5: warning: the environment variable PP is not set\n")


def test_test_does_not_tick_a_rule_without_examples(project: Path) -> None:
    rules(project, GOOD.split("    examples")[0])

    done = planhook("test", cwd=project)

    assert done.stdout == "– A won deal (no examples)\n0 examples passed, 0 failed\n"


def test_explain_notes_a_type_that_nobody_sends(project: Path) -> None:
    rules(project, GOOD)
    (project / "event.json").write_text('{"type": "deal.wonn", "deal": {"id": "D1"}}')

    shown = planhook("explain", "event.json", cwd=project)
    as_json = planhook("explain", "event.json", "--json", cwd=project)

    assert shown.returncode == 0
    assert "note: there is no type of event deal.wonn (did you mean deal.won?)" in shown.stdout
    assert json.loads(as_json.stdout)["events"][0]["note"].startswith("there is no type of event deal.wonn")


def test_check_env_wants_settings_and_secrets(project: Path) -> None:
    rules(project, "sources:\n  h: {kind: hubspot, secret: '${HS}'}\n")

    without = planhook("check", "--env", cwd=project)
    with_all = planhook("check", "--env", cwd=project, HS="x" * 24, PLANHAT_API_TOKEN="t")

    assert without.returncode == 1
    assert "PLANHAT_API_TOKEN" in without.stdout
    assert "rules/deals.yaml:2:22: the environment variable HS is not set" in without.stdout
    assert (with_all.returncode, with_all.stdout) == (0, "0 rules, 1 source: fine\n")


def test_explain_shows_verdict_reasons_and_operations(project: Path) -> None:
    rules(project, GOOD)
    (project / "event.json").write_text('{"type": "deal.won", "deal": {"id": "D1"}}')

    shown = planhook("explain", "event.json", cwd=project)
    as_json = planhook("explain", "event.json", "--json", cwd=project)

    assert shown.returncode == 0
    assert "✓ A won deal: applies" in shown.stdout
    assert "create x-D1" in shown.stdout
    assert json.loads(as_json.stdout)["events"][0]["decisions"][0]["matched"] is True


def test_explain_marks_the_field_that_stops_a_rule(project: Path) -> None:
    rules(project, GOOD)
    (project / "event.json").write_text('{"type": "deal.won", "deal": {"name": "Acme"}}')

    shown = planhook("explain", "event.json", cwd=project).stdout

    assert "├─ ✗ sourceId: deal.id has no value" in shown
    assert "─ action: Call" in shown


def test_explain_shows_what_templates_and_defaults_give(project: Path) -> None:
    shared = "templates:\n  T:\n    on: deal.won\n    then:\n      update:\n        sourceId: x-{{ deal.id }}\n"
    rules(
        project, f"{shared}        action: Go\ndefaults:\n  update: {{type: call}}\nrules:\n  - {{name: A, use: T}}\n"
    )
    (project / "event.json").write_text('{"type": "deal.won", "deal": {"id": "D1"}}')

    shown = planhook("explain", "event.json", cwd=project)
    (told,) = json.loads(planhook("explain", "event.json", "--json", cwd=project).stdout)["events"][0]["decisions"]

    assert "✓ A (template T): applies" in shown.stdout
    assert "action: Go  shared, rules/deals.yaml:7\n" in shown.stdout
    assert "type: call  shared, rules/deals.yaml:9\n" in shown.stdout
    fields = told["actions"][0]["fields"]
    assert told["template"] == "T"
    assert {name: (one["where"], one["shared"]) for name, one in fields.items()} == {
        "action": ("rules/deals.yaml:7", True),
        "type": ("rules/deals.yaml:9", True),
    }


def test_explain_lets_nothing_of_an_event_steer_the_terminal(project: Path) -> None:
    rules(project, "rules:\n  - {name: A, on: deal.won, then: {update: {sourceId: x, action: '{{ deal.name }}'}}}\n")
    event = {"type": "deal.won", "deal": {"name": "\x1b[2J\ud800\nx"}}
    (project / "event.json").write_text(json.dumps(event))

    shown = planhook("explain", "event.json", cwd=project)

    assert "action: ?[2J??x" in shown.stdout


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b'{"type": "deal.won", "x": 1}', b"[" * 100_000, b'{"body": 1}', b"NaN"]
)
def test_explain_answers_a_bad_file_with_a_sentence(project: Path, content: bytes) -> None:
    rules(project, GOOD)
    (project / "event.json").write_bytes(content)

    done = planhook("explain", "event.json", cwd=project)

    assert done.returncode == 2
    assert "event.json" in done.stderr


def test_the_package_is_a_command(project: Path) -> None:
    rules(project, BAD)

    done = subprocess.run(
        [sys.executable, "-m", "planhook", "check"],
        cwd=project,
        env={"PYTHONPATH": str(ROOT), "LC_ALL": "C"},
        capture_output=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"rules/deals.yaml:4:5: ")


@pytest.mark.parametrize(
    "content", ["type: deal.won\ndeal: {id: D1}\n", "{type: deal.won, deal: {id: D1}}", "source: crm\nbody: {t: D1}\n"]
)
def test_explain_takes_yaml_as_it_stands_in_examples(project: Path, content: str) -> None:
    source = "sources:\n  crm: {kind: json, verify: {scheme: bearer, token: t}, events: {deal: {id: t}, "
    rules(project, GOOD + source + "type: \"'deal.won'\"}}\n")
    (project / "event.yaml").write_text(content)

    shown = planhook("explain", "event.yaml", cwd=project)

    assert "create x-D1" in shown.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("event.yaml", "type: deal.won\ntype: deal.lost\n", "line 2: type stands here a second time"),
        ("event.yaml", "type: deal.won\ndael: {id: D1}\n", "line 2: dael: "),
        ("event.yaml", "a: [", "line 1: "),
        ("event.json", "{type: deal.won}", "this is no JSON"),
        ("event.txt", "deal.won", "neither an event nor a delivery"),
    ],
)
def test_explain_says_in_which_line_an_event_is_wrong(project: Path, name: str, content: str, message: str) -> None:
    rules(project, GOOD)
    (project / name).write_text(content)

    done = planhook("explain", name, cwd=project)

    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_explain_says_what_an_id_looks_like(project: Path) -> None:
    rules(project, GOOD)

    assert "evt_ and 24 of" in planhook("explain", "evt_0", cwd=project).stderr


def test_colours_are_for_terminals_and_for_those_who_want_them(project: Path) -> None:
    rules(project, GOOD)
    (project / "event.yaml").write_text("type: deal.won\ndeal: {id: D1}\n")

    with chdir(project):
        plain, coloured, refused = (
            CliRunner().invoke(main, ["explain", "event.yaml"], env={"NO_COLOR": no_color}, color=color).stdout
            for no_color, color in ((None, False), (None, True), ("1", True))
        )

    assert "\x1b[32m✓ A won deal" in coloured
    assert plain == refused
    assert "\x1b" not in plain


@pytest.mark.parametrize("name", sorted(set(main.commands) - {"sandbox"}))  # it becomes another process
def test_help_shows_no_signs_of_how_it_is_made(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"]).output

    assert shown.startswith("Usage: ")
    assert "\\b" not in shown


def test_a_rule_that_is_switched_off_is_counted_tried_and_named(project: Path) -> None:
    rules(project, GOOD.replace("    on:", "    enabled: false\n    on:", 1))
    (project / "won.yaml").write_text("type: deal.won\n")

    assert "1 rule (1 switched off), 0 sources: fine" in planhook("check", cwd=project).stdout
    assert "✓ A won deal (1 example, switched off)" in planhook("test", cwd=project).stdout
    explained = planhook("explain", "won.yaml", cwd=project).stdout
    assert "– A won deal: switched off (enabled: false)  rules/deals.yaml:3" in explained
