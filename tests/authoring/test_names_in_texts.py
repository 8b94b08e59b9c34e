"""People whom fields of an event name are masked in its running texts too: in full, and by one of their names."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planhook.authoring.masking import Masks
from tests.authoring.test_capture import MEETING, captured
from tests.authoring.test_capture import folder as folder

PEOPLE = {
    "organizer": {"name": "Svea Lind", "email": "svea@nordlys.example"},
    "attendees": [{"name": "Anna Gruber", "email": "a.gruber@bau.example"}, {"name": "Mark Price"}],
}


def remarked(text: str, **more: Any) -> str:
    """What becomes of a text under a key that says nothing, in a meeting of Svea Lind (1), Anna Gruber, Mark Price."""
    told: str = Masks(()).mask({"meeting": PEOPLE, **more, "payload": {"x": text}})["payload"]["x"]
    return told


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Call with Svea Lind and Anna.", "Call with Person 1 and Person 2."),
        ("Svea's deck, then Lind, Svea", "Person 1's deck, then Person 1"),
        ("svea lind pays, SVEA says", "Person 1 pays, Person 1 says"),
        ("Mark's price", "Person 3's price"),
        ("They pay the price. Price agrees.", "They pay the price. Person 3 agrees."),
        ("write to anna@gruber.example or +43 660 1234567", "write to person4@company3.example or +1 555 0001"),
        ("Frau Gruber (anna@gruber.example)", "Frau Person 2 (person4@company3.example)"),
    ],
)
def test_names_in_a_text_are_masked_as_those_in_the_fields(text: str, made: str) -> None:
    assert remarked(text) == made


@pytest.mark.parametrize("text", ["a price at lind", "the mark is 5", "On Monday, in May, will it?"])
def test_a_word_that_has_no_capital_or_means_a_day_is_no_name(text: str) -> None:
    assert remarked(text, deal={"owner": "May Monday"}) == text


def test_a_stage_is_no_name_of_a_person_who_is_called_so() -> None:
    deal = {"owner_name": "Grace Won", "stage": "won", "status": "In Progress"}

    assert remarked("Won by Grace, Grace Won: Won", deal=deal) == "Won by Person 4, Person 4: Won"


@pytest.mark.parametrize(
    "person",
    [
        {"name": "Ines Okafor", "firstName": "Ines", "lastName": "Okafor", "email": "io@x.example"},
        {"first_name": "Ines", "last_name": "Okafor", "email": "io@x.example"},
        {"first_name": "Ines", "last_name": "Okafor"},
        {"owner": "Ines Okafor", "owner_email": "io@x.example"},
        {"user_name": "Ines Okafor", "userEmail": "io@x.example"},
        {"vorname": "Ines", "nachname": "Okafor", "mail": "io@x.example"},
    ],
)
def test_the_parts_of_a_name_and_its_address_are_one_person(person: dict[str, str]) -> None:
    told = Masks(()).mask({"payload": {"who": person, "x": "Ines Okafor, or Okafor; Ines!"}})["payload"]

    assert told["x"] == "Person 1, or Person 1; Person 1!"
    assert set(told["who"].values()) <= {"Person 1", "person1@company1.example"}


def test_the_name_of_a_company_is_not_that_of_the_person_who_reads_its_mail() -> None:
    told = Masks(()).mask({"payload": {"customer_name": "Nordlys Robotics AS", "customer_email": "ap@nordlys.example"}})

    assert told["payload"] == {"customer_name": "Company 1", "customer_email": "person1@company1.example"}


TITLED = """\
rules:
  - name: Kickoff
    on: meeting.scheduled
    if: {meeting.title: {starts_with: kickoff}, meeting.description: {contains: pays}}
    then: {create: {companyId: srcid-C1, action: "{{ meeting.title }}", description: "{{ meeting.description }}"}}
"""


def test_texts_that_stay_because_the_rule_needs_them_have_no_names_in_them(folder: Path) -> None:
    (folder / "deals.yaml").write_text(TITLED, "utf-8")
    title, description = "Kickoff: Svea, Li Wei", "Li Wei pays, says Lind (+43 660 1234567, x@y.example)"
    meeting = {**(MEETING.meeting or {}), "title": title, "description": description}
    made = captured(folder, replace(MEETING, meeting=meeting), "Kickoff")

    assert made.example["given"]["meeting"] == {
        "id": "id1@company1.example",
        "title": "Kickoff: Person 3, Person 4",
        "description": "Person 4 pays, says Person 3 (+1 555 0001, person1@company2.example)",
    }
