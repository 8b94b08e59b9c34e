"""`planhook review`: what a change of the rule files does, in plain sentences."""

import sys
from datetime import timedelta
from pathlib import Path

import click

from planhook.authoring.markdown import as_markdown
from planhook.authoring.review import review as make_review
from planhook.cli.backtest import backtested
from planhook.cli.folder import FOLDER, json_option
from planhook.cli.output import printable, say_json
from planhook.cli.rule_sets import read_rules, rules_in
from planhook.cli.since import since_option
from planhook.core.errors import RulesInvalid
from planhook.core.rule import RuleSet
from planhook.rulebook import Rulebook


@click.command()
@click.argument("change", metavar="A..B")
@click.option("--rules", "folder", type=FOLDER, default="rules", envvar="RULES_DIR", help="Folder of the rule files.")
@click.option("--backtest/--no-backtest", "with_backtest", default=True, help="Judge stored events by both.")
@since_option
@json_option
def review(change: str, folder: Path, since: timedelta | None, *, with_backtest: bool, as_json: bool) -> None:
    """Say in plain sentences what a change of the rules does, as Markdown for a pull request.

    A and B are git revisions; without B it is the files as they are now. With a Redis (REDIS_URL) the stored events are
    judged by both. Ends with 1 when check finds something that it did not find before.

    \b
      python -m planhook review main..a-branch
      python -m planhook review HEAD               what you changed since the last commit
    """
    if "..." in change:
        advice = "write two dots: what B says is compared with what A says now, not with where B began"
        raise click.BadParameter(advice, param_hint="A..B")
    first, _, second = change.partition("..")
    if not first:
        raise click.BadParameter("name the revision to start from, as in main..my-branch", param_hint="A..B")
    before, broken = _rules_before(folder, first)
    after = rules_in(folder, second or None, as_json=as_json)
    told = make_review(before, after)
    base, changed = first, second or str(folder)
    report, note = None, broken or "No backtest was asked for."
    if with_backtest and not broken:
        try:
            report, note = backtested(base, before, changed, after, since), ""
        except click.ClickException as fault:
            note = f"They were not asked: {fault.message}."
    if as_json:
        say_json({**told.to_json(), "backtest": report.to_json() if report else None, "note": note})
    else:
        for line in as_markdown(told, base, changed, report, note).splitlines():
            click.echo(printable(line))
    if told.conflicts:
        sys.exit(1)


def _rules_before(folder: Path, revision: str) -> tuple[Rulebook, str]:
    """The rules to compare with; when they cannot be used none and a note about it: their cure is to be reviewed."""
    try:
        return read_rules(folder, revision), ""
    except RulesInvalid as invalid:
        fault = next(str(finding) for finding in invalid.findings if finding.severity == "error")
        note = f"The rules of {revision} cannot be used, so all count as new and no event was judged by them: {fault}."
        return Rulebook(RuleSet(()), {}, invalid.findings), note
