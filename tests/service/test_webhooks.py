"""What senders get from `POST /webhooks/<source>`, and what is stored because of it."""

import json
from typing import Any, cast

import pytest

from planhook.wakeup import PLAN_JOB
from service.app import create_app
from tests.service.conftest import CRM, CRM_TOKEN, PUBLIC_URL, Web, environment, problem, signature

WON = {"id": "e1", "type": "deal.won", "deal": "D1", "name": "Räksmörgås", "company": "C1"}
NEWS = {"id": "e2", "type": "deal.updated", "deal": "D1"}


def test_new_events_are_answered_202_with_their_ids_in_the_order_of_the_request(web: Web) -> None:
    response = web.deliver(WON, NEWS)

    assert response.status_code == 202
    body = response.get_json()
    assert (body["accepted"], body["duplicates"]) == (2, 0)
    types = [web.journal.event(one)["types"] for one in body["events"]]
    assert ["deal.won" in types[0], "deal.won" in types[1]] == [True, False]


def test_a_delivery_that_comes_again_is_answered_200_with_the_same_ids(web: Web) -> None:
    first = web.deliver(WON, NEWS).get_json()
    again = web.deliver(WON, NEWS)

    assert again.status_code == 200
    assert again.get_json() == {"accepted": 0, "duplicates": 2, "events": first["events"]}
    assert web.journal.stats()["accepted"] == 2


def test_one_new_event_among_known_ones_makes_it_202(web: Web) -> None:
    web.deliver(WON)
    response = web.deliver(WON, NEWS)

    assert response.status_code == 202
    assert (response.get_json()["accepted"], response.get_json()["duplicates"]) == (1, 1)


def test_an_empty_batch_is_answered_200(web: Web) -> None:
    response = web.deliver()

    assert response.status_code == 200
    assert response.get_json() == {"accepted": 0, "duplicates": 0, "events": []}


def test_an_authentic_item_that_cannot_be_used_is_accepted(web: Web) -> None:
    assert web.deliver(WON, {"id": ["no", "id"], "type": "deal.won"}).status_code == 202
    assert web.journal.stats()["accepted"] == 2


@pytest.mark.parametrize(
    "path", ["/webhooks/unknown", "/webhooks/", "/webhooks/crm/", "/webhooks//crm", "/webhooks/%00"]
)
def test_an_unknown_address_is_404_and_no_redirect(web: Web, path: str) -> None:
    response = web.client.post(path, json={"items": [WON]}, headers=CRM)

    assert response.status_code == 404
    problem(response)
    assert web.contents() == set()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_405(web: Web, method: str) -> None:
    response = web.client.open("/webhooks/crm", method=method, headers={**CRM, "X-HTTP-Method-Override": "POST"})

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert web.contents() == set()


UNPROVEN: dict[str, tuple[str, dict[str, str]]] = {
    "nothing": ("crm", {}),
    "empty": ("crm", {"Authorization": ""}),
    "another scheme": ("crm", {"Authorization": f"Basic {CRM_TOKEN}"}),
    "a wrong token": ("crm", {"Authorization": "Bearer wrong"}),
    "not ASCII": ("crm", {"Authorization": "Bearer tök€n".encode().decode("latin-1")}),
    "proof of another source": ("billing", CRM),
    "a wrong signature": ("billing", {"X-Signature": "0" * 64}),
    "signature of other bytes": ("billing", signature(b"{}", f"{PUBLIC_URL}/webhooks/billing")),
}


@pytest.mark.parametrize("case", UNPROVEN)
def test_what_is_not_proven_gets_one_uniform_401_and_is_not_stored(web: Web, case: str) -> None:
    source, headers = UNPROVEN[case]
    response = web.client.post(f"/webhooks/{source}", json={"items": [WON]}, headers=headers)

    assert response.status_code == 401
    reference = web.client.post("/webhooks/crm", data=b"")
    assert (response.data, dict(response.headers)) == (reference.data, dict(reference.headers))
    assert web.contents() == set()


def test_an_unproven_body_is_not_even_read_as_json(web: Web) -> None:
    assert web.client.post("/webhooks/crm", data=b"[" * 100_000).status_code == 401


