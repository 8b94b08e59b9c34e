"""Where a rule writes a field: what a problem with that field names."""

from pathlib import Path

import pytest

from planhook.core.rule import RuleSet
from planhook.rulebook import load

RULES = """\
rules:
  - name: Start
    on: deal.won
    then:
      - create:
          sourceId: t-{{ deal.id }}
          companyId: srcid-c1
          action: Onboard
          custom:
            Deal value: "{{ deal.amount }}"
            Tier: Gold
      - complete: {sourceId: "old-{{ deal.id }}"}
  - name: Stop
    on: deal.lost
    then: {cancel: {sourceId: "t-{{ deal.id }}"}}
"""


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    (tmp_path / "deals.yaml").write_text(RULES, "utf-8")
    return load(tmp_path, {}, require_env=False).rules


@pytest.mark.parametrize(
    ("rule", "field", "place"),
    [
        ("Start", "action", "deals.yaml:8"),
        ("Start", "custom.Deal value", "deals.yaml:10"),
        ("Start", "custom.Tier", "deals.yaml:11"),
        ("Start", "mainType", "deals.yaml:5"),
        ("Stop", "isArchived", "deals.yaml:15"),
        ("Start", "custom.tier", None),
        ("Stop", "action", None),
        ("Gone", "action", None),
    ],
)
def test_a_field_is_found_by_file_and_line(
    rules: RuleSet, tmp_path: Path, rule: str, field: str, place: str | None
) -> None:
    assert rules.place_of(rule, field) == (f"{tmp_path}/{place}" if place else None)
