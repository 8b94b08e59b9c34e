"""An event that came becomes an example: small, masked, true, and the file keeps all that was there."""

from dataclasses import replace
from pathlib import Path

import pytest

from planhook.authoring.capture import Capture, CaptureImpossible, capture
from planhook.authoring.insertion import as_yaml
from planhook.authoring.trial import try_rules
from planhook.core.event import Event, from_iso

AT = from_iso("2026-10-02T15:00:00.000Z")
RULES = """\
# What happens with deals.
rules:
  - name: Won   # the big ones
    on: deal.won
    if:
      deal.amount: {at_least: 5000}
    then:
      create:
        sourceId: "won-{{ event.source }}-{{ deal.id }}"
        companyId: "{{ deal.company_id | lookup('companies') }}"
        action: "Onboard {{ deal.name }}"
        ownerId: "{{ deal.owner_email | lookup('owners') }}"
        checklist: [Call, "Write to {{ deal.owner_email }}"]
        custom: {Deal value: "{{ deal.amount }}"}

  # Pilots are small.
  - name: Pilot
    on: [deal.won, deal.updated]
    if: {deal.name: {contains: pilot}}
    then: {cancel: {sourceId: "pilot-{{ deal.id }}"}}
    examples: [{given: {type: deal.won, deal: {id: D1, name: a pilot}}, expect: [cancel: {sourceId: pilot-D1}]}]
tables:
  companies: {C7: srcid-acme, default: srcid-other}
  owners: {ann@ourco.example: 58e231b14246fc73139f29e8, default: 61f91285d40d7d112020c7b6}
"""
WON = Event(
    id="evt_" + "0" * 24,
    source="crm",
    type="deal.won",
    types=("deal.won", "deal.updated"),
    occurred_at=AT,
    received_at=AT,
    order=(1, 0),
    deal={
        "id": "D9",
        "name": "Svea Lind, pilot",
        "amount": 9000.0,
        "company_id": "C7",
        "owner_email": "svea.lind@nordlys.example",
        "properties": {"secret": "private"},
    },
    payload={"mail": "svea.lind@nordlys.example"},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deals.yaml").write_text(RULES, "utf-8")
    return tmp_path


def captured(folder: Path, event: Event = WON, rule: str = "Won") -> Capture:
    return capture(event, rule, folder, {})


def test_an_example_holds_what_the_rule_reads_and_what_the_rule_does(folder: Path) -> None:
    assert captured(folder).example == {
        "given": {
            "source": "crm",
            "occurred_at": "2026-10-02T15:00:00.000Z",
            "deal": {
                "id": "D9",
                "name": "Deal 1",
                "amount": 9000.0,
                "company_id": "C7",
                "owner_email": "person1@company1.example",
            },
        },
        "expect": [
            {
                "create": {
                    "sourceId": "won-crm-D9",
                    "mainType": "task",
                    "companyId": "srcid-acme",
                    "action": "Onboard Deal 1",
                    "ownerId": "61f91285d40d7d112020c7b6",
                    "checklist": ["Call", "Write to person1@company1.example"],
                    "custom": {"Deal value": 9000.0},
                }
            }
        ],
    }


def test_the_file_with_the_example_passes_and_differs_in_nothing_else(folder: Path) -> None:
    made = captured(folder)
    (folder / "deals.yaml").write_text(made.content, "utf-8")
    lines = made.content.splitlines()
    start, height = made.line - 2, len(as_yaml(made.example).splitlines()) + 1

    assert try_rules(folder).failed == 0
    assert lines[start : start + 2] == ["    examples:", "      - given:"]
    assert lines[:start] + lines[start + height :] == RULES.splitlines()


def test_an_example_is_added_once(folder: Path) -> None:
    (folder / "deals.yaml").write_text(captured(folder).content, "utf-8")
    again = captured(folder)

    assert not again.is_new
    assert again.content == (folder / "deals.yaml").read_text("utf-8")


def test_a_rule_that_is_switched_off_gets_an_example_which_is_run(folder: Path) -> None:
    rules = RULES.replace("    on: deal.won\n", "    on: deal.won\n    enabled: false\n")
    (folder / "deals.yaml").write_text(rules, "utf-8")
    made = captured(folder)
    (folder / "deals.yaml").write_text(made.content, "utf-8")
    report = try_rules(folder)

    assert made.is_switched_off
    assert made.example["expect"][0]["create"]["action"] == "Onboard Deal 1"
    assert [(rule.rule, rule.enabled, len(rule.examples)) for rule in report.rules] == [
        ("Pilot", True, 1),
        ("Won", False, 1),
    ]
    assert report.failed == 0
    assert not captured(folder).is_new


def test_an_event_that_the_rule_leaves_alone_expects_nothing(folder: Path) -> None:
    small = replace(WON, deal={"id": "D1", "amount": 10})

    assert captured(folder, small).example["expect"] == "nothing"


def test_what_a_condition_decides_on_stays_and_is_told(folder: Path) -> None:
    made = captured(folder, rule="pilot")

    assert made.example["given"]["deal"] == {"id": "D9", "name": "Person 1, pilot"}
    assert made.example["given"]["type"] == "deal.won"
    assert made.kept == ("deal.name",)


MEETINGS = """\
rules:
  - name: Call
    on: meeting.scheduled
    if: {meeting.title: {starts_with: call}, meeting.domains.0: {present: true}}
    then:
      create:
        companyId: "{{ meeting.domains | lookup('companies') }}"
        action: "{{ meeting.title }}"
        ownerId: "{{ meeting.attendees.0.email | lookup('owners') }}"
  - name: Partner
    on: meeting.scheduled
    if: {meeting.domains: nordlys.example}
    then: {cancel: {sourceId: "{{ meeting.id }}"}}
tables:
  companies: {other.example: srcid-other, default: srcid-default}
  owners: {ann@ourco.example: 58e231b14246fc73139f29e8, default: 61f91285d40d7d112020c7b6}
"""
MEETING = replace(
    WON,
    type="meeting.scheduled",
    types=("meeting.scheduled",),
    deal=None,
    meeting={
        "id": "0400@nordlys.example",
        "title": "Call with Svea",
        "attendees": [
            {"email": "svea@nordlys.example", "name": "Svea Lind"},
            {"email": "li@third.example", "name": "Li Wei"},
        ],
        "domains": ["third.example", "nordlys.example"],
    },
)


def test_only_the_text_without_which_the_rule_does_something_else_stays_but_for_names_in_it(folder: Path) -> None:
    (folder / "deals.yaml").write_text(MEETINGS, "utf-8")
    made = captured(folder, MEETING, "Call")

    assert made.kept == ("meeting.title",)
    assert made.example["given"]["meeting"] == {
        "id": "id1@company1.example",
        "title": "Call with Person 1",
        "attendees": [
            {"email": "person1@company1.example", "name": "Person 1"},
            {"email": "person2@company2.example", "name": "Person 2"},
        ],
        "domains": ["company2.example", "company1.example"],
    }


def test_of_a_list_only_the_element_that_decides_stays_and_stays_everywhere(folder: Path) -> None:
    (folder / "deals.yaml").write_text(MEETINGS, "utf-8")
    made = captured(folder, MEETING, "Partner")

    assert made.kept == ("meeting.domains.1",)
    assert made.example["given"]["meeting"] == {
        "id": "id1@nordlys.example",
        "domains": ["company1.example", "nordlys.example"],
    }


def test_an_address_that_a_table_names_stays(folder: Path) -> None:
    ann = replace(WON, deal={**(WON.deal or {}), "owner_email": "ann@ourco.example"})
    made = captured(folder, ann)

    assert made.example["given"]["deal"]["owner_email"] == "ann@ourco.example"
    assert made.example["expect"][0]["create"]["ownerId"] == "58e231b14246fc73139f29e8"


def test_an_example_never_goes_into_the_rule_below_one_that_ends_with_an_empty_value(folder: Path) -> None:
    rules = "rules:\n  - name: A\n    on: deal.won\n    then:\n      update:\n        sourceId: k\n"
    rules += "        custom:\n          Note:\n"
    below = "\n  # next\n  - name: B\n    on: deal.lost\n    then: {cancel: {sourceId: k}}\n"
    (folder / "deals.yaml").write_text(rules + below, "utf-8")
    made = captured(folder, rule="A")

    assert made.content.startswith(f"{rules}    examples:\n      - given:\n")
    assert made.content.endswith(below)


def test_an_example_goes_behind_one_that_ends_with_an_empty_value(folder: Path) -> None:
    rules = "rules:\n  - name: D\n    on: deal.won\n    then: {cancel: {sourceId: 'k'}}\n    examples:\n"
    rules += (
        "      - expect: [cancel: {}]\n        given:\n          deal:\n            id: D1\n            name:  # none\n"
    )
    (folder / "deals.yaml").write_text(f"{rules}\ntables: {{}}\n", "utf-8")
    made = captured(folder, rule="D")

    assert made.content.startswith(f"{rules}      - given:\n")
    assert made.content.endswith("\n\ntables: {}\n")


def test_types_are_written_only_where_the_rule_hears_by_them(folder: Path) -> None:
    moved = replace(WON, types=("deal.won", "deal.stage_changed", "deal.updated"))
    on_stage = RULES.replace("on: [deal.won, deal.updated]", "on: deal.stage_changed")
    (folder / "deals.yaml").write_text(on_stage, "utf-8")

    assert captured(folder, moved, "pilot").example["given"]["types"] == moved.types
    assert "types" not in captured(folder, WON, "pilot").example["given"]


@pytest.mark.parametrize(
    ("event", "rule", "said"),
    [
        (WON, "Wonn", "there is no rule called Wonn (did you mean Won?)"),
        (replace(WON, ignored="reply"), "Won", "no rule sees this event: reply"),
        (replace(WON, deal={"id": "D1", "amount": 9000}), "Won", "cannot be carried out: create: "),
        (replace(WON, deal={"id": "D1", "amount": 1, "company_id": "C\x07"}), "Won", "an invisible control character"),
    ],
)
def test_what_cannot_be_an_example_says_why(folder: Path, event: Event, rule: str, said: str) -> None:
    with pytest.raises(CaptureImpossible) as refused:
        captured(folder, event, rule)

    assert said in str(refused.value)
