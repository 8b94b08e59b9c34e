"""The client against the Planhat look-alike, over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from planhook.core.errors import PlanhatAccessRefused, PlanhatRefused, PlanhatUnavailable, PlanhatUnclear
from planhook.planhat.client import PlanhatClient
from planhook.planhat.wire import item
from sandbox.server import SandboxServer

from .conftest import TOKEN

COMPANY = "5fd76c4daf9f4601dd313b05"
UNKNOWN_ID = "0123456789abcdef01234567"


def creation(source_id: str, **properties: Any) -> dict[str, Any]:
    return item(source_id, None, {"companyId": COMPANY, "mainType": "task", "action": "Call", **properties})


def kinds(client: PlanhatClient, *items: dict[str, Any]) -> list[str]:
    return [outcome.kind for outcome in client.bulk_upsert(items).outcomes]


def test_a_bulk_creates_then_updates_then_changes_nothing(planhat: PlanhatClient) -> None:
    assert kinds(planhat, creation("onb-1"), creation("onb-2")) == ["created", "created"]
    changed = item("onb-1", None, {"action": "Write"})
    assert kinds(planhat, changed, creation("onb-2")) == ["updated", "unchanged"]


def test_a_created_item_reports_the_id_under_which_it_can_be_read(planhat: PlanhatClient) -> None:
    outcome = planhat.bulk_upsert([creation("onb-1", **{"custom.Deal value": 5})]).outcomes[0]
    by_id = planhat.get_task(task_id=outcome.task_id)
    assert by_id is not None
    assert by_id["sourceId"] == "onb-1"
    assert by_id["custom"] == {"Deal value": 5}
    assert planhat.get_task(source_id="onb-1") == by_id


@pytest.mark.parametrize("error_entries", ["strings", "objects"])
def test_an_update_of_a_task_that_does_not_exist_is_absent_and_creates_nothing(
    planhat: PlanhatClient, sandbox: SandboxServer, error_entries: str
) -> None:
    sandbox.change(error_entries=error_entries)
    gone = item("owner-status-9", None, {"action": "Write"})
    assert kinds(planhat, creation("onb-1"), gone) == ["created", "absent"]
    assert kinds(planhat, gone) == ["absent"]
    assert [task["sourceId"] for task in sandbox.tasks()] == ["onb-1"]


def test_as_many_errors_without_keys_as_unnamed_items_are_theirs(
    planhat: PlanhatClient, sandbox: SandboxServer
) -> None:
    sandbox.change(error_entries="keyless")
    answer = planhat.bulk_upsert([creation("onb-1"), item("onb-9", None, {"action": "x"})])
    assert [outcome.kind for outcome in answer.outcomes] == ["created", "absent"]
    assert "companyId" in answer.outcomes[1].message


def test_keys_without_source_ids_prove_creation_but_no_ids(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.change(keys_with_source_id=False, keys_in_order=False)
    outcomes = planhat.bulk_upsert([creation("onb-1"), creation("onb-2")]).outcomes
    assert [(outcome.kind, outcome.task_id) for outcome in outcomes] == [("created", None)] * 2
    single = planhat.bulk_upsert([creation("onb-3")]).outcomes[0]
    task = planhat.get_task(source_id="onb-3")
    assert task is not None
    assert (single.kind, single.task_id) == ("created", task["_id"])


def test_an_archived_task_that_does_not_match_is_a_conflict(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    planhat.bulk_upsert([creation("onb-1")])
    planhat.bulk_upsert([item("onb-1", None, {"status": "Done", "isArchived": True})])
    sandbox.change(bulk_matches_archived=False)
    assert kinds(planhat, creation("onb-1"), creation("onb-2")) == ["conflict", "created"]


def test_a_refused_item_of_many_is_permanent_with_planhats_words(
    planhat: PlanhatClient, sandbox: SandboxServer
) -> None:
    sandbox.add_fault(method="PUT", partial={"onb-2": "ownerId is not a user", "onb-3": "Internal server error"})
    first, second, third = planhat.bulk_upsert([creation(f"onb-{n}") for n in (1, 2, 3)]).outcomes
    assert first.kind == "created"
    assert (second.kind, second.permanent) == ("refused", True)
    assert "ownerId is not a user" in second.message
    assert (third.kind, third.permanent) == ("refused", False)


def test_a_403_that_names_one_item_is_a_partial_success(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.add_fault(method="PUT", forbid={"onb-2": "You are not allowed to create Task."})
    assert kinds(planhat, creation("onb-1"), creation("onb-2")) == ["created", "refused"]


def test_items_that_planhat_dropped_in_silence_are_unclear(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.add_fault(method="PUT", apply_items=1)
    assert kinds(planhat, creation("onb-1"), creation("onb-2")) == ["created", "unclear"]


def test_single_calls_create_update_read_and_delete(planhat: PlanhatClient) -> None:
    made = planhat.create_task({"sourceId": "a/../b?x#é", "companyId": COMPANY, "action": "Call", "custom.A": "1"})
    changed = planhat.update_task({"action": "Write", "custom.B": "2"}, source_id="a/../b?x#é")
    assert changed is not None
    assert (changed["_id"], changed["action"], changed["custom"]) == (made["_id"], "Write", {"A": "1", "B": "2"})
    assert planhat.delete_task(made["_id"]) is True
    assert planhat.delete_task(made["_id"]) is False
    assert planhat.get_task(source_id="a/../b?x#é") is None


@pytest.mark.parametrize("status", [404, 400])
@pytest.mark.parametrize("bodies", ["json", "text"])
def test_an_unknown_task_is_absent_however_planhat_says_so(
    planhat: PlanhatClient, sandbox: SandboxServer, status: int, bodies: str
) -> None:
    sandbox.change(unknown_id_status=status, error_bodies=bodies, delete_missing_status=200)
    assert planhat.get_task(source_id="owner-nobody") is None
    assert planhat.update_task({"action": "x"}, source_id="owner-nobody") is None
    assert planhat.delete_task(UNKNOWN_ID) is False


def test_a_taken_source_id_is_refused_as_409(planhat: PlanhatClient) -> None:
    properties = {"sourceId": "onb-1", "companyId": COMPANY, "action": "Call"}
    planhat.create_task(properties)
    with pytest.raises(PlanhatRefused) as refusal:
        planhat.create_task(properties)
    assert refusal.value.status == 409


def test_listing_pages_through_all_tasks_once(planhat: PlanhatClient) -> None:
    planhat.bulk_upsert([creation(f"onb-{n}") for n in range(7)])
    planhat.bulk_upsert([item("onb-0", None, {"isArchived": True})])
    open_ones = list(planhat.list_tasks(page_size=2, select=["sourceId"]))
    assert sorted(task["sourceId"] for task in open_ones) == [f"onb-{n}" for n in range(1, 7)]
    assert [task["sourceId"] for task in planhat.list_tasks(archived=True)] == ["onb-0"]


def test_every_call_passes_the_limiter_once(sandbox: SandboxServer) -> None:
    passed: list[int] = []
    with PlanhatClient(sandbox.url, TOKEN, before_call=lambda: passed.append(1)) as client:
        client.ping()
        client.bulk_upsert([creation(f"onb-{n}") for n in range(3)])
        task = client.get_task(source_id="onb-1")
        assert task is not None
        client.update_task({"action": "x"}, task_id=task["_id"])
        client.delete_task(task["_id"])
        list(client.list_tasks(page_size=1))
    assert len(passed) == len(sandbox.calls())


@pytest.mark.parametrize("family", ["x-rate-limit", "x-ratelimit"])
def test_the_quota_is_read_in_both_spellings(planhat: PlanhatClient, sandbox: SandboxServer, family: str) -> None:
    sandbox.change(rate_headers=family, rate_limit=50)
    planhat.ping()
    assert planhat.remaining == 49
    sandbox.change(rate_headers="none")
    planhat.ping()
    assert planhat.remaining is None


def test_over_the_quota_says_how_long_to_wait(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.change(rate_limit=1, retry_after_s=30)
    planhat.ping()
    with pytest.raises(PlanhatUnavailable) as unavailable:
        planhat.bulk_upsert([creation("onb-1")])
    assert unavailable.value.rate_limited
    assert unavailable.value.retry_after is not None
    assert 30 <= unavailable.value.retry_after <= 60


def test_a_wrong_token_is_an_access_refusal(sandbox: SandboxServer) -> None:
    with PlanhatClient(sandbox.url, "wrong") as client:
        for call in (client.ping, lambda: client.bulk_upsert([creation("onb-1")])):
            with pytest.raises(PlanhatAccessRefused):
                call()


UNCLEAR_WRITES: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 502},
    {"status": 503},
    {"apply_then_status": 504},
    {"apply_then_hang": True},
    {"hang": True},
    {"reset": "before_read"},
    {"reset": "after_read"},
    {"reset": "after_apply"},
    {"reset": "mid_answer"},
    {"invalid_body": "html"},
    {"invalid_body": "cut"},
    {"invalid_body": "empty"},
    {"invalid_body": "huge"},
]


UNUSABLE_ANSWERS = [fault for fault in UNCLEAR_WRITES if "apply" not in str(fault)]


@pytest.fixture
def hasty(sandbox: SandboxServer) -> Iterator[PlanhatClient]:
    with PlanhatClient(sandbox.url, TOKEN, connect_s=0.3, bulk_s=0.5, single_s=0.3) as client:
        yield client


@pytest.mark.parametrize("fault", UNCLEAR_WRITES, ids=str)
def test_a_write_without_a_usable_answer_is_unclear_and_sent_once(
    hasty: PlanhatClient, sandbox: SandboxServer, fault: dict[str, Any]
) -> None:
    sandbox.add_fault(method="PUT", times=None, **fault)
    with pytest.raises(PlanhatUnclear):
        hasty.bulk_upsert([creation("onb-1"), creation("onb-2")])
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize("fault", UNUSABLE_ANSWERS, ids=str)
def test_a_read_without_a_usable_answer_is_unavailable(
    hasty: PlanhatClient, sandbox: SandboxServer, fault: dict[str, Any]
) -> None:
    hasty.bulk_upsert([creation("onb-1")])
    sandbox.add_fault(method="GET", times=None, **fault)
    with pytest.raises(PlanhatUnavailable):
        hasty.get_task(source_id="onb-1")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 405, 408])
def test_an_answer_that_is_not_about_the_items_condemns_none(
    hasty: PlanhatClient, sandbox: SandboxServer, status: int
) -> None:
    sandbox.add_fault(method="PUT", status=status, headers={"Location": f"{sandbox.url}/elsewhere"}, body="no")
    with pytest.raises(PlanhatUnavailable):
        hasty.bulk_upsert([creation("onb-1")])
    assert len(sandbox.calls()) == 1


def test_a_503_with_retry_after_is_unavailable(hasty: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.change(rate_headers="none")
    sandbox.add_fault(method="PUT", status=503, headers={"Retry-After": "7"})
    with pytest.raises(PlanhatUnavailable) as unavailable:
        hasty.bulk_upsert([creation("onb-1")])
    assert unavailable.value.retry_after == 7


def test_too_large_a_bulk_is_refused_as_413(hasty: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.add_fault(method="PUT", status=413, body="too large")
    with pytest.raises(PlanhatRefused) as refusal:
        hasty.bulk_upsert([creation("onb-1")])
    assert refusal.value.status == 413


def test_a_403_to_the_whole_request_is_an_access_refusal(hasty: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.add_fault(method="PUT", status=403, body={"message": "Forbidden"})
    with pytest.raises(PlanhatAccessRefused):
        hasty.bulk_upsert([creation("onb-1")])


def test_a_400_to_many_items_that_blames_none_refuses_the_bulk(hasty: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.add_fault(method="PUT", status=400, body={"message": "status is unknown"}, times=2)
    with pytest.raises(PlanhatRefused, match="status is unknown") as refusal:
        hasty.bulk_upsert([creation("onb-1"), creation("onb-2")])
    assert refusal.value.status == 400
    assert hasty.bulk_upsert([creation("onb-1")]).outcomes[0].permanent


def test_a_bulk_that_failed_alike_in_every_item_says_so_of_each(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    sandbox.change(error_entries="keyless")
    outcomes = planhat.bulk_upsert([item(f"onb-{n}", None, {"action": "x"}) for n in range(3)]).outcomes
    assert [outcome.kind for outcome in outcomes] == ["absent"] * 3


def test_nothing_is_sent_for_unusable_arguments(planhat: PlanhatClient, sandbox: SandboxServer) -> None:
    for call in (
        lambda: planhat.bulk_upsert([]),
        lambda: planhat.bulk_upsert([{"action": "no key"}]),
        lambda: planhat.bulk_upsert([creation("onb-1"), creation("onb-1")]),
        lambda: planhat.bulk_upsert([creation(str(n)) for n in range(5001)]),
        lambda: planhat.get_task(),
        lambda: planhat.get_task(source_id=""),
        lambda: planhat.get_task(task_id="../users"),
        lambda: planhat.update_task({"action": "x"}, source_id=""),
        lambda: planhat.delete_task(""),
        lambda: planhat.create_task({"companyId": COMPANY}),
    ):
        with pytest.raises(ValueError):
            call()
    assert sandbox.calls() == []
