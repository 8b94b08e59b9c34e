"""The Task schema: typed on reading, strict on writing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from planhook.core.properties import PROPERTIES
from planhook.planhat.task import TaskSchema, WritableTaskSchema, check_task, read_task

ANSWER: dict[str, Any] = {
    "mainType": "task",
    "noSpecificTime": True,
    "shared": False,
    "activityTags": [],
    "isArchived": False,
    "status": "In-progress",
    "_id": "6102c9748084189dcbf0df60",
    "ownerId": "58e231b14246fc73139f29e8",
    "companyId": "61006bc89a3e0b702ed8ea49",
    "startTime": "2021-07-29T00:00:00.000Z",
    "endTime": None,
    "action": "New task",
    "description": "<p>Call the client.</p>",
    "snippet": "Call the client.",
    "endusers": [{"id": "61006bc89a3e0b702ed8ea49", "name": "Ann", "extra": 1}],
    "checklist": [{"title": "Prepare", "done": True}],
    "custom": {"Deal value": 5},
    "createdAt": "2022-07-05T09:51:52.818Z",
}
WRITABLE = [prop for prop in PROPERTIES.values() if prop.writable]


def faults(properties: dict[str, Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as invalid:
        check_task(properties)
    messages = invalid.value.messages
    assert isinstance(messages, dict)
    return messages


def test_both_schemas_know_every_property_of_the_one_list() -> None:
    assert set(TaskSchema().fields) == {*PROPERTIES, "custom"}
    assert set(WritableTaskSchema().fields) == {*(prop.name for prop in WRITABLE), "custom"}


def test_a_task_of_planhat_is_read_without_what_nobody_knows() -> None:
    task = read_task({**ANSWER, "__v": 0, "brandNew": {"x": 1}})
    assert set(task) == set(ANSWER)
    assert task["checklist"] == [{"title": "Prepare"}]
    assert task["endTime"] is None


def test_a_task_of_the_wrong_types_is_told_by_property() -> None:
    with pytest.raises(ValidationError) as invalid:
        read_task({**ANSWER, "isArchived": "perhaps", "startTime": "soon", "_id": "x", "checklist": "no"})
    assert set(invalid.value.messages_dict) == {"isArchived", "startTime", "_id", "checklist"}


def test_a_writable_task_takes_planhats_shape() -> None:
    properties = {"action": "Call", "startTime": "2026-10-02T15:00:00.000Z", "repeat": "custom", "repeatDays": 3}
    assert check_task({**properties, "custom.Deal value": 5}) == {**properties, "custom": {"Deal value": 5}}


@pytest.mark.parametrize(
    ("name", "advice"), [("title", "action"), ("assignee", "ownerId"), ("snipet", None), ("descripton", "description")]
)
def test_an_unknown_property_is_refused_with_the_one_that_is_meant(name: str, advice: str | None) -> None:
    (message,) = faults({name: "x"})[name]
    assert "is not a property of a task" in message
    assert advice is None or message.endswith(f"did you mean {advice}?")


@pytest.mark.parametrize("name", [prop.name for prop in PROPERTIES.values() if not prop.writable])
def test_a_read_only_property_is_refused_with_the_reason(name: str) -> None:
    (message,) = faults({name: "x"})[name]
    assert "cannot be written" in message


def test_everything_wrong_is_told_at_once() -> None:
    wrong = {"title": "x", "startTime": "2026-10-02", "mainType": "meeting", "ownerId": "ann", "repeatDays": "3"}
    assert set(faults({**wrong, "action": None, "isArchived": "yes"})) == {*wrong, "action", "isArchived"}


@given(
    st.dictionaries(st.sampled_from([*PROPERTIES, "custom", "custom.x", "odd"]), st.none() | st.integers() | st.text())
)
def test_no_value_makes_the_schemas_fail_in_another_way(properties: dict[str, Any]) -> None:
    for load in (check_task, read_task):
        try:
            load(properties)
        except ValidationError as invalid:
            assert invalid.messages  # noqa: PT017 - either outcome is right, another exception is not
