"""`planhook capture`: an event that came becomes an example of a rule."""

import os
import sys
from pathlib import Path

import click

from planhook.authoring.capture import Capture, CaptureImpossible
from planhook.authoring.capture import capture as make_capture
from planhook.authoring.insertion import as_yaml
from planhook.authoring.rule_text import RuleNotFound
from planhook.cli.files import replace_file
from planhook.cli.folder import FOLDER, json_option, show_findings
from planhook.cli.output import say, say_json
from planhook.cli.store import opened_store
from planhook.core.errors import RulesInvalid
from planhook.core.event import Event
from planhook.store.journal import EventUnknown
from planhook.store.stored_event import stored_record


@click.command()
@click.argument("event_id", metavar="EVENT")
@click.option("--rule", "rule_name", required=True, help="Name of the rule that gets the example.")
@click.option("--rules", "folder", type=FOLDER, default="rules", envvar="RULES_DIR", help="Folder of the rule files.")
@click.option("--dry-run", is_flag=True, help="Show the example, write no file.")
@json_option
def capture(event_id: str, rule_name: str, folder: Path, *, dry_run: bool, as_json: bool) -> None:
    """Make EVENT, an id of the journal (evt_...), an example of a rule: what is given, and what the rule does with it.

    Only what the rule reads is taken over. Names, addresses and other personal texts are replaced, the same one always
    by the same stand-in; what the tables of the rules name stays. The file keeps every other byte. Look the example
    over before you commit it: planhook cannot know every text that tells about a person.
    """
    with opened_store() as redis:
        try:
            event = Event.from_json(stored_record(redis, event_id))
        except EventUnknown:
            raise click.ClickException(f"there is no event {event_id}, or it is not kept any more") from None
    try:
        captured = make_capture(event, rule_name, folder, os.environ)
    except (CaptureImpossible, RuleNotFound) as fault:
        raise click.ClickException(str(fault)) from None
    except RulesInvalid as invalid:
        show_findings(invalid.findings, as_json=as_json)
        sys.exit(1)
    written = captured.is_new and not dry_run
    if written:
        replace_file(captured.file, captured.content)
    if as_json:
        say_json(
            {
                "file": str(captured.file),
                "line": captured.line,
                "written": written,
                "example": captured.example,
                "masked": captured.masked,
                "kept": list(captured.kept),
                "switched_off": captured.is_switched_off,
            }
        )
    else:
        _show(captured, dry_run=dry_run)


def _show(captured: Capture, *, dry_run: bool) -> None:
    place = f"{captured.file}:{captured.line}"
    if not captured.is_new:
        say(f"{place}: the rule has this example already", colour="yellow")
    else:
        say(f"{place}: {'would get this example' if dry_run else 'this example was added'}", colour="green")
    for line in as_yaml(captured.example).splitlines():
        say(f"  {line}")
    if captured.is_switched_off:
        say("the rule is switched off (enabled: false): `test` runs its examples all the same", colour="yellow")
    say(f"names, addresses and other personal texts masked: {captured.masked}")
    for path in captured.kept:
        say(
            f"{path} stays, but for names masked in it, as the rule needs it: look whether it tells of a person",
            colour="yellow",
        )
