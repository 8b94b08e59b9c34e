"""The rules in rules/ are right, complete and do what their names say."""

from pathlib import Path

import pytest

from planhook.authoring import check, try_rules
from planhook.core.errors import RulesInvalid
from planhook.rulebook import load

RULES = Path(__file__).parents[2] / "rules"
SECRETS = {
    "HUBSPOT_CLIENT_SECRET": "s1-of-the-shipped-rules-0000",
    "PIPEDRIVE_USERNAME": "u",
    "PIPEDRIVE_PASSWORD": "s2-of-the-shipped-rules-0000",
    "INVITES_TOKEN": "s3-of-the-shipped-rules-0000",
    "CRM_WEBHOOK_SECRET": "s4-of-the-shipped-rules-0000",
}


def test_nothing_is_wrong_with_them() -> None:
    assert check(RULES, SECRETS, require_env=True) == ()


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_is_needed(name: str) -> None:
    env = {key: value for key, value in SECRETS.items() if key != name}

    with pytest.raises(RulesInvalid, match=f"{name} is not set"):
        load(RULES, env, require_env=True)


def test_every_rule_has_examples_and_a_name_that_says_what_it_does() -> None:
    report = try_rules(RULES)

    assert report.failed == 0
    assert [rule.rule for rule in report.rules if not rule.examples] == []
    assert [untried for rule in report.rules for untried in rule.untried] == []


def test_the_sources_are_those_that_the_readme_of_the_rules_shows() -> None:
    assert sorted(load(RULES, SECRETS, require_env=True).sources) == ["crm", "hubspot", "invites", "pipedrive"]
