"""Whatever a sender tells, the example does what the event did: tried with the samples of every kind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planhook.authoring.capture import Capture, capture
from planhook.authoring.rule_text import block_text
from planhook.core.event import Event
from planhook.core.plan import make_plan
from planhook.rulebook import load
from planhook.sources import KINDS
from tests.samples.test_samples import NOW, SAMPLES, described
from tests.samples.test_told_now import told

# What a rule compares and what tells of nobody.
PLAIN = ("id", "stage", "pipeline", "status", "currency", "amount", "start", "end", "timezone", "closed_at")


def events_of(kind: str, folder: Path) -> list[Event]:
    """An event of each type that the samples of a kind tell."""
    samples = tuple(sample for sample in SAMPLES if sample.kind == kind)
    found = {event.type: event for event in told(samples, described(kind, folder), NOW) if not event.ignored}
    return list(found.values())


def fields_of(event: Event) -> Iterator[tuple[str, Any]]:
    """Paths of the fields of an event's deal or meeting that are no list and no map."""
    for noun, record in (("deal", event.deal), ("meeting", event.meeting)):
        for name, value in (record or {}).items():
            if isinstance(value, str | int | float):
                yield f"{noun}.{name}", value


def captured(event: Event, folder: Path, condition: Any) -> tuple[Capture, bool]:
    """The example of an event for a rule with that condition, and whether the rule applies to the event."""
    reported = {"action": "A {{ event.type }}", "description": "{{ event.source }}"}
    rule = {"name": "R", "on": event.type, "if": condition, "then": {"update": {"sourceId": "x", **reported}}}
    (folder / "rule.yaml").write_text(block_text({"rules": [rule]}, 0), "utf-8")
    (decision,) = make_plan(event, load(folder, {}, require_env=False).rules).decisions
    return capture(event, "R", folder, {}), decision.matched


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_example_does_what_the_event_did_whatever_the_rule_compares(kind: str, tmp_path: Path) -> None:
    for event in events_of(kind, tmp_path):
        fields = dict(fields_of(event))
        parts = [{path: {"is": value}} for path, value in fields.items() if value != ""]
        types = [{f"event.types.{place}": name} for place, name in enumerate(event.types)]
        for condition in ({"all": [*parts, *types]}, {"none": types}, {"none": parts[-1:] or types}):
            made, applies = captured(event, tmp_path, condition)

            assert (made.example["expect"] != "nothing") is applies, condition


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_stages_statuses_ids_and_times_stay_and_are_not_told_as_personal(kind: str, tmp_path: Path) -> None:
    for event in events_of(kind, tmp_path):
        plain = {
            path: value
            for path, value in fields_of(event)
            if path.rpartition(".")[2] in PLAIN and "@" not in str(value) and "://" not in str(value)
        }
        if plain:
            made, _ = captured(event, tmp_path, {path: {"is": value} for path, value in plain.items()})

            assert made.kept == ()
            for path, value in plain.items():
                noun, _, name = path.partition(".")
                assert made.example["given"][noun][name] == value