def test_a_signed_url_is_checked_as_it_was_received(web: Web) -> None:
    body, target = b'{"a": 1}', "/webhooks/billing?b=%2F&a=x+y%20z"
    headers = {**signature(body, PUBLIC_URL + target), "Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    assert web.client.post(target, data=body, headers=headers).status_code == 202
    assert web.client.post("/webhooks/billing?b=/&a=x+y%20z", data=body, headers=headers).status_code == 401


def test_without_a_public_url_the_one_of_the_request_counts(redis_url: str, web: Web) -> None:
    client = create_app(env=environment(redis_url, web.rules_dir, PUBLIC_URL="")).test_client()
    headers = signature(b"{}", "http://localhost/webhooks/billing?x=1")

    assert client.post("/webhooks/billing?x=1", data=b"{}", headers=headers).status_code == 202


UNREADABLE: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "too deep": b"[" * 100_000,
    "NaN": b'{"items": [{"id": NaN}]}',
    "a key twice": b'{"items": [], "items": []}',
    "many digits": b'{"items": [' + b"9" * 5000 + b"]}",
    "UTF-16": '{"items": []}'.encode("utf-16"),
    "half a surrogate pair": rb'{"items": [{"id": "\ud800"}]}',
    "NUL": rb'{"items": [{"id": "\u0000"}]}',
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_proven_body_that_cannot_be_read_is_400_and_not_stored(web: Web, case: str) -> None:
    response = web.client.post("/webhooks/crm", data=UNREADABLE[case], headers=CRM)

    assert response.status_code == 400
    problem(response)
    assert web.contents() == set()


@pytest.mark.parametrize(
    "media_type", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/xml"]
)
def test_a_body_of_another_form_is_415_and_not_stored(web: Web, media_type: str) -> None:
    response = web.client.post("/webhooks/crm", data=b"a=b", headers=CRM, content_type=media_type)

    assert response.status_code == 415
    problem(response)
    assert web.contents() == set()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip", "x"])
def test_a_coded_body_is_415_whatever_it_holds(web: Web, coding: str) -> None:
    response = web.client.post("/webhooks/crm", data=b'{"items": []}', headers={**CRM, "Content-Encoding": coding})

    assert response.status_code == 415
    assert problem(response)["code"] == "body_coded"


def test_a_body_may_be_as_long_as_the_setting_says_and_no_longer(redis_url: str, web: Web) -> None:
    client = create_app(env=environment(redis_url, web.rules_dir, MAX_BODY_BYTES="2048")).test_client()
    body = b'{"items": []}'.ljust(2048)

    assert client.post("/webhooks/crm", data=body, headers=CRM).status_code == 200
    too_long = client.post("/webhooks/crm", data=body + b" ", headers=CRM)
    assert too_long.status_code == 413
    assert too_long.headers["Connection"] == "close"


def test_a_request_holds_at_most_a_thousand_events(web: Web) -> None:
    items = [{"id": str(number), "type": "x"} for number in range(1001)]

    assert web.deliver(*items).status_code == 413
    assert web.contents() == set()
    assert web.deliver(*items[:1000]).get_json()["accepted"] == 1000


def test_deliveries_in_a_row_wake_the_planner_once(web: Web) -> None:
    web.deliver(WON)
    web.deliver(NEWS)

    jobs = [job.decode() for job in cast(list[bytes], web.redis.lrange("rq:queue:planhook-plan", 0, -1))]
    assert len(jobs) == 1
    assert web.redis.hget(f"rq:job:{jobs[0]}", "description") == PLAN_JOB.encode()


def test_a_wake_up_that_fails_does_not_change_the_answer(redis_url: str, web: Web) -> None:
    # This user may not write RQ's keys.
    web.redis.acl_setuser("narrow", enabled=True, passwords="+pass", commands=["+@all"], keys=["planhook:*"])
    try:
        client = create_app(env=environment(_as_user(redis_url), web.rules_dir)).test_client()
        response = client.post("/webhooks/crm", json={"items": [WON]}, headers=CRM)
    finally:
        web.redis.acl_deluser("narrow")

    assert response.status_code == 202
    assert web.redis.exists("rq:queue:planhook-plan") == 0
    assert web.journal.stats()["waiting"] == 1


def test_one_line_is_logged_per_delivery_without_anything_secret(web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    web.client.post("/webhooks/crm?code=canary-query", json={"items": [{**WON, "name": "canary-body"}]}, headers=CRM)
    web.client.post("/webhooks/crm", data=b"canary-body", headers={**CRM, "X-Any": "canary-header"})
    web.client.post("/webhooks/crm", headers={"Authorization": "Bearer canary-token"})

    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["source"], line["status"], line["accepted"]) for line in lines] == [
        ("crm", 202, 1),
        ("crm", 400, 0),
        ("crm", 401, 0),
    ]
    assert lines[0]["bytes"] > 50
    assert lines[2]["reason"]
    assert "canary" not in out
    assert CRM_TOKEN not in out


def test_a_hostile_source_name_stays_within_its_line(web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    web.client.post("/webhooks/%0d%0a%1b[31m" + "x" * 3000)

    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert "\x1b" not in line
    assert len(line) < 500


def test_every_answer_forbids_browsers_to_guess_and_to_run_anything(web: Web) -> None:
    answers: list[Any] = [
        web.deliver(WON),
        web.client.get("/nowhere"),
        web.client.get("/livez"),
        web.get("/api/v1/stats"),
    ]
    answers.append(web.client.post("/webhooks/crm", data=b"x", headers={"Content-Encoding": "gzip"}))

    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers


def _as_user(url: str) -> str:
    return url.replace("redis://", "redis://narrow:pass@", 1)


def test_nothing_connects_to_redis_before_a_request_needs_it(redis_url: str, web: Web) -> None:
    # Connections of earlier tests may vanish meanwhile.
    before = {client["id"] for client in web.redis.client_list()}

    def added() -> int:
        return len({client["id"] for client in web.redis.client_list()} - before)

    app = create_app(env=environment(redis_url, web.rules_dir))
    assert added() == 0
    app.test_client().get("/readyz")
    assert added() == 1
