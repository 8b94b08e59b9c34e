"""Settings that act when events are read: what a backtest can make good, and what it says of the rest."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planhook.authoring.hindsight import Domains, unforeseen
from planhook.authoring.source_settings import differing_settings
from planhook.core.event import Event, from_iso
from planhook.rulebook import Rulebook, load

AT = from_iso("2026-10-02T15:00:00.000Z")
PEOPLE: dict[str, Any] = {
    "organizer": {"email": "ann@ourco.example"},
    "attendees": [{"email": "bo@acme.example"}, {"email": "cy@third.example"}],
}
MEETING = Event(
    id="evt_1",
    source="invites",
    type="meeting.scheduled",
    types=("meeting.scheduled",),
    occurred_at=AT,
    received_at=AT,
    order=(1, 0),
    meeting={"id": "m", **PEOPLE, "domains": ["acme.example", "third.example"]},
)
SOURCES = """\
sources:
  crm:
    kind: json
    verify: {scheme: bearer, token: "${T}"}
    events: {type: "'deal.won'", deal: {id: id, amount: value}}
    won_stages: [closed]
  invites: {kind: icalendar, verify: {scheme: bearer, token: "${T}"}}
"""


def domains_of(domains: Domains, event: Event) -> tuple[Any, Any]:
    return tuple((each.meeting or {}).get("domains") for each in domains.both(event))  # type: ignore[return-value]


def test_domains_are_those_of_the_people_by_either_setting() -> None:
    domains = Domains(frozenset(), frozenset({"acme.example", "ourco.example"}))

    assert domains_of(domains, MEETING) == (["acme.example", "third.example"], ["third.example"])
    assert domains.untold == 0


def test_an_event_that_was_read_by_the_changed_setting_is_told_as_well() -> None:
    domains = Domains(frozenset(), frozenset({"acme.example", "ourco.example"}))
    event = replace(MEETING, meeting={**PEOPLE, "domains": ["third.example"]})

    assert domains_of(domains, event) == (["acme.example", "third.example"], ["third.example"])


@pytest.mark.parametrize("meeting", [{**PEOPLE, "domains": ["x.example"]}, PEOPLE, {"id": "m"}, None])
def test_domains_that_do_not_follow_from_the_people_stay(meeting: dict[str, Any] | None) -> None:
    domains = Domains(frozenset(), frozenset({"acme.example"}))
    event = replace(MEETING, meeting=meeting)

    assert domains.both(event) == (event, event)
    assert domains.untold == (1 if meeting and "domains" in meeting else 0)


def test_the_same_setting_changes_nothing() -> None:
    event = replace(MEETING, meeting={**PEOPLE, "domains": ["partner.example"]})
    domains = Domains(frozenset({"a.example"}), frozenset({"a.example"}))

    assert domains.both(event) == (event, event)
    assert domains.untold == 0


def book(folder: Path, text: str, token: str = "t" * 24) -> Rulebook:
    (folder / "rules.yaml").write_text(text, "utf-8")
    return load(folder, {"T": token}, require_env=False)


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        ("[closed]", "[closed, won]", ("won_stages",)),
        ("amount: value", "amount: price, name: title", ("events.deal.amount", "events.deal.name")),
        ("kind: json", "kind: cloudevents", ("kind",)),
        ("scheme: bearer, token", "scheme: header, header: X-Token, token", ("the proof",)),
        ("sources:", "calendar: {internal_domains: [ourco.example]}\nsources:", ()),
    ],
)
def test_what_differs_in_a_source_is_told_by_its_keys(
    tmp_path: Path, old: str, new: str, keys: tuple[str, ...]
) -> None:
    before, after = book(tmp_path, SOURCES), book(tmp_path, SOURCES.replace(old, new, 1))

    assert differing_settings(before.sources["crm"], after.sources["crm"]) == keys


def test_a_time_zone_of_the_calendar_is_a_setting_of_invitations(tmp_path: Path) -> None:
    before, after = book(tmp_path, SOURCES), book(tmp_path, f"calendar: {{timezone: Europe/Stockholm}}\n{SOURCES}")

    assert list(unforeseen(before.sources, after.sources)) == [
        "the source invites reads otherwise (timezone): its events are judged as they were read"
    ]


def test_another_secret_reads_the_same_and_is_never_told(tmp_path: Path) -> None:
    before, after = book(tmp_path, SOURCES), book(tmp_path, SOURCES, "u" * 24)

    assert list(unforeseen(before.sources, after.sources)) == []
    assert differing_settings(before.sources["crm"], after.sources["crm"]) == ("the proof",)


def test_a_source_that_is_gone_is_told_and_a_new_one_has_no_events(tmp_path: Path) -> None:
    before, after = book(tmp_path, SOURCES), book(tmp_path, SOURCES.replace("crm:", "crm2:"))

    assert list(unforeseen(before.sources, after.sources)) == [
        "the source crm is gone: what it sent is judged all the same"
    ]
