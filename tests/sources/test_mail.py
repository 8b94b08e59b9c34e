"""Mail: where its calendars are, whom it comes from, and how much of it is read."""

import base64
import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.core.errors import BodyInvalid
from planhook.sources.mail.form import read_form
from planhook.sources.mail.message import authors_of, read_mail
from planhook.sources.mail.mime import MAX_DEPTH, MAX_PARTS
from tests.sources.delivery import deliver

ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
HEAD = b"From: ann@acme.example\r\nMIME-Version: 1.0\r\n"


def multipart(*parts: bytes, boundary: bytes = b"b", head: bytes = HEAD) -> bytes:
    lines = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        head
        + b'Content-Type: multipart/mixed; boundary="'
        + boundary
        + b'"\r\n\r\n'
        + lines
        + b"--"
        + boundary
        + b"--\r\n"
    )


def part(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([*headers, b"", body])


CALENDAR = part(ICS, b"Content-Type: text/calendar; method=REQUEST; charset=UTF-8")


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Type: text/calendar\r\n\r\n" + ICS,
        HEAD.replace(b"\r\n", b"\n") + b"Content-Type: text/calendar\n\n" + ICS,
        multipart(part(b"hello", b"Content-Type: text/plain"), CALENDAR),
        multipart(part(b"hello"), multipart(CALENDAR, boundary=b"inner", head=b"")),
        multipart(
            part(base64.encodebytes(ICS), b"content-type: Application/ICS", b"Content-Transfer-Encoding: BASE64")
        ),
        multipart(part(ICS, b'Content-Type: application/octet-stream; name="a.ics"')),
        multipart(part(ICS, b'Content-Disposition: attachment;\r\n filename="Invite.ICS"')),
        multipart(part(HEAD + CALENDAR, b"Content-Type: message/rfc822")),
        multipart(
            part(
                b"BEGIN:VCALENDAR=0D=0AEND:VCA=\r\nLENDAR=0D=0A",
                b"Content-Type: text/calendar",
                b"Content-Transfer-Encoding: quoted-printable",
            )
        ),
        multipart(part(ICS.decode().encode("utf-16"), b"Content-Type: text/calendar; charset=utf-16")),
    ],
)
def test_a_calendar_is_found_wherever_it_is(raw: bytes) -> None:
    (found,) = read_mail(raw).calendars
    assert found.strip() == ICS.strip()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        HEAD + b"\r\nBEGIN:VCALENDAR",
        multipart(part(b"<html>", b"Content-Type: text/calendar")),
        multipart(part(ICS, b"Content-Type: text/plain")),
        multipart(part(ICS, b"Content-Type: application/ms-tnef; name=winmail.dat")),
        HEAD + b"Content-Type: multipart/mixed\r\n\r\n" + CALENDAR,
    ],
)
def test_other_parts_are_no_calendars(raw: bytes) -> None:
    assert read_mail(raw).calendars == ()


def test_copies_of_a_calendar_count_once() -> None:
    assert len(read_mail(multipart(CALENDAR, CALENDAR)).calendars) == 1


def test_a_mail_that_was_cut_off_keeps_its_last_part() -> None:
    assert len(read_mail(multipart(CALENDAR).removesuffix(b"--b--\r\n")).calendars) == 1


@pytest.mark.parametrize(
    ("from_", "sender", "authors"),
    [
        ("ann@acme.example", "", {"ann@acme.example"}),
        ("Ann <ANN@Acme.Example>", "", {"ann@acme.example"}),
        ('"Bo, <boss@acme.example>" <ann@acme.example>', "", {"ann@acme.example"}),
        ("boss@acme.example <eve@evil.example>", "", {"eve@evil.example"}),
        ("eve@evil.example (<boss@acme.example>)", "", {"eve@evil.example"}),
        ("<boss@acme.example> <eve@evil.example>", "", set()),
        ("boss@acme.example, eve@evil.example", "", set()),
        ("nobody", "ann@acme.example", set()),
        ("boss@acme.example", "ann@acme.example", {"boss@acme.example", "ann@acme.example"}),
        ("eve@evil.example", "boss@acme.example", {"eve@evil.example"}),
        ("eve@gmail.com", "boss@gmail.com", {"eve@gmail.com"}),
    ],
)
def test_a_mail_comes_from_its_author(from_: str, sender: str, authors: set[str]) -> None:
    assert authors_of([from_], [sender] if sender else []) == authors


def test_two_from_headers_are_nobody_s() -> None:
    assert authors_of(["a@acme.example", "b@acme.example"], []) == frozenset()
    assert read_mail(b"From: a@acme.example\nFrom: b@acme.example\n\n").authors == frozenset()


