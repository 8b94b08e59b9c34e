from pathlib import Path

import pytest
import redis

from devstack.redis_server import EmbeddedRedis, RedisServerError, find_binary


def _write(url: str, key: str, value: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set(key, value)


def _read(url: str, key: str) -> str | None:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        value: str | None = client.get(key)
        return value


def test_what_was_answered_survives_a_kill_of_the_server(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        url = server.url
        _write(url, "event", "accepted")
        server.kill()
        with pytest.raises(redis.ConnectionError):
            _read(url, "event")

        server.restart()

        assert server.url == url
        assert _read(url, "event") == "accepted"


def test_a_stopped_server_leaves_its_data_to_the_next_one(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as first:
        _write(first.url, "event", "accepted")

    with EmbeddedRedis(tmp_path) as second:
        assert _read(second.url, "event") == "accepted"


def test_nothing_listens_after_the_context_ends(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        url = server.url

    assert server.pid is None
    with pytest.raises(redis.ConnectionError):
        _read(url, "event")


def test_the_server_is_durable_and_never_evicts(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        settings = client.config_get("appendonly", "appendfsync", "maxmemory-policy", "bind", "save")

    assert settings == {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
        "save": "",
    }


def test_a_record_with_a_body_takes_the_small_form(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.hset("record", mapping={"s": "waiting", "b": "x" * 1000})

        assert client.object("encoding", "record") == b"listpack"


def test_two_servers_never_share_a_folder(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as first, pytest.raises(RedisServerError, match=rf"process {first.pid}\)"):
        EmbeddedRedis(tmp_path).start()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(RedisServerError, match=r"maxmemory-policy|did not start"):
        EmbeddedRedis(tmp_path, options={"maxmemory-policy": "no-such-policy"}).start()


def test_the_named_binary_comes_before_all_others(tmp_path: Path) -> None:
    mine = tmp_path / "my-server"
    mine.write_text("#!/bin/true\n")
    mine.chmod(0o755)

    assert find_binary({"REDIS_SERVER_BIN": str(mine)}) == mine


def test_a_server_on_the_path_comes_before_the_wheel(tmp_path: Path) -> None:
    mine = tmp_path / "redis-server"
    mine.write_text("#!/bin/true\n")
    mine.chmod(0o755)

    assert find_binary({"PATH": str(tmp_path)}) == mine


def test_the_wheel_brings_a_server_when_the_path_has_none() -> None:
    assert find_binary({"PATH": ""}).name == "valkey-server"


def test_a_named_binary_that_is_missing_is_a_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(RedisServerError, match="REDIS_SERVER_BIN"):
        find_binary({"REDIS_SERVER_BIN": str(tmp_path / "absent")})
