"""`planhook tasks`: what the rules want of a task, and what Planhat has."""

import click

from planhook.cli.folder import json_option
from planhook.cli.happened_tree import task_tree
from planhook.cli.output import say_json
from planhook.cli.store import opened_store
from planhook.cli.tree import show_tree
from planhook.store.journal import Journal


@click.group()
def tasks() -> None:
    """What the rules want of a task, and what Planhat has."""


@tasks.command()
@click.argument("name", metavar="SOURCE_ID")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """One task by its sourceId, or by its _id if it is not ours."""
    with opened_store() as redis:
        task = Journal(redis).task(name)
    if task is None:
        raise click.ClickException(f"no rule has named a task {name}")
    if as_json:
        say_json(task)
        return
    show_tree(task_tree(task))
