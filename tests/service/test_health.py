"""What `/livez` and `/readyz` say, and how the web process ends when it cannot start."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from devstack.redis_server import free_port
from planhook.core.event import from_iso
from planhook.store.fetches import Fetches, Lookup
from planhook.store.problems import Problem, Problems
from service.app import create_app
from tests.service.conftest import RULES, Web, environment, gunicorn


def ready(web: Web) -> dict[str, Any]:
    response = web.client.get("/readyz")
    assert response.status_code == 200
    body: dict[str, Any] = response.get_json()
    return body


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 6
    while not holds():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.05)


@pytest.fixture
def configurable(web: Web) -> Iterator[Redis]:
    """The server, whose settings are put back afterwards."""
    names = ("appendonly", "appendfsync", "maxmemory-policy")
    before = {name: str(web.redis.config_get(name)[name]) for name in names}
    yield web.redis
    for name, value in before.items():
        web.redis.config_set(name, value)


def test_a_process_that_lives_says_so(web: Web) -> None:
    assert web.client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ({"appendonly": "yes", "appendfsync": "always"}, "strict"),
        ({"appendonly": "yes", "appendfsync": "everysec"}, "standard"),
        ({"appendonly": "no"}, "none"),
    ],
)
def test_readiness_tells_how_durable_redis_is(
    web: Web, configurable: Redis, settings: dict[str, str], level: str
) -> None:
    for name, value in settings.items():
        configurable.config_set(name, value)

    assert ready(web)["redis"]["durability"] == level


def test_readiness_tells_the_memory_policy(web: Web, configurable: Redis) -> None:
    configurable.config_set("maxmemory-policy", "allkeys-lru")

    assert ready(web)["redis"] == {
        "ok": True,
        "durability": "strict",
        "maxmemory_policy": "allkeys-lru",
        "memory_used": None,
    }


def test_a_server_that_forbids_config_is_of_unknown_durability(redis_url: str, web: Web) -> None:
    web.redis.acl_setuser("plain", enabled=True, passwords="+pass", commands=["+@all", "-config"], keys=["*"])
    try:
        url = redis_url.replace("redis://", "redis://plain:pass@", 1)
        answer = create_app(env=environment(url, web.rules_dir)).test_client().get("/readyz")
    finally:
        web.redis.acl_deluser("plain")

    assert answer.status_code == 200
    assert answer.get_json()["redis"]["durability"] == "unknown"


def test_readiness_tells_how_long_the_oldest_event_waits(web: Web) -> None:
    assert ready(web)["oldest_waiting_seconds"] == 0
    web.deliver({"id": "e1", "type": "x"})

    eventually(lambda: ready(web)["oldest_waiting_seconds"] > 0)


def test_readiness_tells_what_cannot_be_fetched_why_and_since_when(web: Web) -> None:
    assert ready(web)["fetching"] == {"ok": True, "troubles": []}
    begun = datetime.now(UTC)
    lookup = Lookup("crm", "deal/1")
    Fetches(web.redis).postpone("fetcher", lookup, 0.0, pause_s=15.0, trouble="HubSpot: HTTP 401: no such token")
    fetching = ready(web)["fetching"]

    (trouble,) = fetching["troubles"]
    assert (fetching["ok"], trouble["source"], trouble["reason"]) == (False, "crm", "HubSpot: HTTP 401: no such token")
    assert abs(from_iso(trouble["since"]) - begun) < timedelta(seconds=5)


def test_readiness_tells_what_kind_of_thing_is_closed_to_us_and_nobody_s_address(web: Web) -> None:
    lookup = Lookup("cal", "calendar/ann@ourco.example")
    Fetches(web.redis).postpone("fetcher", lookup, 15.0, trouble="Google Calendar: HTTP 404", alone=True)
    (trouble,) = ready(web)["fetching"]["troubles"]

    assert (trouble["source"], trouble["lookup"]) == ("cal", "calendar")


def test_readiness_names_the_rule_whose_field_planhat_does_not_keep_but_no_values(web: Web) -> None:
    assert ready(web)["read_back"] == {"ok": True, "not_kept": []}
    told = Problem("Start", "custom.Tier", "rules.yaml:9", "Planhat did not keep it", "Gold", "absent", "t-1", "evt_1")
    Problems(web.redis).add(told, datetime.now(UTC))

    named = {"where": "rules.yaml:9", "rule": "Start", "field": "custom.Tier"}
    assert ready(web)["read_back"] == {"ok": False, "not_kept": [named]}


def test_a_source_that_anybody_may_use_is_shown(redis_url: str, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "sources:\n  open:\n    kind: json\n    verify: {scheme: none, allow_unverified: true}\n"
    )
    client = create_app(env=environment(redis_url, tmp_path)).test_client()

    warnings = client.get("/readyz").get_json()["sources"]["warnings"]
    assert len(warnings) == 1
    assert warnings[0].startswith("open: ")


def test_a_rule_file_broken_while_running_is_shown_and_the_old_set_stays(redis_url: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    web = Web(create_app(env=environment(redis_url, tmp_path)).test_client(), Redis.from_url(redis_url), tmp_path)
    version = ready(web)["rules"]["version"]
    file.write_text(RULES.replace("deal.won", "deal.won\n    iff: {}"))

    eventually(lambda: not ready(web)["rules"]["ok"])
    rules = ready(web)["rules"]
    assert rules["version"] == version
    assert "rules.yaml:" in rules["errors"][0]
    assert web.deliver({"id": "e1", "type": "x"}).status_code == 202
    web.redis.close()


def test_a_broken_rule_file_at_the_start_ends_gunicorn_with_one_message(redis_url: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.replace("then:", "thn:"))
    server = gunicorn(tmp_path, free_port(), environment(redis_url, tmp_path))
    server.start()
    eventually(lambda: not server.running)

    assert "rules.yaml:" in server.output()
    assert "did you mean then" in server.output()
    assert "Traceback" not in server.output()
    assert "Booting worker" not in server.output()
    assert server.stop(time.monotonic()) == 3


def test_missing_settings_end_the_process_with_one_message_that_names_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        create_app(env={"PORT": "many", "MAX_BODY_BYTES": "1"})

    assert end.value.code == 3
    message = capsys.readouterr().err
    assert all(name in message for name in ("PLANHAT_API_TOKEN", "PORT", "MAX_BODY_BYTES"))
