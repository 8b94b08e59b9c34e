"""Everything wrong with a folder of rules, failing examples included."""

from collections.abc import Mapping
from pathlib import Path

from planhook.authoring.trial import try_examples
from planhook.core.errors import Finding, RulesInvalid
from planhook.rulebook import load


def check(folder: Path, env: Mapping[str, str], *, require_env: bool = False) -> tuple[Finding, ...]:
    """All findings by file and line, warnings among them; none when all is well.

    Examples run only when the files themselves are right. With `require_env` an unset variable is an error.
    """
    try:
        rulebook = load(folder, env, require_env=require_env)
    except RulesInvalid as invalid:
        return invalid.findings
    failing = [
        Finding(rule.file, example.line, f"this example of {rule.rule!r} fails: {difference}")
        for rule in try_examples(rulebook.rules).rules
        for example in rule.examples
        for difference in example.differences
    ]
    return tuple(sorted([*rulebook.findings, *failing]))
