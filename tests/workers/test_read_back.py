"""What Planhat dropped without a word becomes a problem that names the rule and its line."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from planhook.core.place import Place
from planhook.core.rule import RuleSet
from planhook.planhat.client import PlanhatClient
from planhook.rulebook import LiveRulebook
from planhook.settings import Settings
from planhook.store.budget import CallBudget, Lease, SpareCalls
from planhook.store.problems import Problems
from tests.workers.conftest import Pipeline, action, deal, rule
from workers.calls import Calls
from workers.context import Context
from workers.deliverer import Deliverer
from workers.findings import Findings
from workers.pace import Pace
from workers.read_back import ReadBack
from workers.samples import Samples

FIELDS = {
    "companyId": "srcid-c1",
    "action": "{deal.name}",
    "description": "{deal.amount}",
    "custom.Tier": "{deal.tier}",
}


def rules(**fields: str) -> RuleSet:
    places = {"custom.Tier": Place("deals.yaml", 9), "status": Place("deals.yaml", 11)}
    create = replace(action("create", 1, **{**FIELDS, **fields}), place=Place("deals.yaml", 4), places=places)
    won = rule("won", "deal.won", replace(action("complete", 2), place=Place("won.yaml", 2)))
    named = rule(
        "named", "deal.named", replace(action("update", 3, action="{deal.name}"), place=Place("named.yaml", 3))
    )
    created = rule("created", "deal.created", create)
    lost = rule("lost", "deal.lost", replace(action("cancel", 4), place=Place("lost.yaml")))
    return RuleSet((created, won, named, lost), version=str(sorted(fields)))


class Line:
    """A pipeline whose deliverer leaves what it wrote to a read-back, which tests do by hand."""

    def __init__(self, pipeline: Pipeline, percent: int = 100) -> None:
        self.pipeline = pipeline
        pipeline.rules = rules()
        self.problems = Problems(pipeline.redis)
        budget = CallBudget(pipeline.redis, pipeline.calls_per_minute)
        self.client = PlanhatClient(pipeline.planhat.url, pipeline.planhat.token, single_s=10.0)
        self.read_back = ReadBack(
            self.client,
            budget,
            SpareCalls(pipeline.redis, pipeline.calls_per_minute, percent),
            pipeline.registers,
            Findings(pipeline.journal, self.problems, lambda: pipeline.rules),
            Samples(ripe_s=0.0),
        )
        lease = Lease(pipeline.redis, "deliverer-with-eyes")
        pace = Pace(pipeline.calls_per_minute)
        calls = Calls(pipeline.client, budget, lease, pipeline.registers, 120.0, pace, self.read_back)
        self.deliverer = Deliverer(calls, pipeline.registers, pipeline.inbox, lease, pipeline.bulk_size)

    def write(self, *numbers: int, type_: str = "deal.created", at: int = 0, **fields: Any) -> None:
        given = {"name": "Acme", "amount": 5, "tier": "Gold", **fields}
        self.pipeline.accept(*(deal(type_, at, number=str(number), **given) for number in numbers))
        self.pipeline.planner().drain(lambda: False)
        self.deliverer.drain(lambda: False)

    def process(self, *numbers: int, **fields: Any) -> list[dict[str, Any]]:
        """Write, read back, and give what is found wrong."""
        self.write(*numbers, **fields)
        self.read_back.look()
        return self.problems.all()

    def reads(self) -> list[str]:
        return [call["kind"] for call in self.pipeline.planhat.calls() if call["method"] == "GET"]


@pytest.fixture
def make_line(pipeline: Pipeline) -> Iterator[Callable[..., Line]]:
    lines = []

    def make(**options: Any) -> Line:
        lines.append(Line(pipeline, **options))
        return lines[-1]

    yield make
    for line in lines:
        line.client.close()


@pytest.fixture
def line(make_line: Callable[..., Line]) -> Line:
    return make_line()


def test_what_is_kept_is_no_problem(line: Line) -> None:
    assert line.process(1) == []
    assert line.process(1, type_="deal.won", at=1) == []
    assert line.reads().count("get") == 2


def test_a_field_that_is_dropped_names_rule_file_line_task_and_event(line: Line) -> None:
    line.pipeline.planhat.change(dropped_fields="custom.Tier")
    (problem,) = line.process(1)

    assert (problem["rule"], problem["field"], problem["where"]) == ("created", "custom.Tier", "deals.yaml:9")
    assert problem["message"] == "Planhat did not keep custom.Tier"
    assert (problem["wrote"], problem["has"], problem["task"]) == ("Gold", "absent", "t-1")
    assert problem["event"] == deal("deal.created", 0).id
    assert line.pipeline.journal.stats()["problems"] == 1


def test_the_event_shows_what_was_not_kept_of_it(line: Line) -> None:
    line.pipeline.planhat.change(dropped_fields="custom.Tier")
    line.process(1)

    (operation,) = line.pipeline.journal.event(deal("deal.created", 0).id)["operations"]
    assert operation["not_kept"] == ["Planhat did not keep custom.Tier"]


def test_it_is_one_problem_however_often_it_is_seen(line: Line) -> None:
    line.pipeline.planhat.change(dropped_fields="custom.Tier")
    (first,) = line.process(1)
    (second,) = line.process(2)

    assert (second["count"], second["task"], second["first"]) == (2, "t-2", first["first"])
    assert second["last"] >= first["last"]


def test_it_is_gone_when_it_is_found_kept(line: Line) -> None:
    line.pipeline.planhat.change(dropped_fields="custom.Tier,description")
    assert len(line.process(1)) == 2
    line.pipeline.planhat.change(dropped_fields="description")

    assert [problem["field"] for problem in line.process(2)] == ["description"]


def test_it_is_gone_when_the_rule_writes_the_field_no_longer(line: Line) -> None:
    line.pipeline.planhat.change(dropped_fields="custom.Tier")
    line.process(1)
    kept = rules().rules[0]
    fields = {name: value for name, value in kept.then[0].fields.items() if name != "custom.Tier"}
    line.pipeline.rules = RuleSet((replace(kept, then=(replace(kept.then[0], fields=fields),)),), version="new")
    line.read_back.look()

    assert line.problems.all() == []


def test_a_problem_moves_with_its_line(line: Line) -> None:
    line.pipeline.planhat.change(dropped_fields="custom.Tier")
    line.process(1)
    kept = rules().rules[0]
    moved = replace(kept.then[0], places={"custom.Tier": Place("other.yaml", 9)})
    line.pipeline.rules = RuleSet((replace(kept, then=(moved,)),), version="new")
    line.read_back.look()

    assert [problem["where"] for problem in line.problems.all()] == ["other.yaml:9"]


def test_an_update_that_leaves_the_old_value_is_a_problem_of_the_rule_that_updates(line: Line) -> None:
    line.process(1)
    line.pipeline.planhat.change(dropped_fields="action")
    (problem,) = line.process(1, type_="deal.named", at=1, name="Acme AB")

    assert (problem["rule"], problem["where"], problem["field"]) == ("named", "named.yaml:3", "action")
    assert (problem["wrote"], problem["has"]) == ("Acme AB", "Acme")


def test_a_completion_that_is_not_carried_out_is_a_problem_of_the_rule_that_completes(line: Line) -> None:
    line.process(1)
    line.pipeline.planhat.change(dropped_fields="status,isArchived,dateDone")
    found = line.process(1, type_="deal.won", at=1)

    assert {(one["rule"], one["where"]) for one in found} == {("won", "won.yaml:2")}
    assert {one["field"] for one in found} == {"status", "isArchived", "dateDone"}


def test_what_no_rule_wrote_is_no_rules_problem(line: Line) -> None:
    line.process(1)
    line.process(1, type_="deal.won", at=1)
    line.pipeline.planhat.change(dropped_fields="status,dateDone")
    found = line.process(1, type_="deal.lost", at=2)

    assert [(one["rule"], one["field"]) for one in found] == [("lost", "status")]


def test_a_status_that_planhat_replaces_is_a_problem(line: Line) -> None:
    line.pipeline.rules = rules(status="Qualifed")
    line.pipeline.planhat.change(statuses="Done,Ignored,Qualified")
    (problem,) = line.process(1)

    assert (problem["message"], problem["where"]) == ("Planhat has another status", "deals.yaml:11")
    assert (problem["wrote"], problem["has"]) == ("Qualifed", "In-progress")


def test_a_status_that_is_saved_misspelt_is_a_problem(line: Line) -> None:
    line.pipeline.client.create_task(
        {"sourceId": "x", "companyId": "srcid-c1", "action": "by hand", "status": "Qualified"}
    )
    by_hand = line.pipeline.planhat.tasks()[0]
    line.pipeline.planhat.sandbox.tasks.load([{name: by_hand[name] for name in by_hand if name != "sourceId"}])
    line.pipeline.rules = rules(status="qualifed")
    (problem,) = line.process(1)

    assert "'Qualified' is one" in problem["message"]


def test_a_custom_field_that_nobody_can_see_is_a_problem(line: Line) -> None:
    line.pipeline.planhat.add("customfields", {"parent": "task", "name": "tier", "type": "text"})
    (problem,) = line.process(1)

    assert "no custom field 'Tier' (did you mean 'tier'?)" in problem["message"]


def test_the_custom_fields_that_there_are_are_no_problem(line: Line) -> None:
    line.pipeline.planhat.add("customfields", {"parent": "task", "name": "Tier", "type": "text"})

    assert line.process(1) == []


def test_one_list_checks_a_whole_bulk_write(line: Line) -> None:
    line.pipeline.planhat.change(dropped_fields="custom.Tier")
    (problem,) = line.process(*range(100))

    assert problem["field"] == "custom.Tier"
    assert sorted(line.reads()) == ["get", "get", "get", "list", "other"]


def test_a_list_that_lags_is_no_evidence(line: Line, pipeline: Pipeline) -> None:
    line.write(*range(10))
    behind = [{**task, "custom": {}} for task in pipeline.planhat.tasks()]
    pipeline.planhat.add_fault(method="GET", path=r"^/tasks($|\?)", times=None, status=200, body=behind)
    line.read_back.look()

    assert line.problems.all() == []
    assert line.reads().count("get") == 3


def test_what_people_change_afterwards_is_theirs(line: Line, pipeline: Pipeline) -> None:
    line.write(1)
    task = dict(pipeline.planhat.tasks()[0])
    later = (datetime.now(UTC) + timedelta(seconds=10)).isoformat(timespec="milliseconds")
    pipeline.planhat.sandbox.tasks.load([{**task, "action": "by hand", "custom": {}, "updatedAt": later}])
    line.read_back.look()

    assert line.problems.all() == []


def test_what_is_still_to_be_written_is_not_missed(line: Line) -> None:
    line.write(1)
    line.pipeline.planhat.change(dropped_fields="custom.Tier")
    line.pipeline.accept(deal("deal.named", 1, name="new"))
    line.pipeline.planner().drain(lambda: False)
    line.read_back.look()

    assert line.reads() == []


def test_what_we_write_while_it_is_read_is_not_taken_for_a_change(line: Line, pipeline: Pipeline) -> None:
    line.write(1)
    pipeline.planhat.add_fault(method="GET", path="^/tasks/", delay_ms=1500)
    reading = threading.Thread(target=line.read_back.look)
    reading.start()
    end = time.monotonic() + 30
    while pipeline.redis.llen("planhook:reads") < 2:  # that of the task follows that of the custom fields
        assert time.monotonic() < end
        time.sleep(0.01)
    line.write(1, type_="deal.named", at=1, name="new")
    reading.join(30)

    assert line.reads() == ["other", "get"]
    assert line.problems.all() == []


def test_nothing_is_read_while_others_need_the_calls(make_line: Callable[..., Line], pipeline: Pipeline) -> None:
    pipeline.calls_per_minute = 40
    line = make_line()
    line.write(1)
    others = CallBudget(pipeline.redis, pipeline.calls_per_minute)
    assert {others.take() for _ in range(29)} == {0.0}
    line.read_back.look()

    assert line.reads() == []


def test_reading_takes_no_more_than_its_share(make_line: Callable[..., Line], pipeline: Pipeline) -> None:
    pipeline.calls_per_minute = 100
    line = make_line(percent=2)
    line.write(1, 2, 3)
    line.read_back.look()

    assert line.reads() == ["other", "get"]
    assert len(pipeline.planhat.calls()) == pipeline.journal.stats()["planhat_calls"] == 3
    assert pipeline.redis.llen("planhook:calls") == 3


def test_what_there_was_no_call_for_is_read_later(make_line: Callable[..., Line], pipeline: Pipeline) -> None:
    pipeline.calls_per_minute = 100
    line = make_line(percent=2)
    line.write(1, 2)
    line.read_back.look()
    pipeline.redis.delete("planhook:reads")

    end = time.monotonic() + 30
    while line.reads() != ["other", "get", "get"]:
        assert time.monotonic() < end, line.reads()
        time.sleep(0.05)
        line.read_back.look()


def test_nothing_is_read_while_planhat_is_to_be_left_alone(line: Line, pipeline: Pipeline) -> None:
    line.write(1)
    CallBudget(pipeline.redis, pipeline.calls_per_minute).pause(60, "busy")
    line.read_back.look()

    assert line.reads() == []


def test_a_read_that_meets_the_limit_has_everybody_wait(line: Line, pipeline: Pipeline) -> None:
    line.write(1)
    pipeline.planhat.add_fault(method="GET", path="^/tasks", status=429, headers={"Retry-After": "60"})
    line.read_back.look()

    assert pipeline.journal.stats()["paused_ms"] > 50_000


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_planhat_that_cannot_be_read_holds_up_nothing(line: Line, status: int) -> None:
    line.pipeline.planhat.add_fault(method="GET", times=None, status=status)

    assert line.process(1) == []
    assert line.pipeline.journal.stats()["paused_ms"] == 0
    asked = len(line.reads())
    assert line.process(2) == []
    assert len(line.reads()) == asked
    assert len(line.pipeline.tasks()) == 2


@pytest.mark.parametrize(("percent", "is_on"), [("0", False), ("10", True)])
def test_reading_back_can_be_switched_off(redis_url: str, tmp_path: Path, percent: str, is_on: bool) -> None:
    settings = Settings.from_env(
        {"PLANHAT_API_TOKEN": "t", "REDIS_URL": redis_url, "PLANHAT_READ_BACK_PERCENT": percent}
    )

    assert (Context(settings, LiveRulebook(tmp_path, {})).read_back is not None) == is_on
