"""Everything wrong with a folder of rules, failing examples included."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planhook.authoring.trial import try_examples
from planhook.core.errors import Finding, RulesInvalid
from planhook.rulebook import ExamplesInvalid, Rulebook, load
from planhook.rulebook.folder import passed_over, rule_paths


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All findings by file and line, warnings among them; how many rules and sources there are, 0 when files are wrong.

    `switched_off` of the rules are checked like the others and see no event.
    """

    findings: tuple[Finding, ...]
    rules: int = 0
    sources: int = 0
    switched_off: int = 0


def check(folder: Path, env: Mapping[str, str], *, require_env: bool = False) -> tuple[Finding, ...]:
    """The findings of `examine` alone; none when all is well."""
    return examine(folder, env, require_env=require_env).findings


def examine(folder: Path, env: Mapping[str, str], *, require_env: bool = False) -> CheckReport:
    """Look for everything wrong.

    Examples run only when nothing but examples is wrong. With `require_env` an unset variable is an error.
    """
    try:
        rulebook = load(folder, env, require_env=require_env)
    except RulesInvalid as invalid:
        return CheckReport(findings_of(invalid))
    findings = (*_emptiness(folder), *passed_over(folder), *all_findings(rulebook))
    return CheckReport(findings, len(rulebook.every_rule), len(rulebook.sources), len(rulebook.switched_off))


def _emptiness(folder: Path) -> tuple[Finding, ...]:
    if any(True for _ in rule_paths(folder)):
        return ()
    told = "no .yaml or .yml file here (in small letters), so there is no rule"
    return (Finding(str(folder), 0, told, "warning"),)


def findings_of(invalid: RulesInvalid) -> tuple[Finding, ...]:
    """Everything wrong with files that cannot be used; where only examples are broken, the others that fail too."""
    return all_findings(invalid.rulebook) if isinstance(invalid, ExamplesInvalid) else invalid.findings


def all_findings(rulebook: Rulebook) -> tuple[Finding, ...]:
    """The findings of a rulebook that can be used, by file and line: warnings, and examples that fail."""
    failing = [
        Finding(rule.file, found.line, f"this example of {rule.rule!r} fails: {found.message}", column=found.column)
        for rule in try_examples(rulebook).rules
        for example in rule.examples
        for found in example.differences
    ]
    others = (finding for finding in rulebook.findings if not any(_tells(one, finding) for one in failing))
    return tuple(sorted([*others, *failing], key=lambda finding: finding.rank))


def _tells(failing: Finding, doubt: Finding) -> bool:
    """Whether an example fails for what is doubted at that place anyway."""
    return failing.where == doubt.where and doubt.message in failing.message
