"""The judge itself: a run in which all is well has no finding, and each broken promise is found under its number."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.reliability.checker import PROMISES, Evidence, findings
from tests.reliability.sender import Attempt, Ledger
from tests.reliability.story import Story

KEY = "deal-d"


def all_is_well() -> Evidence:
    """One deal of one event, told, taken, applied and written once."""
    story, ledger = Story(1, "s"), Ledger()
    event = story.lone("d")
    ledger.taken[event["id"]] = "evt_1"
    ledger.attempts += [Attempt((event["id"],), 503, 0.1, "5"), Attempt((event["id"],), 202, 0.1)]
    task = {"sourceId": KEY, **story.tasks()[KEY]}
    sent = {"action": task["action"], "description": task["description"]}
    return Evidence(
        ledger=ledger,
        story=story,
        rows=[{"id": "evt_1", "status": "applied", "reason": ""}],
        stats={"accepted": 1, "applied": 1, "ignored": 0, "dead": 0, "waiting": 0},
        tasks=[task],
        calls=[call(1.0, change("create", sent))],
        calls_per_minute=60,
        rules_versions={"evt_1": "v1"},
        known_versions=frozenset({"v1"}),
        exits={"web": 0},
    )


def call(at: float, *changes: dict[str, Any], status: int = 200) -> dict[str, Any]:
    times = {"arrived": at, "applied": at if changes else None, "answered": at + 0.01}
    return {"number": round(at * 1000), "kind": "bulk", "status": status, "changes": changes, **times}


def change(kind: str, changed: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "sourceId": KEY, "sent": ["sourceId", *changed], "changed": changed}


def lose_an_event(evidence: Evidence) -> None:
    evidence.ledger.taken["another"] = "evt_2"


def rename_an_event(evidence: Evidence) -> None:
    evidence.ledger.note_taken([evidence.story.told["d-0"]], ["evt_other"])


def refuse_for_good(evidence: Evidence) -> None:
    evidence.ledger.attempts.append(Attempt(("x",), 400, 0.1))


def break_down(evidence: Evidence) -> None:
    evidence.ledger.attempts.append(Attempt(("x",), 500, 0.1))


def say_not_when(evidence: Evidence) -> None:
    evidence.ledger.attempts.append(Attempt(("x",), 503, 0.1))


def leave_waiting(evidence: Evidence) -> None:
    evidence.rows = [{"id": "evt_1", "status": "waiting", "reason": ""}]
    evidence.stats = {**evidence.stats, "applied": 0, "waiting": 1}


def cook_the_books(evidence: Evidence) -> None:
    evidence.stats = {**evidence.stats, "applied": 2}


def double_the_task(evidence: Evidence) -> None:
    evidence.tasks = [*evidence.tasks, *evidence.tasks]


def create_twice(evidence: Evidence) -> None:
    evidence.calls = [*evidence.calls, call(2.0, change("create", {}))]


def forget_a_field(evidence: Evidence) -> None:
    evidence.tasks = [{**evidence.tasks[0], "action": "of old"}]


def leave_out_the_task(evidence: Evidence) -> None:
    evidence.tasks = []


def write_what_is_not_ours(evidence: Evidence) -> None:
    evidence.calls = [*evidence.calls, call(2.0, change("update", {"ownerId": "x"}))]


def go_back(evidence: Evidence) -> None:
    later = {**evidence.story.told["d-0"], "id": "d-1", "type": "named", "at": "2026-03-02T10:00:00.000Z"}
    later["deal"] = {**later["deal"], "name": "newer"}
    evidence.story.told["d-1"] = later
    evidence.tasks = [{**evidence.tasks[0], "action": "newer"}]
    old = evidence.story.told["d-0"]["deal"]["name"]
    evidence.calls = [
        call(1.0, change("create", {"action": "newer"})),
        call(2.0, change("update", {"action": old})),
        call(3.0, change("update", {"action": "newer"})),
    ]


def call_too_often(evidence: Evidence) -> None:
    evidence.calls = [*evidence.calls, *(call(2.0 + number / 10) for number in range(60))]


def call_before_its_time(evidence: Evidence) -> None:
    evidence.retry_after_s = 3.0
    evidence.calls = [*evidence.calls, call(2.0, status=429), call(4.0)]


def be_told_that_it_is_too_much(evidence: Evidence) -> None:
    evidence.calls = [*evidence.calls, call(2.0, status=429)]


def write_two_at_a_time(evidence: Evidence) -> None:
    evidence.calls = [*evidence.calls, call(1.005)]


def blame_the_innocent(evidence: Evidence) -> None:
    evidence.rows = [{"id": "evt_1", "status": "dead", "reason": "HTTP 500"}]
    evidence.stats = {**evidence.stats, "applied": 0, "dead": 1}


def let_poison_live(evidence: Evidence) -> None:
    evidence.poison = frozenset({"d-0"})


def believe_a_forgery(evidence: Evidence) -> None:
    evidence.ledger.attempts.append(Attempt(("forged",), 202, 0.1, is_forged=True))


def tell_a_secret(evidence: Evidence) -> None:
    evidence.secrets, evidence.seen = ["s3cret"], "token=s3cret"


def take_all_memory(evidence: Evidence) -> None:
    evidence.memory = {"web 1": 2**30}


def write_the_busy_one_again_and_again(evidence: Evidence) -> None:
    evidence.most_writes = {KEY: 0}


def judge_by_unknown_rules(evidence: Evidence) -> None:
    evidence.rules_versions = {"evt_1": "v0"}


def end_badly(evidence: Evidence) -> None:
    evidence.exits = {"worker-1": -9}


def hold_on(evidence: Evidence) -> None:
    evidence.held_after_exit = ["planhook:lease"]


BREAKS: tuple[tuple[int, Callable[[Evidence], None]], ...] = (
    (1, lose_an_event),
    (1, rename_an_event),
    (2, refuse_for_good),
    (2, break_down),
    (2, say_not_when),
    (3, leave_waiting),
    (3, cook_the_books),
    (4, double_the_task),
    (4, create_twice),
    (5, forget_a_field),
    (5, leave_out_the_task),
    (5, write_what_is_not_ours),
    (6, go_back),
    (7, call_too_often),
    (7, call_before_its_time),
    (7, be_told_that_it_is_too_much),
    (7, write_two_at_a_time),
    (8, blame_the_innocent),
    (8, let_poison_live),
    (9, believe_a_forgery),
    (9, tell_a_secret),
    (10, take_all_memory),
    (10, write_the_busy_one_again_and_again),
    (11, judge_by_unknown_rules),
    (12, end_badly),
    (12, hold_on),
)


def test_when_all_is_well_there_is_no_finding() -> None:
    assert findings(all_is_well()) == []


@pytest.mark.parametrize(("promise", "break_it"), BREAKS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_broken_promise_is_found(promise: int, break_it: Callable[[Evidence], None]) -> None:
    evidence = all_is_well()
    break_it(evidence)

    assert promise in {finding.promise for finding in findings(evidence)}


def test_each_promise_is_judged() -> None:
    assert {promise for promise, _ in BREAKS} == set(PROMISES)
