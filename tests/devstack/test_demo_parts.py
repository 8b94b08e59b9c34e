from pathlib import Path

import pytest

from devstack.demo_secrets import demo_secrets
from devstack.stack import own_environment
from devstack.table import table


def test_only_unset_variables_of_rule_files_get_a_demo_value(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text("sources: {crm: {kind: close, secret: [${CRM_NEW}, ${CRM_OLD}]}}  # ${NAME}\n")
    (tmp_path / "notes.txt").write_text("${NOT_A_RULE_FILE}")

    assert demo_secrets(tmp_path, {"CRM_OLD": "given"}).keys() == {"CRM_NEW"}


def test_demo_secrets_differ_by_name_and_stay_the_same_between_runs(tmp_path: Path) -> None:
    (tmp_path / "crm.yml").write_text("${ONE} ${TWO}")

    first, second = demo_secrets(tmp_path, {}), demo_secrets(tmp_path, {})

    assert first == second
    assert first["ONE"] != first["TWO"]


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
