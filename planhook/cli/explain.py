"""`planhook explain`: what the rules would do with one event, and why."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from planhook import authoring
from planhook.authoring.explain import explain_event, read_record
from planhook.cli.explanation_tree import NotKept, explanation_tree
from planhook.cli.folder import FOLDER, json_option
from planhook.cli.happened_tree import happened_tree
from planhook.cli.output import say, say_json
from planhook.cli.rule_sets import rules_in
from planhook.cli.store import opened_store
from planhook.cli.tree import show_tree
from planhook.store.journal import EventUnknown, Journal
from planhook.store.problems import Problems

_ID = re.compile(r"evt_[0-9a-f]{24}")
_LARGEST = 10_000_000  # bytes


@click.command()
@click.argument("event")
@click.option("--rules", "folder", type=FOLDER, default="rules", envvar="RULES_DIR", help="Folder of the rule files.")
@json_option
def explain(event: str, folder: Path, *, as_json: bool) -> None:
    """Show each rule's verdict on EVENT, with every value it saw, and what it would write.

    EVENT is the id of an event in the journal (evt_...), or a file with JSON or YAML: an event, written as under given
    ({type: deal.won, deal: {...}}), or a delivery ({source, headers, body}). A file of - is the standard input. Of a
    stored event it also shows what became of it, by the rules of its time, and of its tasks.
    """
    if _ID.fullmatch(event) and not Path(event).exists():
        _explain_stored(event, folder, as_json=as_json)
        return
    record = _read(event)
    rules = rules_in(folder, as_json=as_json)
    try:
        explanations = authoring.explain(record, rules, datetime.now(UTC))
    except authoring.EventUnreadable as fault:
        raise click.BadParameter(str(fault), param_hint=event) from None
    if as_json:
        say_json({"events": [explanation.to_json() for explanation in explanations]})
        return
    for explanation in explanations:
        show_tree(explanation_tree(explanation, {}))
    if not explanations:
        say("the delivery holds no event")


def _explain_stored(event_id: str, folder: Path, *, as_json: bool) -> None:
    with opened_store() as redis:
        journal = Journal(redis)
        try:
            happened, event = journal.event(event_id), journal.judged(event_id)
        except EventUnknown:
            raise click.ClickException(f"there is no event {event_id}, or it is not kept any more") from None
        tasks = journal.tasks_of(happened)
        not_kept: NotKept = {(one["rule"], one["field"]): one["message"] for one in Problems(redis).all()}
    book = rules_in(folder, as_json=as_json)
    rules = book.rules
    explanation = explain_event(event, rules, switched_off=book.switched_off)
    if as_json:
        say_json({"events": [{**explanation.to_json(), "happened": happened, "tasks": tasks}]})
        return
    show_tree(explanation_tree(explanation, not_kept, happened_tree(happened, tasks, rules.version)))


def _read(file: str) -> Any:
    try:
        with click.open_file(file, "rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as fault:
        told = fault.strerror
        if file.startswith("evt_"):
            told = f"{told}, and it is no id of an event either: that is evt_ and 24 of 0-9 and a-f"
        raise click.BadParameter(f"cannot be read: {told}", param_hint=file) from None
    if len(content) > _LARGEST:
        raise click.BadParameter(f"larger than {_LARGEST:,} bytes", param_hint=file)
    try:
        return read_record(file, content)
    except authoring.EventUnreadable as fault:
        raise click.BadParameter(str(fault), param_hint=file) from None
