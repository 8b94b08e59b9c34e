"""The argument and the refusal that the commands about rule files share."""

import os
from pathlib import Path
from typing import Any

import click

from planhook.cli.output import say, say_json
from planhook.core.errors import Finding


def called_from_here(folder: Path) -> Path:
    """`folder` without the way to where we are, so that findings and reviews show no path of this machine."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


class Folder(click.Path):
    """A folder as it is called from here."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        return called_from_here(Path(os.fsdecode(super().convert(value, param, ctx))))


FOLDER = Folder(exists=True, file_okay=False)

rules_argument = click.argument("folder", metavar="[DIR]", type=FOLDER, default="rules", envvar="RULES_DIR")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def show_findings(findings: tuple[Finding, ...], *, as_json: bool) -> None:
    """Findings to stdout, one a line, or as `{"findings": [{"file", "line", "column", "message", "severity"}]}`."""
    if as_json:
        keys = ("file", "line", "column", "message", "severity")
        say_json({"findings": [{key: getattr(finding, key) for key in keys} for finding in findings]})
        return
    for finding in findings:
        is_warning = finding.severity == "warning"
        told = f"{finding.where}: {'warning: ' if is_warning else ''}{finding.message}"
        say(told, colour="yellow" if is_warning else "red")
