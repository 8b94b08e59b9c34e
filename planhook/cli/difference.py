"""How a backtest looks on a terminal."""

from planhook.authoring.difference import CHANGED, CREATED, DROPPED, KINDS, Difference, TaskChange
from planhook.authoring.nouns import counted
from planhook.authoring.report import Report, value_text
from planhook.cli.output import say
from planhook.core.scalar import cut

_LOOKS = {CREATED: ("+", "green"), CHANGED: ("~", "yellow"), DROPPED: ("-", "red")}


def show_report(report: Report, limit: int) -> None:
    """Headline, figures by rule, problems, and field by field the first `limit` tasks that differ."""
    difference = report.difference
    say(f"{report.base} → {report.changed}: {counted(difference.events, 'event')} ({report.period})")
    say(report.headline, bold=True)
    _show_by_rule(difference)
    for word, problems in (("newly", difference.new_problems), ("no longer", difference.solved_problems)):
        for each in problems:
            stops = f"{word} stops {counted(each.events, 'event')}, as {each.first_event}"
            say(f"! {each.rule} {stops}: {each.problem}", colour="red")
    for told in report.unforeseen:
        say(f"? not foreseen: {told}", colour="yellow")
    for change in difference.changes[:limit]:
        show_change(change)
    if (more := len(difference.changes) - limit) > 0:
        say(f"… and {counted(more, 'more task')}: raise --limit, or see all with --html FILE or --json")


def _show_by_rule(difference: Difference) -> None:
    by_rule = difference.by_rule()
    if not by_rule:
        return
    width = max(map(len, by_rule))
    say()
    say(f"{'rule':{width}}  " + "  ".join(KINDS), bold=True)
    for rule, counts in by_rule.items():
        say(
            f"{rule:{width}}  "
            + "  ".join(f"{f'{counts[kind]:,}' if counts[kind] else '':>{len(kind)}}" for kind in KINDS)
        )


def show_change(change: TaskChange) -> None:
    """A task that would be another, field by field."""
    sign, colour = _LOOKS[change.kind]
    say()
    say(f"{sign} {'_id ' if change.by_id else ''}{change.key}: {change.kind}", colour=colour, bold=True)
    for reason in change.because:
        say(f"    {reason}")
    for field in change.fields:
        now, was = cut(value_text(field.after.value)), cut(value_text(field.before.value))
        values = now if change.kind == CREATED else f"{was} → {now}"
        say(f"    {field.name}: {values}{f'   ({field.rule})' if field.rule else ''}")