def test_a_thousand_parts_are_too_many() -> None:
    with pytest.raises(BodyInvalid, match=str(MAX_PARTS)) as caught:
        read_mail(multipart(*[part(b"x")] * 1000))
    assert caught.value.status == 413


def test_parts_nested_fifty_deep_are_too_deep() -> None:
    raw = CALENDAR
    for depth in range(50):
        raw = multipart(raw, boundary=b"b%d" % depth, head=b"")
    with pytest.raises(BodyInvalid, match=str(MAX_DEPTH)) as caught:
        read_mail(HEAD + raw)
    assert caught.value.status == 413


def test_more_than_twenty_calendars_are_too_many() -> None:
    calendars = [CALENDAR.replace(b"\r\nEND", b"\r\nX:%d\r\nEND" % number) for number in range(21)]
    with pytest.raises(BodyInvalid, match="20"):
        read_mail(multipart(*calendars))


MEGABYTE = 1_048_576
HOSTILE = {
    "a parameter per two bytes": HEAD + b"Content-Type: text/plain" + b";a" * (MEGABYTE // 2),
    "an open quote": HEAD + b'Content-Type: multipart/mixed; boundary="' + b";" * MEGABYTE,
    "headers only": b"a: b\r\n" * (MEGABYTE // 6),
    "one long header": b"From: " + b"(" * MEGABYTE,
    "line ends": HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"\r\n" * (MEGABYTE // 2),
    "dashes": HEAD + b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n' + b"\r\n-----" * (MEGABYTE // 7),
    "delimiters": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * (MEGABYTE // 5),
    "parts full of headers": multipart(*[b"a:b\r\n" * 990] * 99),
    "quoted-printable": HEAD
    + b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    + b"=\n" * (MEGABYTE // 2),
    "punycode": HEAD + b"Content-Type: text/calendar; charset=punycode\r\n\r\n" + b"a" * MEGABYTE,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_no_mail_costs_more_than_a_second(raw: bytes) -> None:
    begun = time.perf_counter()
    with contextlib.suppress(BodyInvalid):
        read_mail(raw)
    assert time.perf_counter() - begun < 1


WORDS = (
    *(b"\r\n", b"\n", b"--b", b"--", b'"', b";", b"\xff\x00", b"From: <", b"a@b.c>", b"BEGIN:VCALENDAR", b"=?x?b?=?="),
    *(b"Content-Type: ", b"multipart/mixed; boundary=b", b"text/calendar", b"message/rfc822", b"; charset=\x00"),
    *(b"; charset*0*=x'y'%zz", b"; boundary*1*=b; boundary*=", b"; name*0*=a'b; name*1=c"),
    *(b"Content-Transfer-Encoding: base64", b"Content-Disposition: x; filename*=utf-9''%ff.ics"),
)
PIECES = st.lists(st.sampled_from(WORDS), max_size=30).map(b"".join)


@given(PIECES | st.binary(max_size=200))
def test_any_bytes_are_a_mail_or_refused(raw: bytes) -> None:
    try:
        mail = read_mail(raw)
    except BodyInvalid:
        return
    assert all(calendar.lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(b"BEGIN") for calendar in mail.calendars)


@given(
    PIECES | st.binary(max_size=200),
    st.sampled_from(["multipart/form-data; boundary=b", "application/x-www-form-urlencoded"]),
)
def test_any_bytes_are_a_form_or_refused(raw: bytes, content_type: str) -> None:
    try:
        fields = read_form(deliver(raw, {"content-type": content_type}))
    except BodyInvalid:
        return
    assert all(fields)


def test_of_two_fields_with_one_name_the_first_counts() -> None:
    body = b"a=1&a=2&b=%C3%A4+x&c&=d"
    fields = read_form(deliver(body, {"content-type": "application/x-www-form-urlencoded"}))
    assert {name: part.body for name, part in fields.items()} == {"a": b"1", "b": "ä x".encode(), "c": b""}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"a=1&" * 30_000, "application/x-www-form-urlencoded", 413),
        (b"--b\r\n\r\n" * 10_000, "multipart/form-data; boundary=b", 413),
        (b"a=1", "", 400),
        (b"a=1", "text/plain\r\nx: y", 400),
    ],
)
def test_a_form_has_limits(body: bytes, content_type: str, status: int) -> None:
    with pytest.raises(BodyInvalid) as caught:
        read_form(deliver(body, {"content-type": content_type}))
    assert caught.value.status == status
