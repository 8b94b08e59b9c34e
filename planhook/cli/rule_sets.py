"""Rule sets as the options of commands name them: a folder, or what a git revision has in it."""

import os
import sys
from pathlib import Path

import click

from planhook import rulebook
from planhook.cli.folder import show_findings
from planhook.cli.output import printable
from planhook.core.errors import RulesInvalid
from planhook.rulebook import Rulebook


def rules_in(folder: Path, revision: str | None = None, *, as_json: bool = False) -> Rulebook:
    """The rules of `folder`, at a git revision if one is given. Ends the command when they cannot be used."""
    try:
        return read_rules(folder, revision)
    except RulesInvalid as invalid:
        if revision is not None:
            click.echo(f"the rules of {printable(revision)} cannot be used:", err=True)
        show_findings(invalid.findings, as_json=as_json)
        sys.exit(1)


def read_rules(folder: Path, revision: str | None) -> Rulebook:
    """Likewise, and raises RulesInvalid when they cannot be used."""
    try:
        if revision is None:
            return rulebook.load(folder, os.environ, require_env=False)
        return rulebook.load_snapshot(rulebook.snapshot_at(folder, revision), os.environ, require_env=False)
    except rulebook.RevisionUnknown as fault:
        raise click.BadParameter(str(fault)) from None
