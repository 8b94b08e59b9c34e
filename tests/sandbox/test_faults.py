"""Faults on demand."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.conftest import Client, item


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def order(call: Client, **fault: Any) -> None:
    assert call("POST", "/_sandbox/faults", fault).status_code == 201


def test_a_status_answers_without_applying_as_often_as_told(call: Client, planhat: SandboxServer) -> None:
    order(call, method="PUT", path="^/tasks$", skip=1, times=2, status=503, headers={"Retry-After": "7"})

    statuses = [call.bulk(item(str(n))).status_code for n in range(4)]

    assert statuses == [200, 503, 503, 200]
    assert [task["sourceId"] for task in planhat.tasks()] == ["0", "3"]
    assert [entry["fault"] for entry in planhat.calls()] == [None, 1, 1, None]


def test_without_a_number_of_times_a_fault_strikes_once_and_with_null_always(call: Client) -> None:
    order(call, status=500)
    assert [call("GET", "/users").status_code for _ in range(2)] == [500, 200]
    order(call, status=500, times=None)
    assert {call("GET", "/users").status_code for _ in range(5)} == {500}
    call("DELETE", "/_sandbox/faults")
    assert call("GET", "/users").status_code == 200


def test_a_fault_can_wait_for_a_source_id_wherever_it_is_named(call: Client, planhat: SandboxServer) -> None:
    call.bulk(item("sick"), item("well"))
    sick = next(task["_id"] for task in planhat.tasks() if task["sourceId"] == "sick")
    order(call, sourceId="sick", times=None, status=500)

    assert call.bulk(item("well")).status_code == 200
    assert call("GET", "/tasks/srcid-well").status_code == 200
    assert call.bulk(item("well"), item("sick")).status_code == 500
    assert call("GET", "/tasks/srcid-sick").status_code == 500
    assert call("GET", f"/tasks/{sick}").status_code == 500


def test_body_and_headers_of_a_status_can_be_given(call: Client) -> None:
    order(call, status=429, body="Too many requests", headers={"X-Rate-Limit-Remaining": "0"})
    answer = call("GET", "/users")

    assert (answer.text, answer.headers["X-Rate-Limit-Remaining"]) == ("Too many requests", "0")
    order(call, status=400, body={"error": "no"})
    assert call("GET", "/users").json() == {"error": "no"}


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        ({"reset": "before_read"}, False),
        ({"reset": "after_read"}, False),
        ({"reset": "after_apply"}, True),
        ({"reset": "mid_answer"}, True),
        ({"hang": True}, False),
        ({"apply_then_hang": True}, True),
    ],
)
def test_broken_exchanges_leave_the_client_without_an_answer(
    call: Client, planhat: SandboxServer, fault: dict[str, Any], applied: bool
) -> None:
    order(call, **fault)

    with pytest.raises(requests.exceptions.RequestException):
        call.bulk(item("a"), timeout=0.3)

    assert [task["sourceId"] for task in planhat.tasks()] == (["a"] if applied else [])
    [entry] = planhat.calls()
    assert (entry["status"], entry["applied"] is not None) == (None, applied)
    assert call.bulk(item("a")).status_code == 200


def test_applied_but_answered_with_an_error(call: Client, planhat: SandboxServer) -> None:
    order(call, apply_then_status=502, apply_items=1)

    assert call.bulk(item("a"), item("b")).status_code == 502
    assert [task["sourceId"] for task in planhat.tasks()] == ["a"]


def test_a_write_that_timed_out_can_be_applied_late(call: Client, planhat: SandboxServer) -> None:
    order(call, apply_late_ms=400)

    with pytest.raises(requests.exceptions.ReadTimeout):
        call.bulk(item("a"), timeout=0.1)

    assert planhat.tasks() == []
    assert eventually(lambda: len(planhat.tasks()) == 1)
    assert eventually(lambda: planhat.calls()[0]["applied"] is not None)


def test_a_late_write_can_come_after_an_error_and_a_reset_calls_it_off(call: Client, planhat: SandboxServer) -> None:
    order(call, apply_late_ms=200, status=504, times=2)

    assert call.bulk(item("a")).status_code == 504
    assert eventually(lambda: len(planhat.tasks()) == 1)
    assert call.bulk(item("b")).status_code == 504
    planhat.reset()
    time.sleep(0.3)  # nothing can be waited for: what is asserted is that nothing comes
    assert planhat.tasks() == []


def test_named_items_fail_with_the_given_text_and_the_others_go_through(call: Client) -> None:
    order(call, partial={"b": "Failed to create tasks record"})
    answer = call.bulk(item("a"), item("b"))

    assert answer.status_code == 206
    assert answer.json()["createdErrors"] == ["Failed to create tasks record (sourceId: b)"]
    order(call, forbid={"b": "not allowed"})
    answer = call.bulk(item("a"), item("b"))
    assert (answer.status_code, answer.json()["permissionErrors"]) == (403, ["not allowed (sourceId: b)"])


@pytest.mark.parametrize(("kind", "status"), [("html", 502), ("cut", 200), ("empty", 200), ("huge", 200)])
def test_bodies_can_be_unreadable_although_the_write_was_applied(
    call: Client, planhat: SandboxServer, kind: str, status: int
) -> None:
    order(call, invalid_body=kind, status=status)
    answer = call.bulk(item("a"), timeout=10)

    assert answer.status_code == status
    if kind == "huge":
        assert len(answer.content) > 32 * 1024 * 1024
    else:
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()
    assert len(planhat.tasks()) == 1


def test_a_redirect_points_elsewhere_and_applies_nothing(call: Client, planhat: SandboxServer) -> None:
    order(call, redirect="http://127.0.0.1:9/tasks")
    answer = call.bulk(item("a"), allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:9/tasks")
    assert planhat.tasks() == []


def test_a_delay_alone_only_delays(call: Client, planhat: SandboxServer) -> None:
    order(call, delay_ms=150)
    answer = call.bulk(item("a"))

    [entry] = planhat.calls()
    assert answer.status_code == 200
    assert entry["applied"] - entry["arrived"] >= 0.15


def test_a_client_that_gave_up_no_longer_counts_as_a_bulk_under_way(call: Client, planhat: SandboxServer) -> None:
    order(call, delay_ms=1500)
    with pytest.raises(requests.exceptions.ReadTimeout):
        call.bulk(item("a"), timeout=0.1)
    assert eventually(lambda: planhat.sandbox.journal.under_way("bulk") == 0)

    assert call.bulk(item("b")).status_code == 200
    assert planhat.stats()["max_concurrent_bulk"] == 1
    assert [task["sourceId"] for task in planhat.tasks()] == ["b"]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"colour": "red"}, "unknown key colour"),
        ({"number": 7}, "unknown key number"),
        ({"reset": "sometimes"}, "reset must be one of"),
        ({"invalid_body": "xml"}, "invalid_body must be one of"),
        ({"path": "("}, "regular expression"),
        ({"times": "often"}, "times must be of type int"),
        ([7], "JSON object"),
    ],
)
def test_an_ill_formed_fault_is_refused_with_a_reason(call: Client, fault: Any, text: str) -> None:
    answer = call("POST", "/_sandbox/faults", fault)

    assert answer.status_code == 400
    assert text in answer.json()["message"]
