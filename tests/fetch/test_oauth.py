"""Access tokens: one for many calls, a new one in time, and nothing secret in any message."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from redis import Redis

from planhook.core.errors import FetchAccessRefused, FetchUnavailable
from planhook.fetch.api import Api
from planhook.fetch.oauth import AccessToken
from planhook.store.connection import connect
from planhook.store.fetches import FetchCache, SourceBudget
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import Request, StandIn, serving

SECRET = "client-secret-of-the-tests"


@dataclass
class TokenApi(StandIn):
    """Gives numbered tokens at /token; everything else wants the latest one that was not revoked."""

    lives_s: Any = 3600
    given: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/token":
            self.given.append(f"access-{len(self.given) + 1}")
            return 200, {"access_token": self.given[-1], "expires_in": self.lives_s, "token_type": "Bearer"}
        if request.token not in self.given[-1:]:
            return 401, {"error": {"code": 401, "message": f"{request.token} is no token"}}
        return 200, {"number": len(self.given)}


@pytest.fixture
def api() -> Iterator[TokenApi]:
    with serving(TokenApi()) as running:
        yield running


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    redis = connect(redis_url, timeout=5, connections=16)
    yield redis
    redis.connection_pool.disconnect()


@pytest.fixture
def client(api: TokenApi, redis: Redis) -> Api:
    budget, cache = SourceBudget(redis, "cal", 1000, 60.0), FetchCache(redis, "cal")
    endpoint = Api("Sign-in", f"{api.url}/token", budget, cache, threading.Event().is_set)
    access = AccessToken(endpoint, lambda: {"grant_type": "client_credentials", "client_secret": SECRET})
    return replace(endpoint, name="Calendar", base_url=api.url, access=access)


def test_one_token_serves_many_calls_of_many_threads(api: TokenApi, client: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(client.get, ["/things"] * 16))

    assert answers == [{"number": 1}] * 16
    (asked,) = api.taken("/token")
    assert asked.form == {"grant_type": "client_credentials", "client_secret": SECRET}
    assert "authorization" not in asked.headers


@pytest.mark.parametrize("lives_s", [60, "30", 0, -5])
def test_a_token_that_is_about_to_end_serves_one_call(api: TokenApi, client: Api, lives_s: Any) -> None:
    api.lives_s = lives_s

    assert [client.get("/things"), client.get("/things")] == [{"number": 1}, {"number": 2}]


@pytest.mark.parametrize("lives_s", [None, "soon", []])
def test_a_token_that_does_not_say_how_long_it_lives_is_kept_a_while(api: TokenApi, client: Api, lives_s: Any) -> None:
    api.lives_s = lives_s
    client.get("/things")
    client.get("/things")

    assert len(api.given) == 1


def test_a_token_that_is_refused_is_replaced_once(api: TokenApi, client: Api) -> None:
    client.get("/things")
    api.given.append("elsewhere")

    assert client.get("/things") == {"number": 3}
    api.faults.append(Fault(401, b"{}", part_of_path="/things", times=2))
    with pytest.raises(FetchAccessRefused):
        client.get("/things")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_credentials_that_are_refused_tell_a_person_without_naming_them(
    api: TokenApi, client: Api, status: int
) -> None:
    said = f'{{"error": "invalid_grant", "error_description": "Token revoked, secret {SECRET}"}}'.encode()
    api.faults.append(Fault(status, said, part_of_path="/token"))

    with pytest.raises(FetchAccessRefused, match=r"Sign-in: HTTP 40.: invalid_grant: Token revoked") as refusal:
        client.get("/things")
    assert SECRET not in str(refusal.value)
    assert client.get("/things") == {"number": 1}


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"access_token": "a\\nb"}', b'{"access_token": 7}', b"", b"<html>"])
def test_an_answer_without_a_token_is_an_outage(api: TokenApi, client: Api, body: bytes) -> None:
    api.faults.append(Fault(200, body, part_of_path="/token"))

    with pytest.raises(FetchUnavailable):
        client.get("/things")


def test_no_message_names_the_access_token(api: TokenApi, client: Api) -> None:
    api.faults.append(Fault(400, b'{"message": "access-1 may not"}', part_of_path="/things"))

    with pytest.raises(Exception, match=r"\[token\] may not"):
        client.get("/things")
    assert SECRET not in repr(client)


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded"])
def test_a_403_that_means_too_many_calls_is_a_wait(api: TokenApi, client: Api, reason: str) -> None:
    said = f'{{"error": {{"code": 403, "message": "Limit", "errors": [{{"reason": "{reason}"}}]}}}}'.encode()
    api.faults.append(Fault(403, said, part_of_path="/things"))

    with pytest.raises(FetchUnavailable) as wait:
        client.get("/things")
    assert wait.value.rate_limited
