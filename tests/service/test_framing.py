"""Bodies as gunicorn hands them on: cut off, over-long, broken, slow, pipelined, many at once."""

import json
import re
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from planhook.store.connection import connect
from planhook.store.journal import Journal
from tests.service.conftest import CRM, CRM_TOKEN

HEAD = f"POST /webhooks/crm HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {CRM_TOKEN}\r\n".encode()
BODY = b'{"items": [{"id": "e1", "type": "deal.won", "deal": "D1"}]}'
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
MEBIBYTE = 1024 * 1024


def exchange(port: int, data: bytes, *, end: bool) -> bytes:
    """Send `data`, with `end` a FIN; all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=8) as connection:
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def talk(port: int, data: bytes, *, end: bool = True) -> list[int]:
    """The statuses of all answers to `data`."""
    received = exchange(port, data, end=end)
    assert b"Traceback" not in received
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", received)]


def figures(redis_url: str) -> dict[str, int]:
    redis = connect(redis_url, timeout=2, connections=1)
    try:
        return Journal(redis).stats()
    finally:
        redis.close()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
REFUSED: dict[str, tuple[bytes, int]] = {
    "shorter than declared": (HEAD + b"Content-Length: 100\r\n\r\n" + BODY, 400),
    "no body at all": (HEAD + b"Content-Length: 100\r\n\r\n", 400),
    "cut within a chunk": (CHUNKED + b"ff\r\n" + BODY, 400),
    "cut before the last chunk": (CHUNKED + chunk(BODY), 400),
    "no chunk size": (CHUNKED + b"zz\r\n" + BODY + b"\r\n" + LAST, 400),
    "a bare line feed in a chunk extension": (CHUNKED + b"5;a\n\r\nhello\r\n" + LAST, 400),
    "a chunk longer than its size": (CHUNKED + b"2\r\nhello\r\n" + LAST, 400),
    "longer than declared bounds, in chunks": (CHUNKED + chunk(b" " * MEBIBYTE) + chunk(b" ") + LAST, 413),
    "one byte too long": (HEAD + b"Content-Length: %d\r\n\r\n" % (MEBIBYTE + 1) + b" " * (MEBIBYTE + 1), 413),
    "both lengths": (HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST, 400),
    "two lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "a signed length": (HEAD + b"Content-Length: +2\r\n\r\n{}", 400),
    "coded": (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415),
    "a header that is too long": (HEAD + b"X: " + b"x" * 9000 + b"\r\nContent-Length: 2\r\n\r\n{}", 431),
}


@pytest.mark.parametrize("target", ["//webhooks/crm", "///webhooks/crm", "http://x//webhooks/crm"])
def test_a_path_with_another_slash_in_front_is_no_address(web_port: int, redis_url: str, target: str) -> None:
    assert talk(web_port, WHOLE.replace(b"/webhooks/crm", target.encode(), 1)) == [404]
    assert figures(redis_url)["accepted"] == 0


@pytest.mark.parametrize("case", REFUSED)
def test_a_broken_body_is_refused_once_and_stores_nothing(web_port: int, redis_url: str, case: str) -> None:
    request, status = REFUSED[case]

    assert talk(web_port, request) == [status]
    assert figures(redis_url)["accepted"] == 0


def test_an_enormous_declared_length_is_refused_without_reading(web_port: int, redis_url: str) -> None:
    begun = time.monotonic()

    assert talk(web_port, HEAD + b"Content-Length: 10000000000\r\n\r\n", end=False) == [413]
    assert time.monotonic() - begun < 4


def test_a_sender_of_ten_megabytes_hears_413_and_not_a_reset(web_port: int, redis_url: str) -> None:
    response = requests.post(
        f"http://127.0.0.1:{web_port}/webhooks/crm", data=b" " * 10_000_000, headers=CRM, timeout=10
    )

    assert response.status_code == 413
    assert response.headers["Connection"] == "close"


@pytest.mark.parametrize("case", ["coded", "two lengths", "no chunk size", "longer than declared bounds, in chunks"])
def test_what_follows_a_refused_body_is_not_taken_for_a_request(web_port: int, redis_url: str, case: str) -> None:
    request, status = REFUSED[case]

    assert talk(web_port, request + WHOLE) == [status]
    assert figures(redis_url)["accepted"] == 0


UNREAD = {
    "an unknown source": (b"POST /webhooks/none HTTP/1.1\r\nHost: x\r\n", 404),
    "another method": (b"PUT /webhooks/crm HTTP/1.1\r\nHost: x\r\n", 405),
    "no token": (b"POST /api/v1/replay HTTP/1.1\r\nHost: x\r\n", 401),
}


@pytest.mark.parametrize("case", UNREAD)
def test_what_follows_a_body_that_nobody_wants_is_not_taken_for_a_request(
    web_port: int, redis_url: str, case: str
) -> None:
    head, status = UNREAD[case]

    assert talk(web_port, head + b"Content-Length: 2\r\n\r\n{}" + WHOLE) == [status]
    assert talk(web_port, head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + WHOLE) == [status]
    assert figures(redis_url)["accepted"] == 0


def test_whole_requests_may_follow_each_other_on_one_connection(web_port: int, redis_url: str) -> None:
    in_chunks = CHUNKED + chunk(BODY[:10]) + chunk(BODY[10:]) + LAST

    assert talk(web_port, WHOLE + in_chunks + WHOLE) == [202, 200, 200]
    assert figures(redis_url)["accepted"] == 1


def test_equal_deliveries_at_the_same_time_give_one_event(web_port: int, redis_url: str) -> None:
    def deliver(_: int) -> int:
        url = f"http://127.0.0.1:{web_port}/webhooks/crm"
        return requests.post(url, data=BODY, headers=CRM, timeout=10).status_code

    with ThreadPoolExecutor(20) as senders:
        statuses = Counter(senders.map(deliver, range(20)))

    assert statuses == {202: 1, 200: 19}
    assert figures(redis_url)["accepted"] == 1
    assert figures(redis_url)["duplicates"] == 19


@pytest.mark.slow
def test_slow_senders_get_408_after_ten_seconds_and_hold_up_nobody(web_port: int, redis_url: str) -> None:
    slow = [socket.create_connection(("127.0.0.1", web_port), timeout=15) for _ in range(100)]
    begun = time.monotonic()
    for connection in slow:
        connection.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")

    assert talk(web_port, WHOLE) == [202]
    assert time.monotonic() - begun < 5
    answers = []
    for connection in slow:
        with connection:
            answers.append(connection.recv(65536)[9:12])
    assert set(answers) == {b"408"}
    assert 9 < time.monotonic() - begun < 13


def test_refusals_are_problems_with_a_code(web_port: int, redis_url: str) -> None:
    received = exchange(web_port, HEAD + b"Content-Length: 9\r\n\r\n{}", end=True)

    head, _, body = received.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"Connection: close" in head
    assert json.loads(body)["code"] == "body_short"
