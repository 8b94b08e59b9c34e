"""Whatever a server does, a call ends in time, within bounds, with the right error, and without a second try."""

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import time
import tracemalloc
from pathlib import Path

import pytest

from planhook.core.errors import PlanhatError, PlanhatUnavailable, PlanhatUnclear
from planhook.planhat.client import PlanhatClient
from planhook.planhat.wire import item

from .conftest import TOKEN
from .hostile_server import Behave, HostileServer, drips, floods, says

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BOMB = gzip.compress(bytes(200 * 1024 * 1024), compresslevel=1)
ITEMS = [item("onb-1", None, {"action": "x"})]
LIMIT_S = 0.5


def whole(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([HEAD.rstrip(), *headers, b"Content-Length: %d" % len(body), b"", body])


def client_of(url: str) -> PlanhatClient:
    return PlanhatClient(url, TOKEN, connect_s=LIMIT_S, bulk_s=LIMIT_S, single_s=LIMIT_S)


HOSTILE: dict[str, Behave] = {
    "no answer": drips(b"", drop=b""),
    "head a byte at a time": drips(b"HTTP/1.1 200 OK\r\nX-Long: "),
    "endless header lines": floods(HEAD, b"X-More: 1\r\n"),
    "body a byte at a time": drips(HEAD + b"Content-Length: 1000\r\n\r\n"),
    "chunks a byte at a time": drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", drop=b"1\r\nx\r\n"),
    "endless chunks": floods(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + bytes(65_536) + b"\r\n"),
    "endless body": floods(HEAD + b"\r\n", bytes(65_536)),
    "gzip bomb": says(whole(BOMB, b"Content-Encoding: gzip")),
    "broken gzip": says(whole(b"abcd", b"Content-Encoding: gzip")),
    "cut body": says(HEAD + b"Content-Length: 1000\r\n\r\n{}"),
    "cut head": says(b"HTTP/1.1 200 OK\r\nConte"),
    "not HTTP": says(b"\x00\x01\x02 hello\r\n\r\n"),
    "hangs up": says(b""),
    "deep JSON": says(whole(b"[" * 200_000)),
    "huge number": says(whole(b"1" * 9000)),
    "endless 100s": floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("behave", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_makes_a_write_unclear_and_a_read_unavailable_in_time(behave: Behave) -> None:
    with HostileServer(behave) as server, client_of(server.url) as client:
        began = time.monotonic()
        with pytest.raises(PlanhatUnclear):
            client.bulk_upsert(ITEMS)
        with pytest.raises(PlanhatUnavailable):
            client.get_task(source_id="onb-1")
        assert time.monotonic() - began < 2 * LIMIT_S + 1
        assert len(server.heads) == 2


def test_an_answer_beyond_the_cap_is_dropped_long_before_its_end() -> None:
    bomb = whole(BOMB, b"Content-Encoding: gzip")
    with HostileServer(says(bomb)) as server, PlanhatClient(server.url, TOKEN, bulk_s=30, single_s=30) as client:
        tracemalloc.start()
        with pytest.raises(PlanhatUnavailable, match="TooMuch"):
            client.get_task(source_id="onb-1")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 20 * 1024 * 1024


def test_the_client_works_again_after_a_call_was_cut_off() -> None:
    answers = iter([drips(HEAD), says(whole(b'{"_id": "6102c9748084189dcbf0df60"}'))])

    def one_after_the_other(connection: socket.socket, stopping: object) -> None:
        next(answers)(connection, stopping)  # type: ignore[arg-type]

    with HostileServer(one_after_the_other) as server, client_of(server.url) as client:
        with pytest.raises(PlanhatUnavailable):
            client.get_task(source_id="onb-1")
        task = client.get_task(source_id="onb-1")
        assert task is not None


def test_a_refused_connection_is_unavailable() -> None:
    with HostileServer(says(b"")) as server:
        url = server.url
    with client_of(url) as client, pytest.raises(PlanhatUnavailable):
        client.bulk_upsert(ITEMS)


@pytest.mark.parametrize("behave", [drips(b"", drop=b""), drips(b"\x16\x03\x03\x40\x00"), says(b"no TLS here")])
def test_a_tls_handshake_that_never_ends_is_unavailable_in_time(behave: Behave) -> None:
    with HostileServer(behave) as server, client_of(f"https://127.0.0.1:{server.port}") as client:
        began = time.monotonic()
        with pytest.raises(PlanhatUnavailable):
            client.bulk_upsert(ITEMS)
        assert time.monotonic() - began < LIMIT_S + 1


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_token_leaves(tmp_path: Path) -> None:
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, *files, *name], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with HostileServer(says(b""), context) as server, client_of(f"https://localhost:{server.port}") as client:
        with pytest.raises(PlanhatUnavailable):
            client.bulk_upsert(ITEMS)
        assert server.heads == []


def test_a_redirect_is_not_followed() -> None:
    with HostileServer(says(HEAD)) as elsewhere:
        target = f"{elsewhere.url}/tasks".encode()
        answer = b"HTTP/1.1 307 Go\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n"
        with HostileServer(says(answer)) as server, client_of(server.url) as client:
            with pytest.raises(PlanhatUnavailable):
                client.bulk_upsert(ITEMS)
            with pytest.raises(PlanhatUnavailable):
                client.get_task(source_id="onb-1")
        assert elsewhere.heads == []


def test_proxies_and_cookies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"_id": "6102c9748084189dcbf0df60"}'
    answer = whole(body, b"Set-Cookie: session=1; Path=/", b"Connection: close")
    with HostileServer(says(b"")) as proxy, HostileServer(says(answer)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with client_of(server.url) as client:
            client.get_task(source_id="onb-1")
            client.get_task(source_id="onb-1")
        assert proxy.heads == []
        assert not any(b"cookie" in head.lower() for head in server.heads)


def test_a_public_name_that_leads_to_a_private_address_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with HostileServer(says(b""), reads=True) as server, client_of(f"https://api.example.com:{server.port}") as client:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with pytest.raises(PlanhatUnavailable):
            client.bulk_upsert(ITEMS)
    assert server.heads in ([], [b""])


def test_a_line_break_in_a_source_id_stays_one_encoded_request() -> None:
    with (
        HostileServer(says(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")) as server,
        client_of(server.url) as client,
    ):
        client.get_task(source_id="a\r\nHost: evil\r\n\r\nGET /x/../?y#z%2e")
    (head,) = server.heads
    first_line = head.split(b"\r\n")[0]
    assert first_line == b"GET /tasks/srcid-a%0D%0AHost%3A%20evil%0D%0A%0D%0AGET%20%2Fx%2F..%2F%3Fy%23z%252e HTTP/1.1"


def test_another_task_than_the_one_asked_for_is_no_answer() -> None:
    body = json.dumps({"_id": "6102c9748084189dcbf0df60", "sourceId": "onb-2"}).encode()
    with HostileServer(says(whole(body))) as server, client_of(server.url) as client:
        with pytest.raises(PlanhatUnavailable):
            client.get_task(source_id="onb-1")
        with pytest.raises(PlanhatUnclear):
            client.update_task({"action": "x"}, source_id="onb-1")


def test_a_list_that_never_ends_with_the_same_page_is_read_once() -> None:
    body = json.dumps([{"_id": "a"}, {"_id": "b"}, "odd", {"no": "id"}]).encode()
    with HostileServer(says(whole(body))) as server:
        with client_of(server.url) as client:
            assert [task["_id"] for task in client.list_tasks(page_size=2)] == ["a", "b"]
        assert len(server.heads) == 2


def test_lone_surrogates_of_planhat_reach_nobody() -> None:
    body = rb'{"_id": "6102c9748084189dcbf0df60", "action": "a\uD800b"}'
    with HostileServer(says(whole(body))) as server, client_of(server.url) as client:
        task = client.get_task(source_id="onb-1")
    assert task is not None
    assert task["action"].encode() == b"a?b"


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"Infinity", b"NaN", b"9" * 5000])
def test_an_answer_with_a_number_that_nobody_can_write_is_no_answer(number: bytes) -> None:
    body = b'{"_id": "6102c9748084189dcbf0df60", "custom": {"n": ' + number + b"}}"
    with (
        HostileServer(says(whole(body))) as server,
        client_of(server.url) as client,
        pytest.raises(PlanhatUnavailable),
    ):
        client.get_task(source_id="onb-1")


@pytest.mark.parametrize("status", [*range(100, 200, 33), *range(300, 600, 7)])
def test_no_odd_status_makes_a_read_succeed(status: int) -> None:
    answer = b"HTTP/1.1 %d Odd\r\nContent-Length: 3\r\n\r\nodd" % status
    with HostileServer(says(answer)) as server, client_of(server.url) as client:
        with pytest.raises(PlanhatError):
            client.ping()
        with pytest.raises(PlanhatError):
            list(client.list_tasks())
