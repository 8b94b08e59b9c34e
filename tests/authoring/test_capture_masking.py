"""Whatever an example holds of an event is masked: what it changed from, keys and the sender's ids too."""

from dataclasses import replace
from pathlib import Path

from tests.authoring.test_capture import MEETING, WON, captured
from tests.authoring.test_capture import folder as folder

CHANGES = """\
rules:
  - name: Moved
    on: deal.updated
    if: {any: [deal.stage: {changed: true}, payload.data.owner: {changed_to: Bo Ek}]}
    then: {cancel: {sourceId: "x-{{ deal.id }}"}}
"""
CHANGED = replace(
    WON,
    type="deal.updated",
    types=("deal.updated",),
    changes={
        "data.owner": {"from": "Anna Svensson", "to": "Bo Ek"},
        "owner": {"from": "b", "to": "c"},
        "owner_name": {"from": "Anna Svensson", "to": "Bo Ek"},
        "stage": {"from": "new", "to": "won"},
        "amount": {"from": 1, "to": 2},
    },
)


def test_of_changes_only_those_are_written_that_the_rule_asks_for(folder: Path) -> None:
    (folder / "deals.yaml").write_text(CHANGES, "utf-8")

    assert captured(folder, CHANGED, "Moved").example["given"]["changes"] == {
        "data.owner": {"from": "Person 1", "to": "Person 2"},
        "owner": {"from": "Person 3", "to": "Person 4"},
        "stage": {"from": "new", "to": "won"},
    }


def test_what_a_name_changed_from_is_masked_and_counted(folder: Path) -> None:
    (folder / "deals.yaml").write_text(CHANGES.replace("deal.stage", "deal.owner_name"), "utf-8")
    made = captured(folder, replace(CHANGED, changes={"owner_name": {"from": "Anna Svensson", "to": "Bo Ek"}}), "Moved")

    assert made.example["given"]["changes"] == {"owner_name": {"from": "Person 1", "to": "Person 2"}}
    assert made.masked == 2


IDS = """\
rules:
  - name: Reply
    on: meeting.scheduled
    if: {event.sender_id: {starts_with: reply-}, payload.by: {present: true}}
    then:
      update:
        sourceId: "r-{{ event.id }}"
        action: Answer
"""


def test_addresses_in_ids_and_in_keys_are_masked_and_the_one_that_decides_is_told(folder: Path) -> None:
    (folder / "deals.yaml").write_text(IDS, "utf-8")
    payload = {"by": {"li@third.example": 1, "answer": "yes"}}
    event = replace(MEETING, id="9@nordlys.example", sender_id="reply-7.svea@nordlys.example", payload=payload)
    made = captured(folder, event, "Reply")

    given = made.example["given"]
    assert (given["id"], given["sender_id"]) == ("id1@company1.example", "reply-7.svea@nordlys.example")
    assert given["payload"] == {"by": {"person1@company2.example": 1, "answer": "yes"}}
    assert made.example["expect"] == [{"update": {"sourceId": "r-id1@company1.example", "action": "Answer"}}]
    assert made.kept == ("event.sender_id",)
