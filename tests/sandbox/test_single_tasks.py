"""Create, read, update and delete one task."""

import re
from typing import Any
from urllib.parse import quote

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.conftest import COMPANY, Client, item

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def created(call: Client, **properties: Any) -> dict[str, Any]:
    answer = call("POST", "/tasks", item("ptw.a", **properties))
    assert answer.status_code == 200, answer.text
    task: dict[str, Any] = answer.json()
    return task


def test_a_created_task_has_the_shape_of_the_documented_example(call: Client) -> None:
    task = call(
        "POST",
        "/tasks",
        {
            "ownerId": "58e231b14246fc73139f29e8",
            "companyId": COMPANY,
            "mainType": "task",
            "noSpecificTime": True,
            "startTime": "2021-07-29T00:00:00.00Z",
            "repeat": "daily",
            "action": "New task",
            "description": "<p>Call the <strong>client</strong>.</p><p>R&amp;D</p>",
        },
    ).json()

    assert re.fullmatch("[0-9a-f]{24}", task["_id"])
    assert ISO.fullmatch(task["createdAt"])
    assert ISO.fullmatch(task["updatedAt"])
    assert task["startTime"] == "2021-07-29T00:00:00.000Z"
    assert task["snippet"] == "Call the client.\n\nR&D"
    assert task["status"] == "In-progress"
    assert (task["isArchived"], task["shared"], task["overdueNotified"]) == (False, False, False)
    assert (task["activityTags"], task["endusers"], task["users"], task["checklist"]) == ([], [], [], [])
    assert task["companyName"]


def test_unknown_top_level_keys_are_dropped_and_custom_ones_kept(call: Client) -> None:
    task = created(call, title="x", dueDate="y", custom={"Anything": 1}, ownerName="Nobody")

    assert "title" not in task
    assert "dueDate" not in task
    assert task["custom"] == {"Anything": 1}
    assert task.get("ownerName") != "Nobody"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"action": "x"}, "Required Field: companyId"),
        ({"action": "x", "companyId": "acme"}, "must be planhat _id"),
        ({"companyId": COMPANY, "startTime": "2024-01-01"}, "startTime"),
        ({"companyId": COMPANY, "startTime": "2024-13-01T00:00:00.000Z"}, "startTime"),
        ({"companyId": COMPANY, "ownerId": "srcid-7"}, "ownerId"),
        ({"companyId": COMPANY, "isArchived": "yes"}, "isArchived"),
        ({"companyId": COMPANY, "status": "done"}, "Failed to execute task status update"),
        ({"companyId": COMPANY, "repeat": "hourly"}, "repeat"),
        ({"companyId": COMPANY, "repeat": "custom"}, "repeatDays"),
        ({"companyId": COMPANY, "mainType": "event", "startTime": "2024-01-01T00:00:00Z"}, "endTime"),
        ({"companyId": COMPANY, "custom": {"Deal": 1, "deal": 2}}, "custom"),
        ({"companyId": COMPANY, "endusers": [{"_id": 7}]}, "endusers"),
        ([], "not an object"),
    ],
)
def test_a_create_that_planhat_would_refuse_gets_400_with_a_text(call: Client, body: Any, text: str) -> None:
    answer = call("POST", "/tasks", body)

    assert answer.status_code == 400
    assert text in answer.json()["message"]
    assert call("GET", "/tasks").json() == []


def test_a_company_prefix_comes_back_resolved_and_always_to_the_same_company(call: Client) -> None:
    first = call("POST", "/tasks", {"companyId": "srcid-42"}).json()
    second = call("POST", "/tasks", {"companyId": "srcid-42"}).json()
    other = call("POST", "/tasks", {"companyId": "extid-42"}).json()

    assert re.fullmatch("[0-9a-f]{24}", first["companyId"])
    assert first["companyId"] == second["companyId"] != other["companyId"]


def test_an_update_changes_only_what_was_sent_and_merges_custom(call: Client) -> None:
    task = created(call, description="<p>a</p>", custom={"A": 1, "B": 2})

    updated = call("PUT", f"/tasks/{task['_id']}", {"action": "New", "custom.B": 3, "custom": {"C": 4}}).json()

    assert updated["custom"] == {"A": 1, "B": 3, "C": 4}
    same = {"action", "custom", "updatedAt"}
    assert {k: v for k, v in updated.items() if k not in same} == {k: v for k, v in task.items() if k not in same}


def test_updated_at_moves_even_when_nothing_changes(call: Client) -> None:
    task = created(call)

    moments = {call("PUT", f"/tasks/{task['_id']}", {"action": task["action"]}).json()["updatedAt"] for _ in range(9)}

    assert len(moments | {task["updatedAt"]}) > 1


@pytest.mark.parametrize("source_id", ["plain", "a/b", "50% + 1?#", "srcid-x", "å"])
def test_a_source_id_in_the_url_is_percent_decoded(call: Client, source_id: str) -> None:
    call("POST", "/tasks", {**item("other"), "sourceId": source_id})
    path = f"/tasks/srcid-{quote(source_id, safe='')}"

    assert call("GET", path).json()["sourceId"] == source_id
    assert call("PUT", path, {"action": "Found"}).json()["action"] == "Found"


