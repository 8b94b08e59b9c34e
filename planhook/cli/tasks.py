"""`planhook tasks`: what the rules want of a task, and what Planhat has."""

import json
from collections.abc import Mapping
from typing import Any

import click

from planhook.cli.folder import json_option
from planhook.cli.output import say, say_json
from planhook.cli.store import opened_store
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
    _show(task)


def _show(task: Mapping[str, Any]) -> None:
    written = "waits to be written to Planhat" if task["pending"] else "nothing to be written"
    say(f"{task['sourceId'] or task['_id']}: {task['state'] or 'not created'}, {written}", bold=True)
    if task["_id"] and task["sourceId"]:
        say(f"  _id: {task['_id']}")
    has = task["planhat"] or {}
    for name, field in task["fields"].items():
        say(f"  {name}: {_text(field['value'])}")
        say(f"    by {field['event']}, version {field['version']}")
        if field["value"] != has.get(name):
            say(f"    Planhat has {_text(has.get(name))}", colour="yellow")
    for entry in task["history"]:
        answer = f" ({entry['answer']})" if entry["answer"] else ""
        say(f"  {entry['action']} by {entry['event']}: {entry['outcome']}{answer}")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
