"""`planhook test`: the examples of the rules."""

import dataclasses
import sys
from pathlib import Path

import click

from planhook import authoring
from planhook.authoring.trial import RuleTrial
from planhook.cli.folder import json_option, rules_argument, show_findings
from planhook.cli.output import say, say_json
from planhook.core.errors import RulesInvalid


@click.command()
@rules_argument
@json_option
def test(folder: Path, *, as_json: bool) -> None:
    """Run the examples of the rules in DIR (default: rules) and show what differs."""
    try:
        report = authoring.try_rules(folder)
    except RulesInvalid as invalid:
        show_findings(invalid.findings, as_json=as_json)
        sys.exit(1)
    if as_json:
        say_json({"passed": report.passed, "failed": report.failed, **dataclasses.asdict(report)})
    else:
        for rule in report.rules:
            _show(rule)
        say(f"{report.passed} examples passed, {report.failed} failed", bold=True)
    if report.failed:
        sys.exit(1)


def _show(rule: RuleTrial) -> None:
    failed = any(example.differences for example in rule.examples)
    if not rule.examples:
        say(f"– {rule.rule} (no examples)", colour="yellow")
    else:
        counted = f"{len(rule.examples)} example{'s' if len(rule.examples) != 1 else ''}"
        say(f"{'✗' if failed else '✓'} {rule.rule} ({counted})", colour="red" if failed else "green")
    for example in rule.examples:
        for difference in example.differences:
            say(f"  {rule.file}:{example.line}: {difference}")
    for condition in rule.untried:
        say(f"  {condition}", colour="yellow")
