"""All that is allowed in a whole set of files and hardly meant, as far as single modules know it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planhook.core.calendar import Calendar
from planhook.core.rule import Rule
from planhook.rulebook.alternatives import warn_of_alternatives
from planhook.rulebook.condition_doubts import warn_of_condition_doubts
from planhook.rulebook.domain_rows import warn_of_domain_rows
from planhook.rulebook.ended_at_once import warn_of_tasks_ended_at_once
from planhook.rulebook.excluded import warn_of_excluded
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.fixed_ids import warn_of_fixed_ids
from planhook.rulebook.list_conditions import warn_of_list_conditions
from planhook.rulebook.located import LocatedDict
from planhook.rulebook.mixed_types import warn_of_mixed_types
from planhook.rulebook.modes_of_tasks import warn_of_modes
from planhook.rulebook.sequence_order import warn_of_sequence_order
from planhook.rulebook.source_doubts import warn_of_source_doubts
from planhook.rulebook.statuses import warn_of_statuses
from planhook.rulebook.text_doubts import warn_of_text_doubts
from planhook.rulebook.untold import warn_of_untold


def warn_of_doubts(
    files: Sequence[RuleFile],
    rules: Sequence[Rule],
    sources: Mapping[str, Any],
    calendar: Calendar,
    findings: Findings,
    *,
    every_rule: bool,
) -> None:
    """Add a warning for each. `sources` has all of them as they are written, none when not all are known."""
    for file in files:
        warn_of_text_doubts(file, findings)
        warn_of_source_doubts(file, rules, findings)
    tables = {name: rows for file in files for name, rows in _tables_of(file)}
    warn_of_condition_doubts(rules, sorted(sources), findings)
    warn_of_list_conditions(rules, sources, calendar, findings)
    warn_of_excluded(rules, findings)
    warn_of_alternatives(rules, calendar, findings)
    warn_of_fixed_ids(rules, tables, findings)
    if every_rule:
        warn_of_domain_rows(rules, tables, findings)
        warn_of_modes(files, rules, sources, findings)
    warn_of_tasks_ended_at_once(rules, sources, findings)
    warn_of_mixed_types(rules, sources, findings)
    warn_of_untold(rules, sources, findings)
    warn_of_sequence_order(rules, sources, findings)
    warn_of_statuses(rules, findings)


def _tables_of(file: RuleFile) -> Iterator[tuple[str, LocatedDict]]:
    tables = file.section("tables", LocatedDict)
    return ((name, rows) for name, rows in tables.items() if isinstance(rows, LocatedDict))
