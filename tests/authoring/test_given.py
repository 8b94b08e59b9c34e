"""What an example gives is read as the service reads what a sender tells: the same types, the same values."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from planhook.authoring import EventUnreadable, check, examine, explain, try_rules
from planhook.authoring.given import event_of
from planhook.authoring.told_record import GivenInvalid
from planhook.authoring.update import update_examples
from planhook.core.calendar import Calendar
from planhook.core.event import Event, from_iso
from planhook.rulebook import load
from planhook.sources import Source, build
from planhook.sources.deal import DEAL_FIELDS
from planhook.sources.meeting import MEETING_FIELDS
from tests.sources.delivery import deliver

AT = from_iso("2026-10-02T15:00:00.000Z")
CALENDAR = Calendar(internal_domains=frozenset({"ourco.example"}))
CRM = build(
    "crm",
    {
        "kind": "json",
        "verify": {"scheme": "bearer", "token": "t"},
        "events": {
            "type": "type",
            "deal": {name: f"deal.{name}" for name in DEAL_FIELDS},
            "meeting": {name: f"meeting.{name}" for name in MEETING_FIELDS},
            "changes": "changes",
        },
        "won_stages": ["Signed"],
        "lost_stages": ["Gone"],
    },
    CALENDAR,
)
SOURCES: dict[str, Source] = {
    "crm": CRM,
    "pipe": build("pipe", {"kind": "pipedrive", "username": "u", "password": "p"}),
    "hub": build("hub", {"kind": "hubspot", "secret": "s"}),
    "cal": build("cal", {"kind": "icalendar", "verify": {"scheme": "bearer", "token": "t"}}),
}


def served(given: Mapping[str, Any]) -> Event:
    """The event of a delivery that says what `given` says."""
    (event,) = CRM.parse(deliver(json.dumps(given).encode()))
    return event


def read(given: Mapping[str, Any], source: str = "crm") -> Event:
    return event_of({"source": source, **given}, CALENDAR, known=SOURCES)


def told(event: Event) -> tuple[Any, ...]:
    """What a rule sees of an event but for where and when."""
    return (event.type, event.types, event.deal, event.meeting, event.changes)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "deal.updated", "deal": {"id": "D1", "stage": "b"}, "changes": {"stage": {"from": "a", "to": "b"}}},
        {"type": "deal.updated", "deal": {"id": "D1", "stage": "a"}, "changes": {"stage": {"from": "a", "to": "a"}}},
        {"type": "deal.updated", "deal": {"id": "D1", "status": "won"}},
        {"type": "deal.updated", "deal": {"id": "D1", "stage": "signed"}},
        {"type": "deal.created", "deal": {"id": "D1", "stage": "Gone"}},
        {"type": "deal.won", "deal": {"id": "D1"}},
        {"type": "deal.lost", "deal": {"id": "D1", "closed_at": "2026-10-02"}},
        {"type": "deal.deleted", "deal": {"id": "D1", "status": "won"}},
        {"type": "deal.updated", "deal": {"id": 17, "amount": "12000", "contact_ids": "P1"}},
        {
            "type": "deal.updated",
            "deal": {"id": "D1", "contact_ids": [1, 2], "status": "OPEN", "closed_at": "2026-01-02"},
        },
        {"type": "meeting.scheduled", "meeting": {"id": "M1", "start": "2026-10-02 10:00", "status": "CONFIRMED"}},
        {"type": "meeting.cancelled", "meeting": {"id": "M1"}},
        {
            "type": "meeting.updated",
            "meeting": {"id": "M1", "start": "2026-10-02 10:00", "timezone": "Asia/Tokyo"},
        },
        {
            "type": "meeting.scheduled",
            "meeting": {
                "id": "M1",
                "organizer": "Ann@ourco.example",
                "attendees": [{"email": "Eva@acme.example"}, {"email": "bo@ourco.example"}],
            },
        },
    ],
)
def test_an_example_is_the_event_that_a_delivery_with_the_same_words_is(given: Mapping[str, Any]) -> None:
    assert told(read(given)) == told(served(given))


texts = st.text("ab 1.@:-", max_size=6)
plain = st.none() | st.booleans() | st.integers(0, 3 * 10**9) | texts
moments = st.sampled_from(["2026-10-02", "2026-10-02 10:00", "2026-10-02T10:00:00+02:00", 1790000000]) | texts
people = st.lists(st.fixed_dictionaries({}, optional={"email": texts | st.just("Eva@Acme.example"), "name": plain}))
deals = st.fixed_dictionaries(
    {"id": st.just("D1")},
    optional={
        **dict.fromkeys(("name", "amount", "company_id", "owner_email"), plain),
        "stage": st.sampled_from(["signed", "Gone", "open", 4, " "]),
        "status": st.sampled_from(["Won", "lost", "open", " won ", ""]),
        "contact_ids": st.lists(plain) | plain,
        "closed_at": moments,
        "properties": st.dictionaries(texts, plain),
    },
)
meetings = st.fixed_dictionaries(
    {"id": st.just("M1")},
    optional={
        "title": plain,
        "start": moments,
        "end": moments,
        "timezone": st.sampled_from(["Europe/Stockholm", "Mars/Base", ""]),
        "status": st.sampled_from(["CONFIRMED", "cancelled", None]),
        "organizer": texts,
        "attendees": people,
        "domains": st.lists(texts),
    },
)
changes = st.dictionaries(
    st.sampled_from(["stage", "amount", "status"]),
    st.fixed_dictionaries({"to": plain}, optional={"from": plain}),
)
givens = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                *("deal.created", "deal.updated", "deal.stage_changed", "deal.won", "deal.lost", "deal.deleted"),
                *("meeting.scheduled", "meeting.updated", "meeting.cancelled", "crm.order"),
            ]
        ),
        "deal": deals,
        "meeting": meetings,
    },
    optional={"changes": changes},
)


@drawn(givens)
def test_whatever_an_example_gives_the_service_reads_it_alike(given: Mapping[str, Any]) -> None:
    event = served({**given, "type": given["type"].removeprefix("crm.")})
    if event.problem:
        with pytest.raises(GivenInvalid):
            read(given)
    else:
        assert told(read(given)) == told(event)


@drawn(givens)
def test_an_event_that_is_given_as_an_example_is_that_event_again(given: Mapping[str, Any]) -> None:
    event = served({**given, "type": given["type"].removeprefix("crm.")})
    data = event.data()
    again = {name: data[name] for name in ("deal", "meeting", "changes") if data.get(name) is not None}

    if not event.problem:
        assert told(read({"type": event.type, "types": event.types, **again})) == told(event)


RULES = """\
sources:
  crm:
    kind: json
    verify: {scheme: bearer, token: "${TOKEN}"}
    events:
      type: type
      deal: {id: deal.id, stage: deal.stage, status: deal.status, amount: deal.amount}
      changes: {stage: {from: changes.stage.from, to: changes.stage.to}}
    won_stages: [signed]
