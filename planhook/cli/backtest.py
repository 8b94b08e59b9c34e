"""`planhook backtest`: what changed rules would have made of the events that came."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from planhook.authoring.backtest import backtest as run_backtest
from planhook.authoring.difference import Difference
from planhook.authoring.hindsight import unforeseen
from planhook.authoring.report import Report, as_html
from planhook.cli.difference import show_report
from planhook.cli.folder import FOLDER, called_from_here, json_option
from planhook.cli.output import say_json
from planhook.cli.rule_sets import rules_in
from planhook.cli.since import period, since_option
from planhook.cli.store import opened_store
from planhook.core.event import iso
from planhook.core.rule import RuleSet
from planhook.rulebook import Rulebook
from planhook.store.archive import Archive


@click.command()
@click.option("--rules", "folder", type=FOLDER, help="Folder with the changed rules.")
@click.option("--rev", "revision", help="git revision that has the changed rules, such as a branch.")
@click.option("--base", help="What to compare with: a git revision or a folder; default: today's rules in RULES_DIR.")
@since_option
@click.option("--html", "page", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write a report.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many tasks to show.")
@json_option
def backtest(
    folder: Path | None,
    revision: str | None,
    base: str | None,
    since: timedelta | None,
    page: Path | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Judge the stored events by today's rules and by changed ones, and show which tasks would end otherwise.

    Name the changed rules by --rules or --rev. Nothing is written, neither to Redis nor to Planhat. Ends with 1 when
    something differs, also when only settings differ by which sources read events: that is told, not foreseen.

    \b
      python -m planhook backtest --rules drafts               a copy of the rules that you changed
      python -m planhook backtest --rules rules --base HEAD    what you changed since the last commit
      python -m planhook backtest --rev a-branch --since 24h   what a colleague proposes
    """
    if (folder is None) == (revision is None):
        raise click.UsageError("name the changed rules: by --rules DIR or by --rev GITREV")
    today = called_from_here(Path(os.environ.get("RULES_DIR") or "rules"))
    changed = rules_in(folder or today, revision, as_json=as_json)
    if base is None or Path(base).is_dir():
        old = rules_in(Path(base or today), as_json=as_json)
    else:
        old = rules_in(today, base, as_json=as_json)
    told = backtested(base or str(today), old, revision or str(folder), changed, since)
    if page:
        _write(page, as_html(told))
    if as_json:
        say_json(told.to_json())
    else:
        show_report(told, limit)
    if not told.is_empty:
        sys.exit(1)


def backtested(base: str, old: Rulebook, changed: str, new: Rulebook, since: timedelta | None) -> Report:
    """The stored events judged by both rule sets, which the user calls `base` and `changed`.

    Ends the command when there is no Redis.
    """
    now = datetime.now(UTC)
    with opened_store() as redis:
        difference = _with_progress(Archive(redis, now - since if since else None), old.rules, new.rules)
    return Report(difference, base, changed, period(since), iso(now), tuple(unforeseen(old.sources, new.sources)))


def _with_progress(past: Archive, old: RuleSet, changed: RuleSet) -> Difference:
    """On a terminal with a bar, which stands beside the output, not in it."""
    with click.progressbar(
        length=len(past.ids), label="judging events", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        return run_backtest(past, old, changed, bar.update)


def _write(page: Path, content: str) -> None:
    try:
        page.write_text(content, "utf-8")
    except OSError as fault:
        raise click.BadParameter(f"{page} cannot be written: {fault.strerror}", param_hint="--html") from None
    click.echo(f"report written to {page}", err=True)
