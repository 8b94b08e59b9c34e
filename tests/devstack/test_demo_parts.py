import subprocess
from pathlib import Path

import pytest

from devstack.demo_secrets import demo_secrets
from devstack.env_file import write_env_file
from devstack.stack import own_environment
from devstack.table import table
from planhook.rulebook import load


def test_only_unset_variables_of_rule_files_get_a_demo_value(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text("sources: {crm: {kind: close, secret: [${CRM_NEW}, ${CRM_OLD}]}}  # ${NAME}\n")
    (tmp_path / "notes.txt").write_text("${NOT_A_RULE_FILE}")

    assert demo_secrets(tmp_path, {"CRM_OLD": "given"}).keys() == {"CRM_NEW"}


def test_demo_values_have_the_form_that_their_kind_of_sender_takes(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(
        "sources:\n"
        "  a: {kind: close, secret: ['${CLOSE_NEW}', '${CLOSE_OLD}']}\n"
        "  b: {kind: salesforce, organization_id: '${ORGANIZATION}'}\n"
        "  c: {kind: ses, topic_arn: '${TOPIC}'}\n"
        "  d: {kind: json, verify: {scheme: standard-webhooks, secret: '${STANDARD}'}, events: {type: type}}\n"
    )

    secrets = demo_secrets(tmp_path, {})

    assert sorted(load(tmp_path, secrets, require_env=True).sources) == ["a", "b", "c", "d"]
    assert len(set(secrets.values())) == 5


def test_demo_secrets_differ_by_name_and_stay_the_same_between_runs(tmp_path: Path) -> None:
    (tmp_path / "crm.yml").write_text("${ONE} ${TWO}")

    first, second = demo_secrets(tmp_path, {}), demo_secrets(tmp_path, {})

    assert first == second
    assert first["ONE"] != first["TWO"]


def test_a_file_for_shells_has_what_planhook_reads_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "new" / "env"
    env = {"REDIS_URL": "redis://x/0", "LOG_LEVEL": "", "SECRET": "it's $HOME `date`", "HOME": "/home/ann"}

    write_env_file(file, env, ["SECRET", "UNSET"])
    write_env_file(file, env, ["SECRET", "UNSET"])

    assert file.stat().st_mode & 0o777 == 0o600
    printed = subprocess.run(["sh", "-c", f'. {file}; printf %s "$SECRET"'], capture_output=True, text=True, check=True)
    assert printed.stdout == env["SECRET"]
    names = [line.partition("=")[0].removeprefix("export ") for line in file.read_text().splitlines()]
    assert names == ["PLANHOOK_RUN", "REDIS_URL", "SECRET"]


def test_tests_and_demo_never_inherit_where_the_real_planhat_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANHAT_API_TOKEN", "real")
    monkeypatch.setenv("REDIS_URL", "redis://real")
    monkeypatch.setenv("PATH_OF_MINE", "kept")

    env = own_environment(RULES_DIR="mine")

    assert "PLANHAT_API_TOKEN" not in env
    assert "REDIS_URL" not in env
    assert env["PATH_OF_MINE"] == "kept"
    assert env["RULES_DIR"] == "mine"


def test_a_table_aligns_its_columns_and_wraps_long_cells() -> None:
    shown = table("Title", ["a", "b"], [["1", "x " * 40], ["22", "y"]]).splitlines()

    assert shown[0] == "Title"
    assert {line.index(text) for line, text in zip(shown[2:5:2], ("b", "x"), strict=True)} == {4}
    assert max(map(len, shown)) <= 48
    assert shown[-1] == "22  y"