rules:
  - name: Only plain changes
    on: deal.updated
    from: FROM
    if: {event.type: deal.updated}
    then: {create: {sourceId: "t-{{ deal.id }}", companyId: srcid-a, action: "{{ event.type }}"}}
    examples:
      - given: GIVEN
        expect: [create: {action: deal.updated}]
"""


def findings(folder: Path, given: str, source: str = "crm") -> list[tuple[int, int, str]]:
    (folder / "a.yaml").write_text(RULES.replace("GIVEN", given).replace("FROM", source), "utf-8")
    return [
        (one.line, one.column, one.message.removeprefix("this example of 'Only plain changes' fails: "))
        for one in check(folder, {"TOKEN": "t"})
        if one.severity == "error"
    ]


@pytest.mark.parametrize("source", ["crm", '"*"'])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "{type: deal.updated, deal: {id: D1, stage: b}, changes: {stage: {from: a, to: b}}}",
            "(with this stage change the event is deal.stage_changed)",
        ),
        ("{type: deal.updated, deal: {id: D1, status: won}}", "(as this deal is won the event is deal.won)"),
        ("{deal: {id: D1, stage: Signed}}", "(as this deal is won the event is deal.won)"),
    ],
)
def test_an_example_of_a_type_that_never_arrives_fails_and_says_why(
    tmp_path: Path, given: str, told: str, source: str
) -> None:
    ((line, _, message),) = findings(tmp_path, given, source)

    assert line == 18
    assert message.startswith("expected create, got nothing: event.type is deal.")
    assert message.endswith(told)


def test_an_example_that_arrives_as_it_is_written_passes(tmp_path: Path) -> None:
    assert findings(tmp_path, "{type: deal.updated, deal: {id: D1, stage: b}}") == []


@pytest.mark.parametrize(
    ("given", "column", "told"),
    [
        ("{deal: {id: D1, status: wonn}}", 32, "no deal.status is wonn (did you mean won?)"),
        ("{deal: {id: D1, amount: much}}", 32, 'deal.amount is not a number: "much"'),
        ("{deal: {id: D1, closed_at: never}}", 32, "deal.closed_at is not a time in ISO 8601"),
        ("{type: deal.updated, types: [deal.won], deal: {id: D1}}", 37, "the first of types is the type itself"),
    ],
)
def test_what_no_sender_could_tell_is_an_error_where_it_stands(
    tmp_path: Path, given: str, column: int, told: str
) -> None:
    ((line, at, message),) = findings(tmp_path, given)

    assert (line, at) == (17, column)
    assert message.startswith(told)


def test_a_word_that_only_this_sender_has_is_passed_on() -> None:
    assert read({"type": "deal.updated", "deal": {"id": "D1", "status": "Parked"}}).deal == {
        "id": "D1",
        "status": "parked",
    }
    with pytest.raises(GivenInvalid, match=r"no deal.status is parked \(known are open, won, lost\)"):
        read({"type": "deal.updated", "deal": {"id": "D1", "status": "Parked"}}, "unknown")


@pytest.mark.parametrize(
    ("source", "given", "types"),
    [
        ("pipe", {"type": "deal.updated", "deal": {"id": "1", "status": "won"}}, ("deal.updated",)),
        (
            "pipe",
            {"type": "deal.updated", "deal": {"id": "1", "status": "won"}, "changes": {"status": {"to": "won"}}},
            ("deal.won", "deal.updated"),
        ),
        ("hub", {"type": "deal.updated", "deal": {"id": "1", "stage": "closedwon"}}, ("deal.updated",)),
        (
            "hub",
            {"type": "deal.updated", "deal": {"id": "1", "stage": "closedwon"}, "changes": {"stage": {"to": "x"}}},
            ("deal.won", "deal.stage_changed", "deal.updated"),
        ),
        ("cal", {"type": "meeting.updated", "meeting": {"id": "M1"}}, ("meeting.updated", "meeting.scheduled")),
        ("cal", {"type": "meeting.updated", "meeting": {"status": "cancelled"}}, ("meeting.cancelled",)),
        ("crm", {"type": "meeting.updated", "meeting": {"status": "cancelled"}}, ("meeting.updated",)),
    ],
)
def test_types_are_those_that_the_source_of_the_example_derives(
    source: str, given: Mapping[str, Any], types: tuple[str, ...]
) -> None:
    assert read(given, source).types == types


def test_of_several_sources_one_that_tells_it_as_it_is_written_counts() -> None:
    won = {"type": "deal.updated", "deal": {"id": "1", "status": "won"}}

    assert event_of(won, CALENDAR, known=SOURCES).type == "deal.updated"
    assert event_of(won, CALENDAR, sources=["c*"], known=SOURCES).type == "deal.won"
    assert event_of(won, CALENDAR).type == "deal.won"


def test_a_time_without_a_zone_is_one_in_utc_as_when_a_sender_tells_it() -> None:
    meeting = {"type": "meeting.scheduled", "occurred_at": "2026-10-02 10:00", "meeting": {"start": "2026-10-02 10:00"}}
    event = event_of(meeting, Calendar(timezone=ZoneInfo("Europe/Stockholm")))

    assert event.data()["event"]["occurred_at"] == "2026-10-02T10:00:00.000Z"
    assert event.data()["meeting"]["start"] == "2026-10-02T10:00:00.000Z"


OFF = """\
rules:
  - name: Off
    enabled: false
    on: deal.won
    if: {deal.amount: {at_least: 5}}
    then: {cancel: {sourceId: "{{ deal.id }}"}}
    examples:
      - {given: {deal: {id: D1, amount: 9}}, expect: nothing}
  - name: On
    on: deal.lost
    then: {cancel: {sourceId: "{{ deal.id }}"}}
