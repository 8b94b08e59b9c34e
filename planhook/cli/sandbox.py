"""`planhook sandbox`: the Planhat look-alike."""

import importlib.util
import os
import sys

import click


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run a Planhat look-alike on this machine, for trying things out (see sandbox --help)."""
    if importlib.util.find_spec("sandbox") is None:
        raise click.ClickException("the sandbox is not here: run this in planhook's source folder")
    # In place of this process: signals and the exit code are the sandbox's own.
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *arguments])  # noqa: S606 - no shell is wanted
