"""The operator API, metrics and their description."""

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import fastjsonschema
import pytest

from planhook.store.problems import MOST, Problem, Problems
from service.app import create_app
from tests.service.conftest import API_TOKEN, OPERATOR, Web, environment, problem


def won(number: int) -> dict[str, Any]:
    return {"id": f"w{number}", "type": "deal.won", "deal": f"D{number}", "name": "Acme", "company": "C1"}


def lost(number: int) -> dict[str, Any]:
    return {"id": f"l{number}", "type": "deal.lost", "deal": f"D{number}"}


GUARDED = [
    ("GET", "/api/v1/stats"),
    ("GET", "/api/v1/refusals"),
    ("GET", "/api/v1/problems"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/events/x"),
    ("POST", "/api/v1/events/x/replay"),
    ("POST", "/api/v1/replay"),
    ("GET", "/api/v1/tasks/x"),
    ("GET", "/metrics"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", f"Basic {API_TOKEN}", f"Bearer {API_TOKEN}x", "Bearer tökén".encode()],
)
def test_without_the_token_the_operators_routes_are_401(
    web: Web, method: str, path: str, authorization: str | bytes | None
) -> None:
    given = authorization.decode("latin-1") if isinstance(authorization, bytes) else authorization
    response = web.client.open(path, method=method, headers={} if given is None else {"Authorization": given})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert "API_TOKEN" in problem(response)["detail"]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_without_a_configured_token_they_are_closed_and_say_why(
    redis_url: str, web: Web, method: str, path: str
) -> None:
    client = create_app(env=environment(redis_url, web.rules_dir, API_TOKEN="")).test_client()
    response = client.open(path, method=method, headers={"Authorization": "Bearer "})

    assert response.status_code == 401
    assert "API_TOKEN is not set" in problem(response)["detail"]


def test_the_word_bearer_may_be_written_in_any_case(web: Web) -> None:
    assert web.client.get("/api/v1/stats", headers={"Authorization": f"bearer {API_TOKEN}"}).status_code == 200


def test_stats_balance_and_name_the_rules_in_use(web: Web) -> None:
    web.deliver(won(1), lost(1))
    web.deliver(won(1))
    web.plan()
    web.deliver(lost(2))
    response = web.get("/api/v1/stats")

    stats = response.get_json()
    assert (stats["accepted"], stats["duplicates"], stats["ignored"], stats["waiting"]) == (3, 1, 1, 2)
    assert stats["tasks_pending"] == 1
    assert stats["held"] == 0
    assert re.fullmatch(r"[0-9a-f]+", stats["rules_version"])
    assert response.headers["Cache-Control"] == "no-store"


def test_events_are_listed_newest_first_page_by_page(web: Web) -> None:
    sent = [web.deliver(lost(number)).get_json()["events"][0] for number in range(5)]
    pages: list[list[str]] = []
    cursor = ""
    while True:
        page = web.get(f"/api/v1/events?limit=2{cursor}").get_json()
        pages.append([row["id"] for row in page["events"]])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert [one for page in pages for one in page] == sent[::-1]
    assert all(len(page) <= 2 for page in pages)


@pytest.mark.parametrize("limit", [201, 10**30])
def test_a_page_has_200_rows_at_most_whatever_is_asked_for(web: Web, limit: int) -> None:
    web.deliver(*(lost(number) for number in range(201)))

    page = web.get(f"/api/v1/events?limit={limit}").get_json()

    assert len(page["events"]) == 200
    assert len(web.get(f"/api/v1/events?cursor={page['next']}").get_json()["events"]) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=ignored", {"l1"}),
        ("status=waiting", {"w1", "w2"}),
        ("status=dead", set()),
        ("source=crm", {"w1", "w2", "l1"}),
        ("source=other", set()),
        ("type=deal.won", {"w1", "w2"}),
        ("type=deal.*&status=ignored", {"l1"}),
        ("task=start/D2", {"w2"}),
        ("q=w1", {"w1"}),
        ("", {"w1", "w2", "l1"}),
    ],
)
def test_filters_narrow_the_list(web: Web, query: str, expected: set[str]) -> None:
    web.deliver(won(1), won(2), lost(1))
    web.plan()
    rows = web.get(f"/api/v1/events?{query}").get_json()["events"]

    assert {web.get(f"/api/v1/events/{row['id']}").get_json()["event"]["payload"]["id"] for row in rows} == expected


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("cursor=-1", "cursor"),
        ("cursor=1g", "cursor"),
        ("status=done", "status"),
        ("stauts=dead", "stauts"),
        ("q=" + "x" * 501, "q"),
    ],
)
def test_a_wrong_query_is_400_and_the_wrong_part_is_named(web: Web, query: str, named: str) -> None:
    response = web.get(f"/api/v1/events?{query}")

    assert response.status_code == 400
    assert list(problem(response)["errors"]) == [named]


