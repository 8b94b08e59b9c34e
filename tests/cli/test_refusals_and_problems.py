"""`refusals` and `problems`: what the operator API tells of them, from the shell."""

import json
from datetime import UTC, datetime

from planhook.store.problems import Problem, Problems
from planhook.store.refusals import Refusal, Refusals
from tests.cli.conftest import Past

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_refusals_are_counted_and_the_last_ones_shown(past: Past) -> None:
    last = [Refusal(AT, "crm", 401, "signature_wrong"), Refusal(AT, "crm", 401, "stale")]
    store = Refusals(past.redis)
    store.add({("crm", "signature_wrong"): 1200, ("crm", "stale"): 1}, last)

    told = json.loads(past.planhook("refusals", "--json").stdout)
    assert told == {"counts": store.counts(), "last": store.last()}
    lines = past.planhook("refusals", "--limit", "1").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["1,200", "crm", "signature_wrong"],
        ["1", "crm", "stale"],
        ["the", "last", "ones:"],
        ["2026-03-02T09:00:00.000Z", "crm", "401", "stale"],
    ]


def test_problems_are_shown_by_file_and_line(past: Past) -> None:
    found = Problem("Start", "status", "rules.yaml:9", "Planhat has another status", "Don", "To Do", "t-1", "evt_1")
    Problems(past.redis).add(found, AT)

    told = json.loads(past.planhook("problems", "--json").stdout)
    assert told == {"problems": Problems(past.redis).all()}
    shown = past.planhook("problems").stdout.splitlines()
    assert shown[0] == "rules.yaml:9: Planhat has another status (rule 'Start', seen 1 time, last in task t-1)"
    assert shown[1].split() == ["wrote", "Don;", "Planhat", "has", "To", "Do"]


def test_that_there_are_none_is_said(past: Past) -> None:
    assert past.planhook("refusals").stdout == "no request was refused\n"
    assert past.planhook("problems").stdout == "nothing is known that Planhat did not keep\n"
