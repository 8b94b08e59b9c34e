"""`planhook schema`: what editors need to complete and explain rule files."""

import click

from planhook.cli.output import say_json
from planhook.rulebook.json_schema import json_schema


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, which it does anyway.")
def schema(*, as_json: bool) -> None:  # noqa: ARG001 - every command takes --json
    """Print the JSON Schema of rule files, which lets an editor complete and explain every key.

    rules.schema.json holds the same; docs/rules.md says how an editor finds it.
    """
    say_json(json_schema())
