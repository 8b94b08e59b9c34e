"""`mode:` of a rule."""

import pytest

from planhook.core.canary import Canary, OnlyCompanies, Share
from tests.rulebook.conftest import Load

RULE = "rules:\n  - name: A\n    on: deal.won\n    then: {cancel: {sourceId: 'x-{{ deal.id }}'}}\n    mode: %s\n"


@pytest.mark.parametrize(
    ("text", "mode", "canary"),
    [
        ("live", "live", None),
        ("shadow", "shadow", None),
        ("{percent: 12.5}", "live", Share(12.5)),
        ("{only: {company: Acme Ltd}}", "live", OnlyCompanies(("Acme Ltd",))),
        ("{only: {company: [7, acme.example]}}", "live", OnlyCompanies(("7", "acme.example"))),
    ],
)
def test_a_rule_is_live_or_shadow_or_live_for_some(
    load_files: Load, text: str, mode: str, canary: Canary | None
) -> None:
    (rule,) = load_files(a=RULE % text).rules.rules

    assert (rule.mode, rule.canary) == (mode, canary)
