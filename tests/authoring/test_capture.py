"""An event that came becomes an example: small, masked, true, and the file keeps all that was there."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planhook.authoring.capture import Capture, CaptureImpossible, capture
from planhook.authoring.insertion import as_yaml, insert_example
from planhook.authoring.masking import Masks
from planhook.authoring.needed import needed
from planhook.authoring.rule_text import RuleNotFound
from planhook.authoring.trial import try_rules
from planhook.core.errors import Finding
from planhook.core.event import Event, from_iso
from planhook.rulebook.document import read_document

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


def test_an_event_that_the_rule_leaves_alone_expects_nothing(folder: Path) -> None:
    small = replace(WON, deal={"id": "D1", "amount": 10})

    assert captured(folder, small).example["expect"] == "nothing"


def test_what_a_condition_decides_on_stays_and_is_told(folder: Path) -> None:
    made = captured(folder, rule="pilot")

    assert made.example["given"]["deal"] == {"id": "D9", "name": "Svea Lind, pilot"}
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


def test_only_the_text_without_which_the_rule_does_something_else_stays(folder: Path) -> None:
    (folder / "deals.yaml").write_text(MEETINGS, "utf-8")
    made = captured(folder, MEETING, "Call")

    assert made.kept == ("meeting.title",)
    assert made.example["given"]["meeting"] == {
        "id": "id1@company1.example",
        "title": "Call with Svea",
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


def test_of_many_texts_those_that_are_needed_are_found_with_few_questions() -> None:
    asked: list[Sequence[int]] = []

    def suffices(kept: Sequence[int]) -> bool:
        asked.append(kept)
        return {7, 800} <= set(kept)

    assert needed(range(1000), suffices) == [7, 800]
    assert len(asked) < 60


@given(st.lists(st.sets(st.integers(0, 8), min_size=1, max_size=3), min_size=1, max_size=4))
def test_none_of_the_needed_ones_can_be_left_out(ways: list[set[int]]) -> None:
    def suffices(kept: Sequence[int]) -> bool:
        return any(way <= set(kept) for way in ways)

    found = needed(range(9), suffices)

    assert suffices(found)
    assert not any(suffices([one for one in found if one != left_out]) for left_out in found)


def test_an_address_that_a_table_names_stays(folder: Path) -> None:
    ann = replace(WON, deal={**(WON.deal or {}), "owner_email": "ann@ourco.example"})
    made = captured(folder, ann)

    assert made.example["given"]["deal"]["owner_email"] == "ann@ourco.example"
    assert made.example["expect"][0]["create"]["ownerId"] == "58e231b14246fc73139f29e8"


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


# Masking


def test_one_person_has_one_stand_in_everywhere() -> None:
    masked = Masks(()).mask(
        {
            "meeting": {
                "id": "x-1@nordlys.example",
                "title": "Svea Lind & Nordlys",
                "organizer": {"email": "Svea@Nordlys.example", "name": "Svea Lind"},
                "attendees": [{"email": "svea@nordlys.example", "response": "accepted"}, {"email": "b@gmail.com"}],
                "domains": ["nordlys.example", "gmail.com"],
                "url": "https://meet.example/svea",
            },
            "payload": {"log": "from svea lind <svea@nordlys.example>", "people": 3, "ok": True, "none": None},
        }
    )
    meeting, (svea, other) = masked["meeting"], masked["meeting"]["attendees"]

    assert meeting["organizer"] == {"email": "person1@company1.example", "name": "Person 1"}
    assert svea == {"email": "person1@company1.example", "response": "accepted"}
    assert other == {"email": "person2@company2.example"}
    assert meeting["domains"] == ["company1.example", "company2.example"]
    assert (meeting["id"], meeting["title"], meeting["url"]) == (
        "id1@company1.example",
        "Meeting 1",
        "https://link1.example",
    )
    assert masked["payload"] == {
        "log": "from Person 1 <person1@company1.example>",
        "people": 3,
        "ok": True,
        "none": None,
    }


def test_a_known_domain_stays_while_its_people_are_masked() -> None:
    masked = Masks(["ourco.example"]).mask({"deal": {"owner_email": "eva@ourco.example"}, "domains": ["ourco.example"]})

    assert masked == {"deal": {"owner_email": "person1@ourco.example"}, "domains": ["ourco.example"]}


_name = st.from_regex(r"[A-Z][a-z]{3,8} [A-Z][a-z]{3,8}", fullmatch=True)


@given(st.dictionaries(st.sampled_from(["name", "company_name", "owner_email", "title", "note"]), _name), _name)
def test_no_name_that_stands_under_a_name_is_left_anywhere(deal: dict[str, str], name: str) -> None:
    # Another name may begin with this one, as Aaaa Aaaaa with Aaaa Aaaa; it is not this one.
    assume(not any(name.casefold() in other.casefold() for other in deal.values() if other != name))
    email = name.replace(" ", ".").lower() + "@firm.example"
    data = {"deal": {**deal, "company_name": name}, "payload": {"x": [f"about {name}: {email}", {"y": email.upper()}]}}
    masked = str(Masks(()).mask(data)).casefold()

    assert name.casefold() not in masked
    assert email not in masked


# Insertion

EXAMPLE: dict[str, Any] = {
    "given": {"deal": {"id": "007", "name": "a: #b", "amount": 0.5, "note": "x\ny", "flag": True}},
    "expect": "nothing",
}
FORMS = {
    "block": "rules:\n  - name: R\n    on: x.y   # why\n\n  # next\n  - name: S\n    on: x.z\n",
    "block with examples": "rules:\n- name: R\n  examples:\n  - given: {}\n    expect: nothing # c\n\n  on: x.y\n",
    "flow examples": "rules:\n  - name: R\n    examples: [{given: {}, expect: nothing}]  # c\n    on: x.y\n",
    "flow over lines": "rules:\n  - name: R\n    examples: [\n      {given: {}, expect: nothing}, # c\n    ]\n",
    "empty examples": "rules:\n  - name: R\n    examples: []\n    on: x.y",
    "flow rule": "rules: [{name: R, on: x.y}]\ntables: {}\n",
    "long text at the end": "rules:\n  - name: R\n    description: >\n      long\n      # no comment\n\n\ntables: {}\n",
    "no line end": "rules:\n  - name: R\n    on: x.y",
    "windows": "rules:\r\n  - name: R\r\n    on: x.y\r\ntables: {}\r\n",
    "byte order mark": "\ufeffrules:\n  - name: R\n    on: x.y\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_an_example_goes_where_it_belongs_and_nothing_else_changes(form: str) -> None:
    text = FORMS[form]
    changed = insert_example(text, "R", EXAMPLE)
    before, after = _read(text), _read(changed)
    rule = after["rules"][0]

    assert rule["examples"][-1] == EXAMPLE
    assert {**after, "rules": [{**rule, "examples": rule["examples"][:-1]}, *after["rules"][1:]]} == {
        **before,
        "rules": [{"examples": [], **before["rules"][0]}, *before["rules"][1:]],
    }
    assert _is_within(text, changed)
    assert ("\r\n" in text) == ("\r\n" in changed)


def _read(text: str) -> Any:
    data, findings = read_document("f.yaml", text.encode())
    assert findings == list[Finding]()
    return data


def _is_within(text: str, changed: str) -> bool:
    """Whether `changed` is `text` with one piece put in, but for a line end that was missing."""
    start = next((at for at in range(len(text)) if text[at] != changed[at]), len(text))
    rest = text[start:]
    return changed.endswith(rest)


def test_a_file_without_the_rule_is_refused() -> None:
    with pytest.raises(RuleNotFound):
        insert_example("rules:\n  - name: R\n    on: x\n", "Q", EXAMPLE)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**20), 10**20)
        | st.text(st.characters(exclude_categories=["C"]))
        | st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc :#-", min_size=1), inner, max_size=3),
        max_leaves=8,
    )
)
def test_every_value_comes_back_from_the_file_as_it_was(value: Any) -> None:
    (again,) = _read(as_yaml({"given": {"deal": value}, "expect": "nothing"}))

    assert again == {"given": {"deal": value}, "expect": "nothing"}
