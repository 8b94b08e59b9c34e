"""`planhook stats`: the counters of all processes."""

import click

from planhook.cli.folder import json_option
from planhook.cli.output import say, say_json
from planhook.cli.store import opened_store
from planhook.store.journal import Journal


@click.command()
@json_option
def stats(*, as_json: bool) -> None:
    """Show how many events came and what became of them, all counted at one moment."""
    with opened_store() as redis:
        journal = Journal(redis)
        figures, trouble = journal.stats(), journal.trouble()
    if as_json:
        say_json({**figures, "trouble": trouble})
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        say(f"{name:{width}}  {value:>10}")
    if trouble:
        say(trouble, colour="red")
