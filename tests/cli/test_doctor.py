"""`doctor`: each fault of an installation is found, named and comes with what to do."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

import sandbox.server
from planhook.store.budget import CallBudget
from planhook.store.fetches import Fetches, Lookup
from planhook.store.problems import Problem, Problems
from planhook.store.refusals import UNKNOWN_SOURCE, Refusal, Refusals
from tests.cli.conftest import NAMELESS, Past


@dataclass(frozen=True)
class Patient:
    """An installation: a past, a Planhat, and the environment."""

    past: Past
    planhat: sandbox.server.SandboxServer

    def examine(self, **changed: str) -> tuple[int, list[dict[str, Any]]]:
        environment = {
            "PLANHAT_API_TOKEN": self.planhat.token,
            "PLANHAT_API_URL": self.planhat.url,
            "PUBLIC_URL": "https://hooks.example.com",
            "API_TOKEN": "operator-token",
            "RULES_DIR": str(self.past.folder / "rules"),
            "CRM_TOKEN": "a-token-of-the-right-length",
        }
        done = self.past.planhook("doctor", "--json", **(environment | changed))
        return done.returncode, json.loads(done.stdout)["checks"]

    def complaints(self, **changed: str) -> list[dict[str, Any]]:
        code, checks = self.examine(**changed)
        found = [check for check in checks if check["status"] != "fine"]
        assert code == int(any(check["status"] == "error" for check in found))
        return found


@pytest.fixture
def patient(past: Past) -> Iterator[Patient]:
    (past.folder / "rules" / "sources.yaml").write_text(
        'sources:\n  crm:\n    kind: json\n    verify: {scheme: bearer, token: "${CRM_TOKEN}"}\n'
    )
    past.redis.flushdb()
    with sandbox.server.start() as server:
        yield Patient(past, server)


@pytest.fixture
def configurable(past: Past) -> Iterator[Redis]:
    """The server, whose settings are put back afterwards."""
    names = ("appendonly", "appendfsync", "maxmemory-policy")
    before = {name: str(past.redis.config_get(name)[name]) for name in names}
    yield past.redis
    for name, value in before.items():
        past.redis.config_set(name, value)


def test_a_sound_installation_is_fine_in_every_respect(patient: Patient) -> None:
    code, checks = patient.examine()

    assert [check for check in checks if check["status"] != "fine"] == []
    assert code == 0
    assert {check["about"] for check in checks} == {
        "settings", "redis", "clock", "planhat", "work", "rules", "sources",
    }  # fmt: skip
    assert any(check["seen"] == "crm (json): https://hooks.example.com/webhooks/crm" for check in checks)


def test_missing_and_wrong_settings_are_all_named(patient: Patient) -> None:
    found = patient.complaints(PLANHAT_API_TOKEN="", PORT="many")

    assert [check["status"] for check in found] == ["error", "error"]
    assert {re.match(r"[A-Z_]+", check["seen"])[0] for check in found} == {"PLANHAT_API_TOKEN", "PORT"}  # type: ignore[index]


def test_settings_that_may_surprise_are_warnings(patient: Patient) -> None:
    found = patient.complaints(API_TOKEN="", PUBLIC_URL="")

    assert [(check["status"], check["seen"]) for check in found] == [
        ("warning", "API_TOKEN is not set"),
        ("warning", "PUBLIC_URL is not set"),
    ]


def test_redis_that_is_away_is_an_error_and_planhat_is_not_asked(patient: Patient) -> None:
    found = patient.complaints(REDIS_URL="redis://127.0.0.1:1/0")

    assert [(check["about"], check["status"]) for check in found] == [("redis", "error"), ("planhat", "warning")]
    assert "REDIS_URL" in found[0]["advice"]


@pytest.mark.parametrize(
    ("name", "value", "status", "advice"),
    [
        ("appendfsync", "everysec", "warning", "appendfsync always"),
        ("appendonly", "no", "error", "appendonly yes"),
        ("maxmemory-policy", "allkeys-lru", "error", "noeviction"),
    ],
)
def test_redis_that_may_lose_events_is_found(
    patient: Patient, configurable: Redis, name: str, value: str, status: str, advice: str
) -> None:
    configurable.config_set(name, value)
    (found,) = patient.complaints()

    assert (found["about"], found["status"]) == ("redis", status)
    assert advice in found["advice"]


def test_a_wrong_token_is_found(patient: Patient) -> None:
    (found,) = patient.complaints(PLANHAT_API_TOKEN="wrong-token")

    assert (found["about"], found["status"]) == ("planhat", "error")
    assert "PLANHAT_API_TOKEN" in found["advice"]
    assert "wrong-token" not in json.dumps(found)


@pytest.mark.parametrize("changed", [{"PLANHAT_API_URL": "http://127.0.0.1:1"}, {"PLANHAT_API_TOKEN": "tökön"}])
def test_a_planhat_that_cannot_be_asked_is_found(patient: Patient, changed: dict[str, str]) -> None:
    (found,) = patient.complaints(**changed)

    assert (found["about"], found["status"]) == ("planhat", "error")


def test_while_nobody_may_call_planhat_the_doctor_does_not_either(patient: Patient) -> None:
    CallBudget(patient.past.redis, 180).pause(30, "busy")
    found = patient.complaints()

    assert ("planhat", "warning") in {(check["about"], check["status"]) for check in found}
    assert patient.planhat.calls() == []


def test_a_source_whose_api_refuses_us_is_found(patient: Patient) -> None:
    lookup = Lookup("crm", "deal/1")
    Fetches(patient.past.redis).postpone("fetcher", lookup, 0.0, pause_s=15.0, trouble="HubSpot: HTTP 401: no token")
    (found,) = patient.complaints()

    assert (found["about"], found["status"]) == ("fetch", "error")
    assert re.fullmatch(r"nothing is fetched for crm since \d{4}-.*Z: HubSpot: HTTP 401: no token", found["seen"])
    assert "token" in found["advice"]


def test_a_calendar_that_is_closed_to_us_is_found_by_name(patient: Patient) -> None:
    lookup = Lookup("cal", "calendar/ann@ourco.example")
    Fetches(patient.past.redis).postpone("fetcher", lookup, 15.0, trouble="Google Calendar: HTTP 404", alone=True)
    (found,) = patient.complaints()

    assert (found["about"], found["status"]) == ("fetch", "error")
    told = r"calendar/ann@ourco.example of cal cannot be fetched since \d{4}-.*Z: Google Calendar: HTTP 404"
    assert re.fullmatch(told, found["seen"])


def test_a_field_that_planhat_does_not_keep_is_found_with_file_and_line(patient: Patient) -> None:
    told = Problem("Start", "custom.Tier", "rules.yaml:9", "Planhat did not keep it", "Gold", "absent", "t-1", "evt_1")
    Problems(patient.past.redis).add(told, datetime.now(UTC))
    (found,) = patient.complaints()

    assert found["status"] == "warning"
    assert found["seen"] == "rules.yaml:9: Planhat did not keep it (rule 'Start', seen 1 time, last in task t-1)"


def test_of_many_such_fields_some_are_told_and_the_rest_counted(patient: Patient) -> None:
    for number in range(7):
        told = Problem(
            "Start", f"custom.F{number}", "rules.yaml:9", "Planhat did not keep it", "a", "b", "t-1", "evt_1"
        )
        Problems(patient.past.redis).add(told, datetime.now(UTC))
    found = patient.complaints()

    assert len(found) == 6
    assert found[-1]["seen"] == "2 more values that Planhat did not keep"
    assert "planhook problems" in found[-1]["advice"]


def test_dead_events_are_counted_with_where_to_look(patient: Patient) -> None:
    patient.past.bring(NAMELESS)
    (found,) = patient.complaints()

    assert (found["status"], found["seen"]) == ("warning", "1 event ended dead")
    assert "events list --status dead" in found["advice"]


def test_what_was_refused_in_the_last_day_is_counted_by_source_and_reason(patient: Patient) -> None:
    now = datetime.now(UTC)
    ages = [("stale", 25), ("signature_wrong", 23), ("signature_wrong", 1), ("stale", 0)]
    refused = [Refusal(now - timedelta(hours=hours), "crm", 401, reason) for reason, hours in ages]
    stray = Refusal(now, "nobody", 404, UNKNOWN_SOURCE)
    Refusals(patient.past.redis).add({}, [*refused, stray])
    code, checks = patient.examine()

    crm, strays = (check for check in checks if check["about"] == "refusals")
    assert code == 0
    assert crm["status"] == "warning"
    assert crm["seen"] == "3 requests to crm refused in the last day: signature_wrong 2, stale 1"
    assert "planhook refusals" in crm["advice"]
    assert (strays["status"], strays["seen"]) == ("fine", "1 request to sources that do not exist in the last day")


def test_events_that_wait_for_long_are_found(patient: Patient) -> None:
    patient.past.redis.zadd("planhook:waiting", {"evt_1": 1})
    (found,) = patient.complaints()

    assert (found["about"], found["status"]) == ("work", "error")
    assert "worker" in found["advice"]


def test_broken_rules_and_unset_secrets_are_found_with_file_and_line(patient: Patient) -> None:
    (unset,) = patient.complaints(CRM_TOKEN="")
    assert re.search(r"sources.yaml:\d+: .*CRM_TOKEN", unset["seen"])
    rules = patient.past.folder / "rules" / "rules.yaml"
    rules.write_text(rules.read_text().replace("then:", "thn:"))

    assert any("rules.yaml:" in check["seen"] for check in patient.complaints())


def test_people_read_marks_and_advice(patient: Patient) -> None:
    done = patient.past.planhook("doctor", RULES_DIR=str(patient.past.folder / "rules"))

    assert done.returncode == 1
    assert done.stdout.startswith("✗ settings: PLANHAT_API_TOKEN is not set")
