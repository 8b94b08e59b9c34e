"""`planhook test`: the examples of the rules."""

import contextlib
import dataclasses
import sys
import time
from pathlib import Path

import click

from planhook import authoring
from planhook.authoring.nouns import counted
from planhook.authoring.rule_text import RuleNotFound
from planhook.authoring.trial import RuleTrial, TrialReport
from planhook.authoring.update import UpdateImpossible, update_examples
from planhook.cli.files import replace_file
from planhook.cli.folder import json_option, rules_argument, show_findings
from planhook.cli.output import say, say_json
from planhook.core.errors import RulesInvalid
from planhook.rulebook.folder import signature

_LOOKS_EVERY = 0.3  # seconds between two looks at the files


@click.command()
@rules_argument
@click.option("--update", is_flag=True, help="Write what the rules really do into the examples that fail.")
@click.option("--watch", is_flag=True, help="Run again whenever a rule file changes, until Ctrl-C.")
@json_option
def test(folder: Path, *, update: bool, watch: bool, as_json: bool) -> None:
    """Run the examples of the rules in DIR (default: rules) and show what differs.

    It also says which conditions the examples do not try both ways, met and not met. --update changes only what
    differs, comments and order stay; look the change over before you commit it.
    """
    if watch and (update or as_json):
        raise click.UsageError("--watch goes with neither --update nor --json")
    if watch:
        _watch(folder)
        return
    if update:
        _update(folder, as_json=as_json)
    if not _run(folder, as_json=as_json):
        sys.exit(1)


def _run(folder: Path, *, as_json: bool = False) -> bool:
    """Whether all examples passed."""
    try:
        report = authoring.try_rules(folder)
    except RulesInvalid as invalid:
        show_findings(authoring.findings_of(invalid), as_json=as_json)
        return False
    if as_json:
        say_json(_as_json(report))
    else:
        _show(report)
    return not report.failed


def _as_json(report: TrialReport) -> dict[str, object]:
    totals = ("passed", "failed", "conditions", "covered")
    return {**{name: getattr(report, name) for name in totals}, **dataclasses.asdict(report)}


def _show(report: TrialReport) -> None:
    for rule in report.rules:
        _show_rule(rule)
    say(f"{counted(report.passed, 'example')} passed, {report.failed} failed", bold=True)
    if report.conditions:
        say(f"{report.covered} of {counted(report.conditions, 'condition')} tried both ways")


def _show_rule(rule: RuleTrial) -> None:
    failed = any(example.differences for example in rule.examples)
    off = "" if rule.enabled else ", switched off"
    if not rule.examples:
        say(f"– {rule.rule} (no examples{off})", colour="yellow")
    else:
        examples = counted(len(rule.examples), "example")
        say(f"{'✗' if failed else '✓'} {rule.rule} ({examples}{off})", colour="red" if failed else "green")
    for example in rule.examples:
        for difference in example.differences:
            where = ":".join(str(part) for part in (rule.file, difference.line, difference.column) if part)
            say(f"  {where}: {difference.message}")
    for condition in rule.untried:
        say(f"  {condition}", colour="yellow")


def _update(folder: Path, *, as_json: bool) -> None:
    try:
        update = update_examples(folder)
    except RulesInvalid:
        return  # running the examples tells it
    except (UpdateImpossible, RuleNotFound) as fault:
        raise click.ClickException(str(fault)) from None
    for file, content in update.contents.items():
        replace_file(file, content)
    for place in () if as_json else update.places:
        say(f"{place}: this example was updated", colour="green")


def _watch(folder: Path) -> None:
    seen = None
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            if (now := signature(folder)) != seen:
                seen = now
                click.clear()
                _run(folder)
                say("waiting for changes; end with Ctrl-C")
            time.sleep(_LOOKS_EVERY)
