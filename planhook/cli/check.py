"""`planhook check`: everything wrong with the rule files."""

import os
import sys
from pathlib import Path

import click

from planhook import authoring
from planhook.cli.folder import json_option, rules_argument, show_findings
from planhook.core.errors import Finding, SettingsInvalid
from planhook.settings import Settings


@click.command()
@rules_argument
@click.option("--env", "with_env", is_flag=True, help="Check the environment too: all settings and secrets are set.")
@click.option("--strict", is_flag=True, help="Let warnings count as faults.")
@json_option
def check(folder: Path, *, with_env: bool, strict: bool, as_json: bool) -> None:
    """Tell everything wrong with the rule files in DIR (default: rules), with file and line."""
    findings = authoring.check(folder, os.environ, require_env=with_env)
    if with_env:
        findings = (*_environment_faults(), *findings)
    show_findings(findings, as_json=as_json)
    if not findings and not as_json:
        click.echo(f"{folder}: all is well")
    if any(strict or finding.severity == "error" for finding in findings):
        sys.exit(1)


def _environment_faults() -> tuple[Finding, ...]:
    try:
        Settings.from_env(os.environ)
    except SettingsInvalid as fault:
        return tuple(Finding("environment", 0, line) for line in str(fault).splitlines())
    return ()