def test_the_key_that_addresses_a_task_is_not_changed_by_the_same_request(call: Client) -> None:
    task = created(call)

    assert call("PUT", "/tasks/srcid-ptw.a", {"sourceId": "b"}).json()["sourceId"] == "ptw.a"
    assert call("PUT", f"/tasks/{task['_id']}", {"sourceId": "b"}).json()["sourceId"] == "b"
    assert call("GET", "/tasks/srcid-ptw.a").status_code == 404


def test_a_source_id_in_use_is_refused(call: Client, planhat: SandboxServer) -> None:
    created(call)

    assert "duplicated" in call("POST", "/tasks", item("ptw.a")).json()["message"]
    planhat.change(duplicate_status=409)
    assert call("POST", "/tasks", item("ptw.a")).status_code == 409
    planhat.change(unique_source_ids=False)
    assert call("POST", "/tasks", item("ptw.a")).status_code == 200
    assert planhat.stats()["shared_source_ids"] == {"ptw.a": 2}


def test_texts_can_be_as_generic_as_planhat_writes_them(call: Client, planhat: SandboxServer) -> None:
    created(call)
    planhat.change(generic_errors=True)

    for body in (item("ptw.a"), item("b", startTime="2024-01-01"), item("c", custom={"x": 1, "X": 2})):
        answer = call("POST", "/tasks", body)
        assert (answer.status_code, answer.json()) == (400, {"message": "Failed to create/update tasks record"})


def test_unknown_tasks_are_404_and_ill_formed_ids_400(call: Client, planhat: SandboxServer) -> None:
    for path in (f"/tasks/{COMPANY}", "/tasks/srcid-nobody", "/tasks/srcid-"):
        assert call("GET", path).status_code == 404
        assert call("PUT", path, {"action": "x"}).status_code == 404
    assert "Params identifier must be planhat _id" in call("GET", "/tasks/extid-1").json()["message"]
    assert call("DELETE", "/tasks/srcid-nobody").status_code == 400
    planhat.change(unknown_id_status=400, error_bodies="text")
    answer = call("GET", "/tasks/srcid-nobody")
    assert (answer.status_code, answer.text) == (400, "Task srcid-nobody not found")


def test_done_archives_dates_and_notes_the_task(call: Client) -> None:
    task = created(call)

    done = call("PUT", "/tasks/srcid-ptw.a", {"status": "Done"}).json()

    assert done["isArchived"] is True
    assert ISO.fullmatch(done["dateDone"])
    assert done["noteId"] == task["_id"]


def test_done_keeps_the_given_date_and_ignored_sets_none(call: Client) -> None:
    created(call)
    moment = "2024-05-01T10:00:00.000Z"

    ignored = call("PUT", "/tasks/srcid-ptw.a", {"status": "Ignored"}).json()
    done = call("PUT", "/tasks/srcid-ptw.a", {"status": "Done", "dateDone": moment}).json()

    assert (ignored["isArchived"], "dateDone" in ignored, "noteId" in ignored) == (True, False, False)
    assert done["dateDone"] == moment


def test_whether_statuses_archive_and_reopen_can_be_switched(call: Client, planhat: SandboxServer) -> None:
    created(call)
    planhat.change(done_archives=False, reopen_unarchives=False, refuse_lower_case_done=False)

    assert call("PUT", "/tasks/srcid-ptw.a", {"status": "Done"}).json()["isArchived"] is False
    assert call("PUT", "/tasks/srcid-ptw.a", {"status": "done"}).json()["status"] == "done"
    call("PUT", "/tasks/srcid-ptw.a", {"isArchived": True})
    assert call("PUT", "/tasks/srcid-ptw.a", {"status": "To Do"}).json()["isArchived"] is True
    planhat.change(reopen_unarchives=True)
    reopened = call("PUT", "/tasks/srcid-ptw.a", {"status": "In-progress"}).json()
    assert (reopened["isArchived"], reopened["dateDone"]) == (False, None)


def test_deleting_answers_in_the_documented_shape(call: Client, planhat: SandboxServer) -> None:
    task = created(call)

    assert call("DELETE", f"/tasks/{task['_id']}").json() == {"n": 1, "ok": 1, "deletedCount": 1}
    assert call("DELETE", f"/tasks/{task['_id']}").status_code == 404
    planhat.change(delete_missing_status=200)
    assert call("DELETE", f"/tasks/{task['_id']}").json()["deletedCount"] == 0
    assert created(call)["_id"] != task["_id"]


def test_missing_rights_are_403(call: Client, planhat: SandboxServer) -> None:
    task = created(call)
    planhat.change(may_create=False, may_update=False, may_delete=False)

    assert call("POST", "/tasks", item("b")).status_code == 403
    assert call("PUT", f"/tasks/{task['_id']}", {"action": "x"}).status_code == 403
    assert call("DELETE", f"/tasks/{task['_id']}").json()["message"] == "You are not allowed to remove Task."


def test_both_forms_of_the_token_open_and_nothing_else_does(planhat: SandboxServer) -> None:
    url = f"{planhat.url}/users?limit=1"

    assert requests.get(url, headers={"Authorization": "Bearer secret"}, timeout=2).status_code == 200
    assert requests.get(url, auth=("secret", ""), timeout=2).status_code == 200
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "secret"}):
        assert requests.get(url, headers=headers, timeout=2).status_code == 401
