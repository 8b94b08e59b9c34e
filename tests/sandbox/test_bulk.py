"""Bulk upsert: what is created, updated, refused, and what the answer says about it."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.behaviour import Behaviour
from sandbox.bulk import Upsert
from sandbox.directory import Directory
from sandbox.server import SandboxServer
from sandbox.tasks import TaskStore
from tests.sandbox.conftest import COMPANY, Client, item


def test_a_bulk_of_new_tasks_answers_in_the_documented_shape(call: Client) -> None:
    answer = call.bulk(item("a"), item("b"))
    body = answer.json()

    ids = [task["_id"] for task in call("GET", "/tasks?sort=sourceId").json()]
    assert answer.status_code == 200
    assert body == {
        "created": 2,
        "createdErrors": [],
        "insertsKeys": [{"_id": ids[0], "sourceId": "a"}, {"_id": ids[1], "sourceId": "b"}],
        "updated": 0,
        "updatedErrors": [],
        "updatesKeys": [],
        "nonupdates": 0,
        "modified": [],
        "upsertedIds": ids,
        "permissionErrors": [],
    }


def test_known_keys_update_and_unchanged_items_are_only_counted(call: Client) -> None:
    call.bulk(item("a"), item("b"), item("c"))
    by_source = {task["sourceId"]: task["_id"] for task in call("GET", "/tasks").json()}

    body = call.bulk(
        {"sourceId": "a", "action": "New"}, {"sourceId": "b"}, {"_id": by_source["c"], "action": "New"}
    ).json()

    assert (body["created"], body["updated"], body["nonupdates"]) == (0, 2, 1)
    assert body["modified"] == [by_source["a"], by_source["c"]]
    assert body["updatesKeys"] == [{"_id": by_source[key], "sourceId": key} for key in ("a", "c")]


def test_an_unknown_key_without_a_company_is_refused_and_the_others_go_through(call: Client) -> None:
    answer = call.bulk({"sourceId": "absent", "status": "Done"}, item("b"))

    assert answer.status_code == 206
    assert answer.json()["createdErrors"] == ["Required Field: companyId (sourceId: absent)"]
    assert [task["sourceId"] for task in call("GET", "/tasks").json()] == ["b"]


def test_a_bulk_of_which_everything_fails_is_400(call: Client, planhat: SandboxServer) -> None:
    assert call.bulk({"sourceId": "absent"}).status_code == 400
    planhat.change(bulk_failed_status=206)
    assert call.bulk({"sourceId": "absent"}).status_code == 206


def test_the_shape_of_error_entries_can_be_switched(call: Client, planhat: SandboxServer) -> None:
    planhat.change(error_entries="objects")
    assert call.bulk({"sourceId": "x"}).json()["createdErrors"] == [
        {"sourceId": "x", "message": "Required Field: companyId"}
    ]
    planhat.change(error_entries="keyless")
    assert call.bulk({"sourceId": "x"}).json()["createdErrors"] == ["Required Field: companyId"]


def test_keys_and_permission_errors_of_the_answer_can_be_switched(call: Client, planhat: SandboxServer) -> None:
    planhat.change(keys_with_source_id=False, keys_in_order=False, permission_errors_key=False)
    body = call.bulk(item("a"), item("b")).json()

    assert [list(key) for key in body["insertsKeys"]] == [["_id"], ["_id"]]
    assert [key["_id"] for key in body["insertsKeys"]] == body["upsertedIds"][::-1]
    assert "permissionErrors" not in body
    planhat.change(nonupdates_in_keys=True)
    assert len(call.bulk({"sourceId": "a"}).json()["updatesKeys"]) == 1


def test_a_key_twice_in_one_bulk_is_an_error_unless_switched(call: Client, planhat: SandboxServer) -> None:
    body = call.bulk(item("a", action="1"), item("a", action="2")).json()

    assert body["created"] == 1
    assert "duplicated" in body["updatedErrors"][0]
    planhat.change(bulk_duplicates="apply")
    assert call.bulk(item("b", action="1"), item("b", action="2")).json()["updated"] == 1


def test_archived_tasks_are_matched_unless_switched(call: Client, planhat: SandboxServer) -> None:
    call.bulk(item("a"))
    call.bulk({"sourceId": "a", "isArchived": True})

    assert call.bulk(item("a", action="New")).json()["updated"] == 1
    planhat.change(bulk_matches_archived=False)
    assert call.bulk(item("a", action="Newer")).json()["createdErrors"] == [
        "Failed to create/update tasks record: sourceId a duplicated (sourceId: a)"
    ]


def test_missing_rights_are_permission_errors_and_403_even_if_others_succeed(
    call: Client, planhat: SandboxServer
) -> None:
    call.bulk(item("a"))
    planhat.change(may_create=False)

    answer = call.bulk({"sourceId": "a", "action": "New"}, item("b"))

    assert answer.status_code == 403
    assert answer.json()["updated"] == 1
    assert "(sourceId: b)" in answer.json()["permissionErrors"][0]


@pytest.mark.parametrize("entry", [7, None, "x", [], {"_id": "short"}, {"sourceId": "a", "startTime": "soon"}])
def test_a_bad_item_fails_alone(call: Client, entry: Any) -> None:
    body = call.bulk(entry, item("good")).json()

    assert body["created"] == 1
    assert len(body["createdErrors"]) == 1


def test_an_empty_id_in_the_url_ends_at_the_bulk_endpoint(call: Client) -> None:
    assert call("PUT", "/tasks/", [item("a")]).json()["created"] == 1


def test_too_many_items_too_many_bytes_and_no_array_are_refused(call: Client) -> None:
    assert call.bulk(*({"sourceId": str(n)} for n in range(5001))).status_code == 413
    assert call("PUT", "/tasks", data=b" " * (32 * 1024 * 1024 + 1)).status_code == 413
    assert call("PUT", "/tasks", {"sourceId": "a"}).status_code == 400
    assert call("PUT", "/tasks", data=b"[{").status_code == 400


def test_a_full_bulk_is_quick(call: Client) -> None:
    items = [item(f"k-{n}", startTime="2024-01-01T00:00:00Z", custom={"n": n}) for n in range(5000)]
    started = time.monotonic()

    assert call.bulk(*items, timeout=30).json()["created"] == 5000
    assert time.monotonic() - started < 5  # the machine may be busy; idle it takes a tenth of that


@pytest.mark.parametrize(("unique", "tasks"), [(True, 1), (False, 2)])
def test_parallel_bulks_collide_on_a_new_key_when_upserts_are_racy(
    call: Client, planhat: SandboxServer, unique: bool, tasks: int
) -> None:
    planhat.change(upsert_race_ms=300, unique_source_ids=unique)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: call.bulk(item("a")), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 400 if unique else 200]
    assert len(planhat.tasks()) == tasks
    assert planhat.stats()["max_concurrent_bulk"] == 2


keys = st.sampled_from(["a", "b", "c", "d"])
bulks = st.lists(
    st.lists(
        st.tuples(keys, st.booleans(), st.sampled_from(["x", "y"])).map(
            lambda drawn: {"sourceId": drawn[0], "action": drawn[2]} | ({"companyId": COMPANY} if drawn[1] else {})
        ),
        max_size=6,
    ),
    max_size=6,
)


@given(bulks)
def test_every_item_is_accounted_for_and_keys_stay_unique(requests: list[list[dict[str, str]]]) -> None:
    behaviour = Behaviour()
    store = TaskStore(behaviour, Directory(behaviour))
    for items in requests:
        result = Upsert(store, behaviour, {}, {}).run(items)
        errors = len(result.created_errors) + len(result.updated_errors)
        assert len(result.changes) + errors == len(items)
    stored = [task["sourceId"] for task in store.all()]
    created = {entry["sourceId"] for items in requests for entry in items if "companyId" in entry}
    assert len(stored) == len(set(stored))
    assert set(stored) <= created
