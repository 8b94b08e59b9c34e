"""What operators see of requests that were refused, and what a flood of them can cost."""

import ast
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from redis import Redis

from planhook.store.refusals import KEPT, OTHERS, UNKNOWN_SOURCE, Refusal, Refusals
from service.app import create_app
from service.refusals import RefusalCounter
from tests.service.conftest import CRM, OPERATOR, PUBLIC_URL, Web, environment, signature
from tests.service.test_health import eventually

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stored(web: Web) -> Refusals:
    return Refusals(web.redis)


def shown(web: Web) -> dict[str, Any]:
    response = web.get("/api/v1/refusals")
    assert response.status_code == 200
    body: dict[str, Any] = response.get_json()
    return body


def test_refusals_are_counted_by_source_and_reason(web: Web) -> None:
    forged = {"X-Signature": "0" * 64}
    for _ in range(3):
        web.client.post("/webhooks/billing", data=b"{}", headers=forged)
    web.client.post("/webhooks/billing", data=b"{}")
    web.client.post("/webhooks/crm", data=b"{", headers=CRM)
    web.client.post("/webhooks/crm", data=b"x" * 2_000_000, headers=CRM)
    web.client.post("/webhooks/crm", data=b"{}", headers=CRM, content_type="text/xml")
    web.client.post("/webhooks/crm", data=b"{}", headers={**CRM, "Content-Encoding": "gzip"})
    web.client.get("/webhooks/crm")
    web.client.post("/webhooks/nobody", data=b"{}")

    assert shown(web)["counts"] == {
        "billing": {"proof_missing": 1, "signature_wrong": 3},
        "crm": {
            "body_coded": 1,
            "body_long": 1,
            "json_unreadable": 1,
            "media_type": 1,
            "method_not_allowed": 1,
        },
        "nobody": {"unknown_source": 1},
    }


def test_the_last_refusals_are_shown_newest_first_with_time_status_and_reason(web: Web) -> None:
    begun = datetime.now(UTC)
    web.client.post("/webhooks/crm")
    web.client.post("/webhooks/nobody")
    last = shown(web)["last"]

    assert [(one["source"], one["status"], one["reason"]) for one in last] == [
        ("nobody", 404, "unknown_source"),
        ("crm", 401, "proof_missing"),
    ]
    assert begun.isoformat()[:19] <= last[0]["at"][:19] <= datetime.now(UTC).isoformat()[:19]


def test_only_so_many_are_kept(web: Web) -> None:
    for number in range(KEPT + 20):
        web.client.post(f"/webhooks/{'crm' if number < KEPT + 19 else 'final'}")
    body = shown(web)

    assert len(body["last"]) == KEPT
    assert body["last"][0]["source"] == "final"
    assert body["counts"]["crm"] == {"proof_missing": KEPT + 19}


def test_what_was_taken_in_or_could_not_be_is_no_refusal(web: Web, redis_url: str) -> None:
    web.deliver({"id": "e1", "type": "x"})
    web.deliver({"id": "e1", "type": "x"})
    nowhere = create_app(env=environment("redis://127.0.0.1:1/0", web.rules_dir)).test_client()
    assert nowhere.post("/webhooks/crm", json={"items": [{"id": "e2", "type": "x"}]}, headers=CRM).status_code == 503

    assert shown(web) == {"counts": {}, "last": []}


def test_nothing_of_a_refused_request_is_kept_but_the_name_of_its_source(web: Web) -> None:
    proof = signature(b"{}", f"{PUBLIC_URL}/webhooks/billing")
    web.client.post("/webhooks/billing?code=canary-query", data=b"canary-body", headers={**proof, "X-Any": "canary"})
    web.client.post("/webhooks/crm", data=b"[canary-body", headers={**CRM, "X-Any": "canary"})
    text = json.dumps(shown(web))

    assert "canary" not in text
    assert proof["X-Signature"] not in text
    assert CRM["Authorization"] not in text


def test_made_up_names_are_cut_cleaned_and_limited_but_real_sources_count_on(web: Web) -> None:
    web.client.post("/webhooks/%0d%0a%1b[31m%22" + "x" * 500)
    for number in range(400):
        web.client.post(f"/webhooks/made-up-{number}")
    before = shown(web)["counts"]
    web.client.post("/webhooks/crm")
    counts = shown(web)["counts"]

    assert '???[31m"' + "x" * 56 in before
    assert len(before) <= 301
    assert before[OTHERS][UNKNOWN_SOURCE] == 101
    assert counts["crm"] == {"proof_missing": 1}
    assert sum(sum(reasons.values()) for reasons in counts.values()) == 402


def test_other_processes_see_a_refusal_soon(web: Web) -> None:
    web.client.post("/webhooks/crm")

    eventually(lambda: Refusals(web.redis).counts() == {"crm": {"proof_missing": 1}})


def test_a_flood_of_forged_requests_writes_about_once_a_second(web: Web) -> None:
    counter = RefusalCounter(Refusals(web.redis))
    written, begun = _scripts_run(web.redis), time.monotonic()
    while time.monotonic() < begun + 1.5:
        for _ in range(1000):
            counter.note("crm", 401, "signature_wrong")

    assert _scripts_run(web.redis) - written <= 3
    counter.flush()
    assert Refusals(web.redis).counts()["crm"]["signature_wrong"] > 1000


def test_while_redis_is_away_refusals_are_still_answered_at_once(web: Web) -> None:
    client = create_app(env=environment("redis://127.0.0.1:1/0", web.rules_dir)).test_client()
    begun = time.monotonic()

    assert [client.post("/webhooks/crm").status_code for _ in range(20)] == [401] * 20
    assert time.monotonic() - begun < 1
    assert client.get("/api/v1/refusals", headers=OPERATOR).status_code == 503


def test_refusals_are_shown_to_prometheus_whatever_the_name(web: Web) -> None:
    web.client.post("/webhooks/crm")
    web.client.post('/webhooks/a"b%5Cc')
    lines = web.get("/metrics").text.splitlines()

    assert 'planhook_refusals_total{source="crm",reason="proof_missing"} 1' in lines
    assert r'planhook_refusals_total{source="a\"b\\c",reason="unknown_source"} 1' in lines


def codes() -> dict[str, set[str]]:
    """The code of each place that refuses a delivery, with the files it is in."""
    found: dict[str, set[str]] = {}
    for folder in ("planhook", "service"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id="ProofInvalid" | "BodyInvalid"), args=[_, code, *_]):
                        found.setdefault(ast.literal_eval(code), set()).add(file.name)
    return found


def test_every_refusal_has_a_code_that_the_page_of_senders_explains() -> None:
    page = (ROOT / "docs" / "senders.md").read_text("utf-8").partition("## What is refused, and why")[2]
    reasons = [row.split("|")[2] for row in page.partition("\n## ")[0].splitlines() if row.startswith("|")]
    explained = set(re.findall(r"`(\w+)`", "".join(reasons)))

    assert explained == codes().keys() | {"unknown_source", "method_not_allowed"}


def test_two_processes_add_to_one_record(stored: Refusals) -> None:
    refusal = Refusal(datetime.now(UTC), "crm", 401, "proof_wrong")
    stored.add({("crm", "proof_wrong"): 2}, [refusal])
    stored.add({("crm", "proof_wrong"): 3}, [refusal])

    assert stored.counts() == {"crm": {"proof_wrong": 5}}
    assert len(stored.last()) == 2


def _scripts_run(redis: Redis) -> int:
    stats = cast(dict[str, dict[str, int]], redis.info("commandstats"))
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval"))
