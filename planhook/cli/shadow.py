"""`planhook shadow`: rules that decide and write nothing."""

from datetime import UTC, datetime, timedelta

import click

from planhook.authoring.difference import KINDS
from planhook.authoring.nouns import counted
from planhook.authoring.shadow import RuleInShadow, rules_in_shadow
from planhook.cli.difference import show_change
from planhook.cli.folder import json_option
from planhook.cli.output import say, say_json
from planhook.cli.since import period, since_option
from planhook.cli.store import opened_store
from planhook.store.archive import Archive


@click.group()
def shadow() -> None:
    """Rules in shadow: those that decide and are recorded, but write nothing (mode: shadow, percent or only)."""


@shadow.command()
@since_option
@click.option("--rule", "name", help="Only the rule of that name.")
@click.option("--limit", type=click.IntRange(0), default=3, show_default=True, help="How many tasks to show of each.")
@json_option
def report(since: timedelta | None, name: str | None, limit: int, *, as_json: bool) -> None:
    """Show what rules in shadow would have done, each by itself, beside the tasks as they are.

    Told by what was recorded when the events came. Nothing is written.
    """
    with opened_store() as redis:
        past = Archive(redis, datetime.now(UTC) - since if since else None)
        rules = [rule for rule in rules_in_shadow(past.plans(), past.registers) if name in (None, rule.rule)]
    if as_json:
        say_json({"events": len(past.ids), "rules": [rule.to_json(limit) for rule in rules]})
        return
    say(f"{counted(len(past.ids), 'event')} ({period(since)})")
    if not rules:
        say("no rule was in shadow" if name is None else f"no rule {name} was in shadow")
    for rule in rules:
        _show(rule, limit)


def _show(rule: RuleInShadow, limit: int) -> None:
    say()
    live = f", {rule.live:,} live" if rule.live else ""
    say(f"{rule.rule}: {counted(rule.events, 'event')} in shadow{live}", bold=True)
    for problem in rule.problems:
        told = f"would have stopped {counted(problem.events, 'event')}, as {problem.first_event}: {problem.problem}"
        say(f"! {told}", colour="red")
    kinds = [f"{rule.counts[kind]:,} {kind}" for kind in KINDS if rule.counts[kind]]
    if same := rule.tasks - len(rule.changes):
        kinds.append(f"{same:,} as they are")
    if rule.tasks:
        say(f"{counted(rule.tasks, 'task')}: {', '.join(kinds)}")
    for change in rule.changes[:limit]:
        show_change(change)
    if (more := len(rule.changes) - limit) > 0:
        say(f"… and {counted(more, 'more task')}: raise --limit")
