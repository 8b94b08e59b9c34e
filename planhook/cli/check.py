"""`planhook check`: everything wrong with the rule files."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from planhook import authoring
from planhook.authoring.nouns import counted
from planhook.cli.annotations import annotation
from planhook.cli.folder import json_option, rules_argument, show_findings
from planhook.cli.output import say
from planhook.core.errors import Finding, SettingsInvalid
from planhook.rulebook.source_section import unset_variable
from planhook.settings import Settings


@click.command()
@rules_argument
@click.option("--env", "with_env", is_flag=True, help="Check the environment too: all settings and secrets are set.")
@click.option("--strict", is_flag=True, help="Let warnings count as faults.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "github")),
    default="text",
    help="text for people, json for programs, github for notes beside the lines of a pull request.",
)
@json_option
def check(folder: Path, *, with_env: bool, strict: bool, form: str, as_json: bool) -> None:
    """Tell everything wrong with the rule files in DIR (default: rules), with file, line and column."""
    report = authoring.examine(folder, os.environ, require_env=with_env)
    findings = (*(_environment_faults() if with_env else ()), *report.findings)
    if as_json or form == "json":
        show_findings(findings, as_json=True)
    elif form == "github":
        for finding in _folded(findings):
            say(annotation(finding))
    else:
        shown = _folded(findings)
        show_findings(shown, as_json=False)
        _say_verdict(report, shown, strict=strict)
    if any(strict or finding.severity == "error" for finding in findings):
        sys.exit(1)


def _environment_faults() -> tuple[Finding, ...]:
    try:
        Settings.from_env(os.environ)
    except SettingsInvalid as fault:
        return tuple(Finding("environment", 0, line) for line in str(fault).splitlines())
    return ()


def _folded(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """`findings` with the warnings about unset variables of a file as one: on an author's machine none is set."""
    unset: dict[str, list[str]] = {}
    for finding in findings:
        if finding.severity == "warning" and (name := unset_variable(finding)):
            unset.setdefault(finding.file, []).append(name)
    told: set[str] = set()
    folded: list[Finding] = []
    for finding in findings:
        names = unset.get(finding.file, [])
        if finding.severity != "warning" or not unset_variable(finding) or len(names) == 1:
            folded.append(finding)
        elif finding.file not in told:
            told.add(finding.file)
            message = f"{len(set(names))} environment variables are not set: {', '.join(dict.fromkeys(names))}"
            folded.append(Finding(finding.file, 0, message, "warning"))
    return tuple(folded)


def _say_verdict(report: authoring.CheckReport, findings: Sequence[Finding], *, strict: bool) -> None:
    errors = sum(1 for finding in findings if finding.severity == "error")
    warnings = counted(len(findings) - errors, "warning") if len(findings) > errors else ""
    if errors:
        say(f"{counted(errors, 'error')}{warnings and f', {warnings}'}", colour="red", bold=True)
        return
    verdict = "not fine (--strict)" if strict and warnings else "fine"
    off = f" ({report.switched_off} switched off)" if report.switched_off else ""
    counts = f"{counted(report.rules, 'rule')}{off}, {counted(report.sources, 'source')}"
    colour = "red" if strict and warnings else "green"
    say(f"{counts}: {verdict}{warnings and f' ({warnings})'}", colour=colour, bold=True)
