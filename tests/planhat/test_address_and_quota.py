"""Where the token may go, and what headers say about waiting."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from planhook.http.address import base_url, is_public
from planhook.http.quota import calls_left, retry_after

NOW = datetime(2026, 10, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.planhat.com",
        "https://api-us4.planhat.com:8443",
        "https://gateway.example.com/planhat/v1",
        "http://127.0.0.1:8080",
        "http://localhost:5000",
        "http://[::1]:5000",
    ],
)
def test_a_plain_address_is_taken_without_its_last_slash(url: str) -> None:
    assert base_url(url, "Planhat") == url
    assert base_url(url + "/", "Planhat") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.planhat.com",
        "http://api.planhat.com",
        "ftp://api.planhat.com",
        "https://",
        "https://api.planhat.com@evil.example",
        "https://user:secret@api.planhat.com",
        "https://@api.planhat.com",
        "https://api.planhat.com.",
        "https://api.planhat.com:0",
        "https://api.planhat.com:",
        "https://api.planhat.com:99999",
        "https://api.planhat.com?x=1",
        "https://api.planhat.com/#x",
        "https://api.planhat.com/../x",
        "https://api.planhat.com/a//b",
        "https://api.planhat.com\\@evil.example",
        "https://api.planhat.com\n",
        " https://api.planhat.com",
        "https://planhat",
        "https://аpi.planhat.com",
        "https://169.254.169.254",
        "http://169.254.169.254/",
        "http://[::ffff:127.0.0.1]",
        "https://[::ffff:7f00:1]",
        "http://0/",
        "http://0.0.0.0",
        "http://2130706433",
        "http://127.1",
        "http://0177.0.0.1",
        "http://0x7f.0.0.1",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
    ],
)
def test_any_other_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError) as refusal:
        base_url(url, "Planhat")
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"]
)
def test_an_address_inside_a_network_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_an_address_of_the_internet_is_public() -> None:
    assert is_public("34.120.5.6")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        (" 7.5 ", 7.5),
        ("0", 1),
        ("1e9", 900),
        ("5, 7", 7),
        ("Fri, 02 Oct 2026 15:02:00 GMT", 120),
        ("Fri, 02 Oct 2026 14:00:00 GMT", 1),
        ("Fri, 02 Oct 2099 14:00:00 GMT", 900),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("5" * 10_000, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_bounds(header: str, seconds: float | None) -> None:
    assert retry_after(CaseInsensitiveDict({"Retry-After": header}), NOW) == seconds


@pytest.mark.parametrize("reset", ["40", str(int(NOW.timestamp()) + 40), str(int(NOW.timestamp() + 40) * 1000)])
def test_the_quotas_reset_is_seconds_left_or_a_time(reset: str) -> None:
    assert retry_after(CaseInsensitiveDict({"X-RateLimit-Reset": reset}), NOW) == pytest.approx(40)


def test_the_longer_wait_counts() -> None:
    assert retry_after(CaseInsensitiveDict({"retry-after": "3", "x-ratelimit-reset": "40"}), NOW) == 40
    assert retry_after(CaseInsensitiveDict(), NOW) is None


@given(st.text(max_size=200), st.text(max_size=80))
def test_no_header_makes_the_wait_unbounded_or_raises(header: str, reset: str) -> None:
    headers = CaseInsensitiveDict({"Retry-After": header, "X-Rate-Limit-Reset": reset})
    wait = retry_after(headers, datetime.fromtimestamp(time.time(), UTC))
    assert wait is None or 1 <= wait <= 900


@pytest.mark.parametrize(("text", "left"), [("12", 12), ("0", 0), ("-1", None), ("many", None), ("", None)])
def test_calls_left_is_a_number_or_unknown(text: str, left: int | None) -> None:
    assert calls_left(CaseInsensitiveDict({"X-Rate-Limit-Remaining": text})) == left
    assert calls_left(CaseInsensitiveDict({"x-ratelimit-remaining": text})) == left