def test_an_event_is_shown_with_decisions_and_operations(web: Web) -> None:
    event_id = web.deliver(won(1)).get_json()["events"][0]
    web.plan()
    event = web.get(f"/api/v1/events/{event_id}").get_json()

    assert (event["id"], event["status"], event["attempt"]) == (event_id, "waiting", 1)
    assert event["event"]["deal"]["name"] == "Acme"
    assert [decision["rule"] for decision in event["decisions"]] == ["Start"]
    assert [(one["sourceId"], one["outcome"]) for one in event["operations"]] == [("start/D1", "pending")]


def test_an_event_is_shown_with_what_todays_rules_say_and_the_tasks_that_it_is_about(web: Web) -> None:
    event_id = web.deliver(won(1)).get_json()["events"][0]
    web.plan()
    event = web.get(f"/api/v1/events/{event_id}").get_json()
    (told,) = event["explanation"]["decisions"]

    assert event["explanation"]["rules_version"] == event["rules_version"]
    assert told["actions"][0]["fields"]["companyId"]["placeholders"] == [
        {"path": "deal.company_id", "found": "C1", "filters": [], "problem": None}
    ]
    assert [task["sourceId"] for task in event["tasks"]] == ["start/D1"]
    assert event["meaning"] == "it is about to be planned or written"


def test_an_event_is_as_the_description_says(web: Web) -> None:
    schemas = web.client.get("/openapi.json").get_json()["components"]["schemas"]
    document = {"$ref": "#/components/schemas/EventInFull", "components": {"schemas": schemas}}
    is_described = fastjsonschema.compile(document, use_default=False)
    web.deliver(won(1), {**won(2), "name": None}, lost(1))
    web.plan()

    for row in web.get("/api/v1/events").get_json()["events"]:
        event = is_described(web.get(f"/api/v1/events/{row['id']}").get_json())
        assert event["id"] == row["id"]


@pytest.mark.parametrize("name", ["evt_0", "..%2fstats", "%00", "*", "x" * 3000])
def test_an_unknown_event_or_task_is_404(web: Web, name: str) -> None:
    for path in (f"/api/v1/events/{name}", f"/api/v1/tasks/{name}"):
        response = web.get(path)
        assert response.status_code == 404
        problem(response)
    assert web.client.post(f"/api/v1/events/{name}/replay", headers=OPERATOR).status_code == 404


def test_an_ended_event_is_planned_again_by_a_replay(web: Web) -> None:
    event_id = web.deliver(lost(1)).get_json()["events"][0]
    web.plan()
    response = web.client.post(f"/api/v1/events/{event_id}/replay", headers=OPERATOR)

    assert (response.status_code, response.get_json()) == (202, {"replayed": 1})
    assert web.journal.event(event_id)["status"] == "waiting"
    assert web.redis.llen("rq:queue:planhook-plan") >= 1
    web.plan()
    assert web.journal.event(event_id)["attempt"] == 2


def test_a_waiting_event_is_not_replayed(web: Web) -> None:
    event_id = web.deliver(lost(1)).get_json()["events"][0]
    response = web.client.post(f"/api/v1/events/{event_id}/replay", headers=OPERATOR)

    assert response.status_code == 409
    assert web.journal.event(event_id)["attempt"] == 1


def test_many_events_are_replayed_by_filter_after_a_dry_run_that_changes_nothing(web: Web) -> None:
    web.deliver(lost(1), lost(2), won(1))
    web.plan()
    order = {"type": "deal.lost", "status": "ignored"}
    dry = web.client.post("/api/v1/replay", json={**order, "dry_run": True}, headers=OPERATOR)

    assert (dry.status_code, dry.get_json()) == (200, {"matched": 2, "replayed": 0})
    assert web.journal.stats()["ignored"] == 2
    wet = web.client.post("/api/v1/replay", json=order, headers=OPERATOR)
    assert wet.get_json() == {"matched": 2, "replayed": 2}
    assert web.journal.stats()["waiting"] == 3


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b'{"dryrun": true}', b'{"dry_run": "yes"}', b'{"status": 1}', b'{"limit": 1}']
)
def test_a_wrong_replay_order_is_400_and_replays_nothing(web: Web, body: bytes) -> None:
    web.deliver(lost(1))
    web.plan()
    response = web.client.post("/api/v1/replay", data=body, headers=OPERATOR)

    assert response.status_code == 400
    problem(response)
    assert web.journal.stats()["ignored"] == 1