"""


def test_the_examples_of_a_rule_that_is_switched_off_run_as_if_it_were_on(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OFF, "utf-8")

    report = examine(tmp_path, {})
    _, off = try_rules(tmp_path).rules

    assert [one.message for one in report.findings if one.severity == "error"] == [
        "this example of 'Off' fails: expected nothing, got cancel"
    ]
    assert (report.rules, report.switched_off) == (2, 1)
    assert (off.enabled, off.conditions, len(off.untried)) == (False, 1, 1)


def test_test_update_mends_the_examples_of_a_rule_that_is_switched_off(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OFF, "utf-8")
    for file, content in update_examples(tmp_path).contents.items():
        file.write_text(content, "utf-8")

    assert try_rules(tmp_path).failed == 0


def test_explain_names_the_rules_that_are_switched_off_and_asks_them_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OFF, "utf-8")
    book = load(tmp_path, {}, require_env=False)
    (explained,) = explain({"type": "deal.won", "deal": {"id": "D1", "amount": 9}}, book, AT)

    assert [one.rule.name for one in explained.rules] == ["On"]
    assert explained.to_json()["switched_off"] == [{"rule": "Off", "where": f"{tmp_path}/a.yaml:2"}]


def test_explain_says_why_an_event_is_of_another_type_than_is_written(tmp_path: Path) -> None:
    findings(tmp_path, "{deal: {id: D1}}")
    book = load(tmp_path, {}, require_env=False)
    (explained,) = explain({"type": "deal.updated", "source": "crm", "deal": {"id": "D1", "stage": "signed"}}, book, AT)

    assert (explained.event.type, explained.note) == ("deal.won", "as this deal is won the event is deal.won")
    with pytest.raises(EventUnreadable, match=r"deal\.amount is not a number"):
        explain({"type": "deal.updated", "deal": {"amount": "much"}}, book, AT)
