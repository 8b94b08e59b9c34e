"""The token of the tests is a canary: it may go to Planhat in one header, and nowhere else."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import structlog

from planhook.core.errors import PlanhatError
from planhook.planhat.client import PlanhatClient
from planhook.planhat.wire import item
from sandbox.server import SandboxServer

from .conftest import TOKEN
from .hostile_server import HostileServer, drips, says

CANARY = "canary-5f1d"
ESCAPED = TOKEN.replace("/", "\\/")
ITEMS = [item("onb-1", None, {"action": "x"}), item("onb-2", None, {"action": "x"})]


@pytest.fixture(autouse=True)
def all_levels_are_logged() -> None:
    """Whatever level a test before this one configured."""
    structlog.reset_defaults()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything logged so far, by us and by any library, at every level."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as entries:
        yield lambda: repr(entries) + caplog.text


def calls_of(client: PlanhatClient) -> list[Callable[[], Any]]:
    return [
        client.ping,
        lambda: client.bulk_upsert(ITEMS),
        lambda: client.bulk_upsert(ITEMS[:1]),
        lambda: client.get_task(source_id="onb-1"),
        lambda: client.create_task({"sourceId": "onb-1", "action": "x"}),
        lambda: client.update_task({"action": "x"}, source_id="onb-1"),
        lambda: client.delete_task("6102c9748084189dcbf0df60"),
        lambda: list(client.list_tasks()),
    ]


def everything_about(error: BaseException) -> str:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return "".join(traceback.format_exception(error)) + repr([(one, vars(one), one.args) for one in chain])


def whatever_comes_of(call: Callable[[], Any]) -> str:
    try:
        return repr(call())
    except PlanhatError as error:
        return everything_about(error)


def answer(status: int, body: str) -> bytes:
    return f"HTTP/1.1 {status} {TOKEN}\r\nX-Echo: {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


ECHOES = {
    "as text": f"your token {TOKEN} is bad",
    "as JSON": f'{{"message": "Bearer {TOKEN}"}}',
    "escaped": f'{{"message": "Bearer {ESCAPED}"}}',
    "as errors": f'{{"created": 1, "createdErrors": ["onb-1 {TOKEN}", {{"sourceId": "onb-2", "error": "{ESCAPED}"}}]}}',
    "as a task": f'{{"_id": "6102c9748084189dcbf0df60", "action": "{TOKEN}"}}',
}


@pytest.mark.parametrize("status", [200, 206, 302, 400, 401, 403, 404, 413, 429, 500, 503])
@pytest.mark.parametrize("body", ECHOES.values(), ids=ECHOES)
def test_a_server_that_echoes_the_token_gets_it_into_nothing(status: int, body: str, logged: Callable[[], str]) -> None:
    with HostileServer(says(answer(status, body))) as server, PlanhatClient(server.url, TOKEN) as client:
        for call in calls_of(client):
            assert CANARY not in whatever_comes_of(call)
        assert CANARY not in repr(client) + str(client) + repr(vars(client))
        assert all(TOKEN.encode() in head for head in server.heads)
    assert CANARY not in logged()


@pytest.mark.parametrize("behave", [drips(b""), says(b""), says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}")])
def test_a_failing_connection_brings_the_token_into_nothing(behave: Any, logged: Callable[[], str]) -> None:
    with HostileServer(behave) as server:
        client = PlanhatClient(server.url, TOKEN, bulk_s=0.1, single_s=0.1)
        for call in calls_of(client):
            with pytest.raises(PlanhatError) as raised:
                call()
            assert CANARY not in everything_about(raised.value)
    with pytest.raises(PlanhatError) as raised:  # and now nobody listens
        client.ping()
    client.close()
    assert CANARY not in everything_about(raised.value)
    assert CANARY not in logged()


@pytest.mark.parametrize("token", ["", "canary-5f1d\r\nX: y", "canary-5f1d ", "canary-5f1d-é", "canary-5f1d\0"])
def test_an_unusable_token_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValueError) as refusal:
        PlanhatClient("https://api.planhat.com", token)
    assert CANARY not in everything_about(refusal.value)


def test_a_call_is_logged_with_its_facts_and_without_its_payload(
    planhat: PlanhatClient, sandbox: SandboxServer, logged: Callable[[], str]
) -> None:
    with structlog.testing.capture_logs() as entries, suppress(PlanhatError):
        planhat.bulk_upsert([item("onb-secret-deal", None, {"action": "Secret"})])
        planhat.get_task(source_id="onb-secret-deal")
    assert [(entry["method"], entry["path"], entry["status"], entry["items"]) for entry in entries] == [
        ("PUT", "tasks", 400, 1),
        ("GET", "task", 404, None),
    ]
    assert "ecret" not in repr(entries)
