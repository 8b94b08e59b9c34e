"""`planhook events`: what came, what the rules said, and planning it again."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import Any

import click
from redis.exceptions import RedisError

from planhook.cli.folder import json_option
from planhook.cli.happened_tree import COLOURS, end_in_words, meaning_lines
from planhook.cli.output import say, say_json
from planhook.cli.store import opened_store
from planhook.store.journal import STATUSES, EventUnknown, EventWaiting, Filters, Journal
from planhook.wakeup import Wakeups

_FILTERS = (
    click.option("--status", type=click.Choice(STATUSES), help="How far the event is."),
    click.option("--source", help="Name of a source."),
    click.option("--type", help="A type, or a pattern such as deal.*"),
    click.option("--task", help="sourceId or _id of a task."),
    click.option("--q", help="Part of an id or of the body."),
)


def _filter_options(command: Callable[..., None]) -> Callable[..., None]:
    return reduce(lambda wrapped, option: option(wrapped), reversed(_FILTERS), command)


@click.group()
def events() -> None:
    """What came, what became of it and why; and planning it again."""


@events.command("list")
@_filter_options
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many rows at most.")
@json_option
def list_events(limit: int, *, as_json: bool, **filters: str | None) -> None:
    """Events, newest first."""
    with opened_store() as redis:
        rows, after = Journal(redis).events(_filters(filters), limit, None)
    if as_json:
        say_json({"events": rows, "more": after is not None})
        return
    for row in rows:
        reason = f" ({row['reason']})" if row["reason"] else ""
        line = f"{row['id']}  {row['received_at']}  {row['source']}  {row['type']}  {row['status']}{reason}"
        say(line, colour=COLOURS.get(row["status"]))
    if after is not None:
        say("… there are more: narrow the list, or raise --limit")


@events.command()
@click.argument("event_id")
@json_option
def show(event_id: str, *, as_json: bool) -> None:
    """Everything known of one event."""
    with opened_store() as redis, _complaining(event_id):
        event = Journal(redis).event(event_id)
    if as_json:
        say_json(event)
        return
    _show(event)


@events.command()
@click.argument("event_id", required=False)
@_filter_options
@click.option("--dry-run", is_flag=True, help="Only count the events.")
@json_option
def replay(event_id: str | None, *, dry_run: bool, as_json: bool, **filters: str | None) -> None:
    """Plan one event again with today's rules, or all ended ones that the options choose."""
    wanted = _filters(filters)
    if (event_id is None) == (wanted == Filters()):
        raise click.UsageError("name one EVENT_ID, or choose events by at least one of the options")
    with opened_store() as redis:
        journal = Journal(redis)
        if event_id is None:
            matched, replayed, wake = journal.replay_matching(wanted, dry_run=dry_run)
        else:
            matched, replayed, wake = 1, *_replay_one(journal, event_id, dry_run=dry_run)
        if wake:
            _wake(Wakeups(redis))
    if as_json:
        say_json({"matched": matched, "replayed": replayed})
    else:
        say(f"{matched} matched, {replayed} will be planned again")


def _replay_one(journal: Journal, event_id: str, *, dry_run: bool) -> tuple[int, bool]:
    with _complaining(event_id):
        if dry_run:
            journal.event(event_id)
            return 0, False
        return 1, journal.replay(event_id)


@contextmanager
def _complaining(event_id: str) -> Iterator[None]:
    try:
        yield
    except EventUnknown:
        raise click.ClickException(f"there is no event {event_id}, or it is not kept any more") from None
    except EventWaiting:
        raise click.ClickException(f"{event_id} has not ended yet") from None


def _wake(wakeups: Wakeups) -> None:
    try:
        wakeups.plan()
    except RedisError as fault:  # a worker's sweeper makes up for it
        click.echo(f"the worker was not woken, it will look by itself: {fault}", err=True)


def _filters(given: Mapping[str, str | None]) -> Filters:
    return Filters(**{name: value or "" for name, value in given.items()})


def _show(event: Mapping[str, Any]) -> None:
    say(f"{event['type']} from {event['source']} at {event['occurred_at']} ({event['id']})", bold=True)
    say(end_in_words(event), colour=COLOURS.get(event["status"]))
    for line in meaning_lines(event):
        say(f"  {line}")
    for name in ("types", "received_at", "ended_at", "attempt", "duplicates", "rules_version"):
        value = event[name]
        say(f"  {name}: {', '.join(value) if isinstance(value, list) else value}")
    for name, value in event["event"].items():
        say(f"  {name}: {json.dumps(value, ensure_ascii=False)}")
    for decision in event["decisions"]:
        mark, colour = ("✓", "green") if decision["matched"] else ("✗", None)
        say(f"{mark} {decision['rule']}{' (shadow)' if decision['mode'] == 'shadow' else ''}", colour=colour)
        for because in decision["reasons"]:
            say(f"    because {because}")
        if decision["problem"]:
            say(f"    but {decision['problem']}", colour="red")
    for operation in event["operations"]:
        key = operation.get("sourceId") or f"_id {operation['_id']}"
        answer = f" ({operation['answer']})" if operation["answer"] else ""
        say(f"{operation['action']} {key}: {operation['outcome']}{answer}", bold=True)
        for name, value in operation["fields"].items():
            say(f"    {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
        for message in operation["not_kept"]:
            say(f"    but {message}", colour="red")