def test_a_replay_order_is_bounded(web: Web) -> None:
    assert web.client.post("/api/v1/replay", data=b" " * 70_000, headers=OPERATOR).status_code == 413


def test_a_task_is_found_by_its_source_id_slashes_included(web: Web) -> None:
    event_id = web.deliver(won(1)).get_json()["events"][0]
    web.plan()
    for path in ("/api/v1/tasks/start/D1", "/api/v1/tasks/start%2FD1"):
        task = web.get(path).get_json()
        assert (task["sourceId"], task["state"], task["pending"]) == ("start/D1", "open", True)
        assert task["fields"]["action"]["value"] == "Acme"
        assert [entry["event"] for entry in task["history"]] == [event_id]


def test_text_of_senders_is_shown_as_it_is(web: Web) -> None:
    event_id = web.deliver({**won(1), "name": "<b>Räksmörgås"}).get_json()["events"][0]

    assert "<b>Räksmörgås".encode() in web.get(f"/api/v1/events/{event_id}").data


def test_a_defect_is_a_500_that_shows_nothing_and_a_line_of_log_that_shows_all(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    web.redis.hset("planhook:event:evt_broken", "b", "{")
    response = web.get("/api/v1/events/evt_broken")

    assert response.status_code == 500
    assert set(problem(response)) == {"type", "title", "status"}
    assert "JSONDecodeError" in json.loads(capsys.readouterr().out)["exception"]


def test_metrics_are_prometheus_text_with_the_figures_of_the_journal(web: Web) -> None:
    web.deliver(won(1), lost(1))
    web.deliver(won(1))
    response = web.get("/metrics")

    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = response.text.splitlines()
    assert "planhook_events_accepted_total 2" in lines
    assert "planhook_events_duplicate_total 1" in lines
    assert 'planhook_events{status="waiting"} 2' in lines
    assert "planhook_rules_ok 1" in lines
    sample = re.compile(r'(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{status="[a-z]+"\})? [0-9.]+)')
    assert [line for line in lines if not sample.fullmatch(line)] == []


NOT_KEPT = Problem(
    "Start", "action", "rules.yaml:17", "Planhat did not keep action", "Acme", "absent", "start/D1", "evt_1"
)


def test_what_planhat_does_not_keep_is_told_to_the_operator_and_counted(web: Web) -> None:
    assert web.get("/api/v1/problems").get_json() == {"problems": []}
    at = datetime(2026, 10, 2, 15, tzinfo=UTC)
    Problems(web.redis).add(NOT_KEPT, at)
    Problems(web.redis).add(NOT_KEPT, at + timedelta(minutes=1))

    times = {"first": "2026-10-02T15:00:00.000Z", "last": "2026-10-02T15:01:00.000Z"}
    assert web.get("/api/v1/problems").get_json() == {"problems": [{**asdict(NOT_KEPT), "count": 2, **times}]}
    assert web.get("/api/v1/stats").get_json()["problems"] == 1
    assert "planhook_problems 1" in web.get("/metrics").text.splitlines()


def test_the_event_says_what_planhat_did_not_keep_of_it(web: Web) -> None:
    web.deliver(won(1))
    web.plan()
    Problems(web.redis).add(NOT_KEPT, datetime.now(UTC))
    (row,) = web.get("/api/v1/events").get_json()["events"]

    (operation,) = web.get(f"/api/v1/events/{row['id']}").get_json()["operations"]
    assert operation["not_kept"] == ["Planhat did not keep action"]


def test_no_more_problems_are_kept_than_people_would_read(web: Web) -> None:
    problems = Problems(web.redis)
    for number in range(MOST + 1):
        problems.add(replace(NOT_KEPT, field=f"custom.{number}"), datetime.now(UTC))

    assert len(problems.all()) == MOST


def test_every_route_is_described_with_its_methods(web: Web) -> None:
    described = {
        (path, method.upper())
        for path, operations in web.client.get("/openapi.json").get_json()["paths"].items()
        for method in operations
        if method != "parameters"
    }
    never_allowed = {"HEAD", "PUT", "PATCH", "DELETE", "TRACE"}
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in web.client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - never_allowed
    }

    assert described == served


def test_the_description_has_no_dangling_reference_and_says_what_needs_the_token(web: Web) -> None:
    response = web.client.get("/openapi.json")
    document = response.get_json()

    assert document["openapi"].startswith("3.")
    names = set(re.findall(r"#/components/schemas/(\w+)", response.text))
    assert names == set(document["components"]["schemas"])
    guarded = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters" and "security" in item[method]
    }
    assert guarded == {(method, _shape(path)) for method, path in GUARDED}


def _shape(path: str) -> str:
    return re.sub(r"tasks/x$", "tasks/{source_id}", path).replace("events/x", "events/{event_id}")
