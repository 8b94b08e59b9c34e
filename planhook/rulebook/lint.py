"""What only the whole set of files can tell: names that nothing answers to, and rules that get in each other's way."""

from collections.abc import Sequence

from planhook.core.calendar import Calendar
from planhook.core.rule import Rule
from planhook.rulebook.contradictions import warn_of_contradictions
from planhook.rulebook.doubts import warn_of_doubts
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.halves import warn_of_halves
from planhook.rulebook.identity import warn_of_shared_keys
from planhook.rulebook.kinds import warn_of_kinds
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.orphans import warn_of_orphans
from planhook.rulebook.overlap import warn_of_overlaps
from planhook.rulebook.rows import warn_of_rows
from planhook.rulebook.rule_lint import Names, RuleLint
from planhook.rulebook.sampled_times import warn_of_times
from planhook.rulebook.slips import warn_of_slips


def lint(
    files: Sequence[RuleFile],
    rules: Sequence[Rule],
    calendar: Calendar,
    findings: Findings,
    *,
    complete: bool,
    every_rule: bool,
) -> None:
    """Add what is wrong between files and rules. Works on files as they are, also on broken ones.

    Unless `complete`, a part could not be read: names of sources and tables may stand there. Unless `every_rule`, some
    rules are left out, for their template cannot be used.
    """
    known = _names(files, complete=complete)
    for file in files:
        for index, rule in enumerate(file.section("rules", LocatedList)):
            if isinstance(rule, LocatedDict):
                RuleLint(file, ("rules", index), rule, known, findings).run()
        warn_of_slips(file, findings)
    warn_of_shared_keys(rules, findings)
    warn_of_kinds(rules, findings)
    warn_of_halves(rules, findings)
    warn_of_rows(files, rules, findings)
    if not any("calendar" in file.left_out for file in files):  # else it is unknown which times come first
        warn_of_overlaps(rules, calendar, findings)
        warn_of_times(rules, calendar, findings)
        warn_of_contradictions(files, rules, calendar, findings)
    warn_of_doubts(files, rules, known.sources if complete else {}, calendar, findings, every_rule=every_rule)
    if every_rule:
        warn_of_orphans(files, rules, findings)


def _names(files: Sequence[RuleFile], *, complete: bool) -> Names:
    names = Names(complete)
    for file in files:
        names.tables.update(file.section("tables", LocatedDict))
        names.sources.update(file.section("sources", LocatedDict))
    return names
