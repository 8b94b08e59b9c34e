"""The argument and the refusal that the commands about rule files share."""

from pathlib import Path

import click

from planhook.cli.output import say, say_json
from planhook.core.errors import Finding

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

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
