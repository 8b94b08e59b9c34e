"""`planhook explain`: what the rules would do with one event, and why."""

import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from planhook import authoring, rulebook
from planhook.cli.folder import FOLDER, json_option, show_findings
from planhook.cli.output import say, say_json
from planhook.cli.store import opened_store
from planhook.core.errors import RulesInvalid
from planhook.core.event import iso
from planhook.core.plan import Decision
from planhook.store.journal import EventUnknown
from planhook.store.problems import Problems
from planhook.store.stored_event import stored_record

_ID = re.compile(r"evt_[0-9a-f]{24}")
_LARGEST = 10_000_000  # bytes
_Problems = Mapping[tuple[str, str], str]  # what Planhat does not keep, by rule and field


@click.command()
@click.argument("event")
@click.option("--rules", "folder", type=FOLDER, default="rules", envvar="RULES_DIR", help="Folder of the rule files.")
@json_option
def explain(event: str, folder: Path, *, as_json: bool) -> None:
    """Show each rule's verdict on EVENT, with reasons, and what it would write.

    EVENT is the id of an event in the journal (evt_...), or a file with JSON: an event ({"type": "deal.won",
    "deal": {...}}) or a delivery ({"source", "headers", "body"}).
    """
    record, problems = _stored(event) if _ID.fullmatch(event) and not Path(event).exists() else (_read(event), {})
    try:
        rules = rulebook.load(folder, os.environ, require_env=False)
    except RulesInvalid as invalid:
        show_findings(invalid.findings, as_json=as_json)
        sys.exit(1)
    try:
        explanations = authoring.explain(record, rules, datetime.now(UTC))
    except authoring.EventUnreadable as fault:
        raise click.BadParameter(str(fault), param_hint=event) from None
    if as_json:
        say_json({"events": [explanation.to_json() for explanation in explanations]})
        return
    for explanation in explanations:
        _show(explanation, problems)
    if not explanations:
        say("the delivery holds no event")


def _stored(event_id: str) -> tuple[Any, _Problems]:
    with opened_store() as redis:
        try:
            record = stored_record(redis, event_id)
        except EventUnknown:
            raise click.ClickException(f"there is no event {event_id}, or it is not kept any more") from None
        return record, {(one["rule"], one["field"]): one["message"] for one in Problems(redis).all()}


def _read(file: str) -> Any:
    try:
        with click.open_file(file, "rb") as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise click.BadParameter(f"larger than {_LARGEST:,} bytes", param_hint=file)
        return json.loads(content)
    except OSError as fault:
        raise click.BadParameter(f"cannot be read: {fault.strerror}", param_hint=file) from None
    except (ValueError, RecursionError) as fault:
        raise click.BadParameter(f"this is no JSON: {fault}", param_hint=file) from None


def _show(explanation: authoring.Explanation, problems: _Problems) -> None:
    event = explanation.event
    say(f"{event.type} from {event.source} at {iso(event.occurred_at)} ({event.id})", bold=True)
    if explanation.note:
        say(f"  note: {explanation.note}", colour="yellow")
    if event.ignored or event.problem:
        say(f"  no rule sees it: {event.ignored or event.problem}", colour="yellow")
    for decision in explanation.plan.decisions:
        _show_decision(decision, explanation, problems)


def _show_decision(decision: Decision, explanation: authoring.Explanation, problems: _Problems) -> None:
    template = explanation.template(decision.rule)
    rule = f"{decision.rule} (template {template})" if template else decision.rule
    if not decision.matched:
        say(f"✗ {rule}: does not apply")
    else:
        shadow = " (shadow: decides, writes nothing)" if decision.mode == "shadow" else ""
        say(f"✓ {rule}: applies{shadow}", colour="green")
    for reason in decision.reasons:
        say(f"    because {reason}")
    if decision.problem:
        say(f"    but {decision.problem}", colour="red")
    for operation in decision.operations:
        say(f"    {operation.action} {'_id ' if operation.by_id else ''}{operation.key}", bold=True)
        for name, value in operation.fields.items():
            say(f"      {name}: {value if isinstance(value, str) else json.dumps(value)}")
            if origin := explanation.origin(operation.rule, name):
                say(f"        from {origin}", dim=True)
            if told := problems.get((operation.rule, name)):
                say(f"        but {told}", colour="red")
