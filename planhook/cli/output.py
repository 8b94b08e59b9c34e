"""How commands write: nothing that an event holds can steer the terminal or break the output."""

import json
import os
from typing import Any

import click


def say(text: str = "", *, colour: str | None = None, bold: bool = False, dim: bool = False) -> None:
    """One line to stdout, coloured on a terminal only. Control characters are shown as `?`."""
    say_styled(styled(text, colour=colour, bold=bold, dim=dim))


def styled(text: str, *, colour: str | None = None, bold: bool = False, dim: bool = False) -> str:
    """Part of a line for `say_styled`. Control characters are shown as `?`."""
    return click.style(printable(text), fg=colour, bold=bold or None, dim=dim or None)


def say_styled(line: str) -> None:
    """One line made of `styled` parts to stdout, coloured on a terminal only, and not where NO_COLOR is set."""
    click.echo(line, color=False if os.environ.get("NO_COLOR") else None)


def say_json(value: Any) -> None:
    """`value` as JSON to stdout; ASCII only, so that no terminal or encoding can spoil it."""
    click.echo(json.dumps(value, indent=2, default=str))


def printable(text: str) -> str:
    """`text` with everything that is not for reading replaced."""
    return "".join(character if character.isprintable() else "?" for character in text)
