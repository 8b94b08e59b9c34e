"""`planhook refusals`: which requests got a 4xx, and why."""

import click

from planhook.cli.folder import json_option
from planhook.cli.output import say, say_json
from planhook.cli.store import opened_store
from planhook.store.refusals import Refusals


@click.command()
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many of the last to show.")
@json_option
def refusals(limit: int, *, as_json: bool) -> None:
    """Show how many requests each source refused and why, and the last ones."""
    with opened_store() as redis:
        store = Refusals(redis)
        counts, last = store.counts(), store.last()[:limit]
    if as_json:
        say_json({"counts": counts, "last": last})
        return
    if not counts:
        say("no request was refused")
    for source, reasons in counts.items():
        for reason, count in reasons.items():
            say(f"{count:>8,}  {source}  {reason}")
    if last:
        say("the last ones:")
    for one in last:
        say("  {at}  {source}  {status}  {reason}".format(**one))
