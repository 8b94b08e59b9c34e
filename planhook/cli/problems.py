"""`planhook problems`: what rules write and Planhat does not keep."""

from collections.abc import Mapping
from typing import Any

import click

from planhook.authoring.nouns import counted
from planhook.cli.folder import json_option
from planhook.cli.output import say, say_json
from planhook.cli.store import opened_store
from planhook.store.problems import Problems


@click.command()
@json_option
def problems(*, as_json: bool) -> None:
    """Show what rules write and Planhat takes without keeping it, by file and line, the last seen first."""
    with opened_store() as redis:
        found = Problems(redis).all()
    if as_json:
        say_json({"problems": found})
        return
    if not found:
        say("nothing is known that Planhat did not keep")
    for problem in found:
        say(told(problem), colour="yellow")
        say("    wrote {wrote}; Planhat has {has}".format(**problem))
        say("    first {first}, last {last} by {event}".format(**problem))


def told(problem: Mapping[str, Any]) -> str:
    """One problem, as `Problems.all` gives it, in a line."""
    return "{where}: {message} (rule {rule!r}, seen {times}, last in task {task})".format(
        times=counted(problem["count"], "time"), **problem
    )
