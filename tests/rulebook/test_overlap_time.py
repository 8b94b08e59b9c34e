"""Many rules on one task are compared with each other in a time that a running process can spare."""

import time

from planhook.core.calendar import Calendar
from planhook.rulebook.findings import Findings
from planhook.rulebook.overlap import warn_of_overlaps
from tests.rulebook.conftest import Load

RULE = """\
  - name: Rule %d
    on: [deal.won, deal.updated]
    if: {deal.stage: [s%d, t%d], deal.pipeline: p%d, deal.amount: {more_than: %d}}
    then: {update: {sourceId: "k-{{ deal.id }}", action: A%d}}
"""


def test_hundreds_of_rules_on_one_key_take_no_second(load_files: Load) -> None:
    text = "rules:\n" + "".join(RULE % (i, i, i, i % 7, i, i) for i in range(700))
    rules = load_files(a=text).rules.rules

    begun = time.process_time()
    warn_of_overlaps(rules, Calendar(), Findings())

    assert time.process_time() - begun < 1
