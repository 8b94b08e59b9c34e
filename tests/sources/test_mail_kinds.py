"""Mailgun, Postmark, SendGrid and SES carry the same invitations, and believe only their organisers."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from marshmallow import ValidationError

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Delivery, Event
from planhook.core.rule import Calendar
from planhook.core.version import version_of
from planhook.sources import Source, build
from planhook.sources.mailgun import MailgunSource
from tests.sources.delivery import NOW, deliver, signed

SAMPLES = Path(__file__).parent / "samples"
CALENDAR = Calendar(internal_domains=frozenset({"ourco.example"}))
FORM = {"content-type": "application/x-www-form-urlencoded"}
BASIC = {"username": "samples", "password": "pass"}
ANN = "Ann <ann@acme.example>"
TOPIC = "arn:aws:sns:eu-north-1:123456789012:calendar-invites"
SENT = datetime(2026, 6, 1, 8, 1, 10, tzinfo=UTC)

KEYS: Mapping[str, dict[str, Any]] = {
    "mailgun": {"kind": "mailgun", "secret": "mg-signing-key-for-samples-0001"},
    "postmark": {"kind": "postmark", **BASIC},
    "sendgrid": {"kind": "sendgrid", **BASIC},
    "ses": {"kind": "ses", "topic_arn": TOPIC},
}
MAILGUN = build("mg", KEYS["mailgun"], CALENDAR)
POSTMARK = build("pm", KEYS["postmark"], CALENDAR)
SENDGRID = build("sg", KEYS["sendgrid"], CALENDAR)
SES = build("ses", KEYS["ses"], CALENDAR)


def ics(*lines: str, organizer: str | None = "ORGANIZER:mailto:ann@acme.example", method: str = "REQUEST") -> bytes:
    head = ["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", "UID:u1", "DTSTAMP:20260601T080000Z"]
    vevent = [
        "DTSTART:20260610T080000Z",
        *([organizer] if organizer else []),
        *lines,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join([*head, *vevent]).encode()


def mail(*calendars: bytes, from_: str = ANN, more: str = "") -> bytes:
    parts = b"".join(b"--b\r\nContent-Type: text/calendar\r\n\r\n" + calendar + b"\r\n" for calendar in calendars)
    head = f"From: {from_}\r\nMessage-ID: <m1@acme.example>\r\n{more}Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head.encode() + parts + b"--b--\r\n"


def by_mailgun(raw: bytes, token: str = "t" * 50) -> Delivery:
    assert isinstance(MAILGUN, MailgunSource)
    fields: dict[str, str | bytes] = {"body-mime": raw, **MAILGUN.proof.signed_fields(token, NOW)}
    return deliver(urlencode(fields).encode(), FORM)


def by_postmark(raw: bytes) -> Delivery:
    return signed(POSTMARK, json.dumps({"MessageID": "m", "RawEmail": raw.decode()}).encode())


def by_sendgrid(raw: bytes) -> Delivery:
    body = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n' + raw + b"\r\n--x--\r\n"
    return signed(SENDGRID, body, {"content-type": "multipart/form-data; boundary=x"})


def by_ses(raw: bytes, **receipt: Any) -> Delivery:
    receipt = {"action": {"type": "SNS", "encoding": "BASE64"}, **receipt}
    notice = {"notificationType": "Received", "receipt": receipt, "content": base64.b64encode(raw).decode()}
    return deliver(json.dumps({"Type": "Notification", "MessageId": "m", "Message": json.dumps(notice)}).encode())


WAYS: Mapping[str, tuple[Source, Callable[[bytes], Delivery]]] = {
    "mailgun": (MAILGUN, by_mailgun),
    "postmark": (POSTMARK, by_postmark),
    "sendgrid": (SENDGRID, by_sendgrid),
    "ses": (SES, by_ses),
}
each_way = pytest.mark.parametrize(("source", "way"), WAYS.values(), ids=WAYS)


def read(raw: bytes) -> Event:
    (event,) = POSTMARK.parse(by_postmark(raw))
    return event


def samples() -> dict[str, tuple[Source, Delivery]]:
    bodies = {kind: next((SAMPLES / kind).iterdir()) for kind in ("mailgun", "postmark", "sendgrid")}
    multipart = {"content-type": "multipart/form-data; boundary=xYzZY"}
    return {
        "mailgun": (MAILGUN, deliver(bodies["mailgun"].read_bytes(), FORM, now=SENT)),
        "postmark": (POSTMARK, signed(POSTMARK, bodies["postmark"].read_bytes(), now=SENT)),
        "sendgrid": (SENDGRID, signed(SENDGRID, bodies["sendgrid"].read_bytes(), multipart, now=SENT)),
    }


@pytest.mark.parametrize(("source", "delivery"), samples().values(), ids=samples())
def test_each_sample_is_the_invitation_in_it(source: Source, delivery: Delivery) -> None:
    source.verify(delivery)
    assert source.accepts(delivery.headers.get("content-type"))
    check_google_invite(source.parse(delivery))


def test_the_sample_of_ses_is_the_invitation_in_it() -> None:
    check_google_invite(SES.parse(deliver((SAMPLES / "ses" / "sns-notification.json").read_bytes(), now=SENT)))


def check_google_invite(events: tuple[Event, ...]) -> None:
    (event,) = events  # the invitation is in the mail twice
    assert (event.type, event.ignored, event.problem) == ("meeting.scheduled", None, None)
    meeting = dict(event.meeting or {})
    assert meeting["id"] == "6k2p8o1rq5d0t7c3b9v4m6s2hn@google.com"
    assert meeting["start"] == "2026-06-10T08:00:00.000Z"
    assert meeting["domains"] == ["northgate-cycles.example"]


@each_way
def test_outlook_s_mail_is_the_invitation_in_it(source: Source, way: Callable[[bytes], Delivery]) -> None:
    delivery = way((SAMPLES / "mail" / "outlook-invite.eml").read_bytes())
    (event,) = source.parse(delivery)
    assert (event.type, (event.meeting or {})["title"]) == ("meeting.scheduled", "Statusgespräch Einführung")


@each_way
def test_a_mail_without_a_calendar_is_ignored(source: Source, way: Callable[[bytes], Delivery]) -> None:
    (event,) = source.parse(way(mail()))
    assert (event.type, event.ignored) == (f"{source.name}.mail", "no calendar part")
    assert event.payload["message_id"] == "<m1@acme.example>"


@each_way
def test_a_mail_from_a_stranger_cancels_nothing(source: Source, way: Callable[[bytes], Delivery]) -> None:
    (event,) = source.parse(way(mail(ics(method="CANCEL"), from_="eve@evil.example")))
    assert (event.type, event.ignored) == (f"{source.name}.cancel", "not the organiser")


@each_way
def test_a_mail_from_a_stranger_is_older_than_any_word_of_the_organiser(
    source: Source, way: Callable[[bytes], Delivery]
) -> None:
    """Hence it plans a meeting that nobody knows, and moves none that somebody does."""
    (theirs,) = source.parse(way(mail(ics("SEQUENCE:9"), from_="eve@evil.example")))
    (ours,) = source.parse(way(mail(ics().replace(b"20260601T080000Z", b"19700101T000000Z"))))
    assert (theirs.types, (theirs.meeting or {})["relayed"]) == (("meeting.scheduled",), True)
    assert "relayed" not in (ours.meeting or {})
    assert version_of(theirs, 9, 9) < version_of(ours, 0, 0)


def test_of_two_mails_from_strangers_the_first_one_counts() -> None:
    body = by_postmark(mail(ics(), from_="eve@evil.example")).body
    (first,) = POSTMARK.parse(deliver(body))
    (later,) = POSTMARK.parse(deliver(body.replace(b"20260610", b"20260611"), now=NOW + timedelta(seconds=1)))
    assert version_of(later, 9, 9) < version_of(first, 0, 0)


@each_way
def test_a_broken_calendar_is_a_dead_event(source: Source, way: Callable[[bytes], Delivery]) -> None:
    (event,) = source.parse(way(mail(ics().replace(b"END:VCALENDAR", b""))))
    assert event.problem == "the calendar part: END:VCALENDAR is missing"


@each_way
def test_a_mail_beyond_the_limits_is_refused(source: Source, way: Callable[[bytes], Delivery]) -> None:
    with pytest.raises(BodyInvalid) as caught:
        source.parse(way(mail(*[b"x"] * 101)))
    assert caught.value.status == 413


@pytest.mark.parametrize("method", ["CANCEL", "PUBLISH", "ADD"])
@pytest.mark.parametrize(
    ("from_", "organizer", "is_believed"),
    [
        ("Ann <ANN@acme.example>", "ORGANIZER;CN=Ann:MAILTO:Ann@Acme.example", True),
        ("eve@evil.example", "ORGANIZER:mailto:ann@acme.example", False),
        ("ann@acme.example", None, False),
        ("bo@acme.example", 'ORGANIZER;SENT-BY="mailto:bo@acme.example":mailto:ann@acme.example', True),
        ("eve@evil.example", 'ORGANIZER;SENT-BY="mailto:eve@evil.example":mailto:ann@acme.example', False),
        ("ann@acme.example (x), eve@evil.example", "ORGANIZER:mailto:ann@acme.example", False),
        ("eve@gmail.com", 'ORGANIZER;SENT-BY="mailto:eve@gmail.com":mailto:ann@gmail.com', False),
    ],
)
def test_only_the_organiser_is_believed(method: str, from_: str, organizer: str | None, is_believed: bool) -> None:
    event = read(mail(ics(organizer=organizer, method=method), from_=from_))
    assert (event.ignored == "not the organiser") is not is_believed
    assert event.type.startswith("meeting.") is is_believed


def test_a_colleague_may_send_for_the_organiser_but_a_stranger_may_not() -> None:
    ours = mail(ics(), from_="bo@acme.example", more="Sender: ann@acme.example\r\n")
    theirs = mail(ics(), from_="eve@evil.example", more="Sender: ann@acme.example\r\n")
    assert read(ours).type == "meeting.scheduled"
    assert (read(theirs).meeting or {})["relayed"]


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "RECURRENCE-ID:20260610T080000Z"])
def test_a_stranger_s_request_cannot_cancel_a_meeting_or_change_one_of_a_series(line: str) -> None:
    assert read(mail(ics(line), from_="eve@evil.example")).ignored == "not the organiser"


def test_a_mail_of_nobody_plans_nothing() -> None:
    assert read(mail(ics(), from_="ann@acme.example, eve@evil.example")).ignored == "not the organiser"


@each_way
def test_a_relay_that_the_owner_trusts_speaks_for_every_organiser(
    source: Source, way: Callable[[bytes], Delivery]
) -> None:
    """iCloud's invitations come from an address of its own."""
    trusting = build(source.name, {**KEYS[source.kind], "relays": ["noreply@email.apple.com"]}, CALENDAR)
    invitation = mail(ics(), from_="Ann via iCloud <NoReply@email.apple.com>")
    for method, types in (("REQUEST", ("meeting.scheduled",)), ("CANCEL", ("meeting.cancelled",))):
        (event,) = trusting.parse(way(invitation.replace(b"METHOD:REQUEST", f"METHOD:{method}".encode())))
        assert (event.types, event.order[0]) == (types, 0)
    (distrusted,) = source.parse(way(invitation))
    assert (distrusted.meeting or {})["relayed"]


@pytest.mark.parametrize("relay", ["", "apple.com", 5, ["a@b.example", None]])
def test_a_relay_is_an_address(relay: object) -> None:
    with pytest.raises(ValidationError, match="relays"):
        build("pm", {**KEYS["postmark"], "relays": relay})


@pytest.mark.parametrize(
    ("dkim", "spf", "envelope", "is_forged"),
    [
        ("{@acme.example : pass}", "fail", "bounce@list.example", False),
        ("{@mail.acme.example : pass}", "", "", False),
        ("{@acme.example : fail}", "pass", "x@evil.example", True),
        ("{@acme.example : fail}", "pass", "ann@acme.example", False),
        ("{@evil.example : pass}", "fail", "ann@acme.example", True),
        ("{@evil.example : pass}", "softfail", "ann@acme.example", True),
        ("none", "pass", "ann@acme.example", False),
        ("none", "", "", False),
        ("", "", "", False),
    ],
)
def test_what_sendgrid_found_out_about_a_mail_counts(dkim: str, spf: str, envelope: str, is_forged: bool) -> None:
    told = {"dkim": dkim, "SPF": spf, "envelope": json.dumps({"from": envelope}), "email": mail(ics()).decode()}
    parts = (f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in told.items())
    body = "\r\n".join([*parts, "--x--\r\n"]).encode()
    (event,) = SENDGRID.parse(deliver(body, {"content-type": "multipart/form-data; boundary=x"}))
    assert (event.ignored == "not the organiser") is is_forged


def test_an_attendee_s_reply_stays_a_reply() -> None:
    assert read(mail(ics(method="REPLY"), from_="tom@guest.example")).ignored == "reply"


def test_copies_that_differ_in_wording_are_one_event() -> None:
    assert read(mail(ics(), ics("X-COPY:1"))).type == "meeting.scheduled"
    assert len(POSTMARK.parse(by_postmark(mail(ics(), ics("SEQUENCE:1"))))) == 2


def test_a_mail_that_fails_dmarc_is_from_nobody() -> None:
    (forged,) = SES.parse(by_ses(mail(ics()), dmarcVerdict={"status": "FAIL"}))
    (real,) = SES.parse(by_ses(mail(ics()), dmarcVerdict={"status": "PASS"}))
    assert (forged.ignored, real.ignored) == ("not the organiser", None)


def test_a_caught_token_of_mailgun_brings_no_second_mail() -> None:
    (first,) = MAILGUN.parse(by_mailgun(mail(ics())))
    forged, second = MAILGUN.parse(by_mailgun(mail(ics("SEQUENCE:9", method="CANCEL"), ics().replace(b"u1", b"u2"))))
    (next_,) = MAILGUN.parse(by_mailgun(mail(ics()), token="u" * 50))
    assert first.id == forged.id != next_.id
    token, same, other = (event.bindings[0] for event in (first, second, next_))
    assert token.subject == same.subject != other.subject
    assert token.holder != same.holder


def test_what_a_stranger_sends_first_does_not_pass_for_the_organiser_s_mail() -> None:
    (copied,), (sent) = (POSTMARK.parse(by_postmark(mail(ics(), from_=each))) for each in ("e@evil.example", ANN))
    assert copied.id != sent[0].id


def test_a_mail_without_any_id_and_words_is_still_an_event() -> None:
    one, other = (POSTMARK.parse(deliver(json.dumps({"RawEmail": raw}).encode()))[0] for raw in ("\n\na", "\n\nb"))
    assert one.id != other.id


def test_a_mail_of_nobody_does_not_pass_for_what_a_guest_forwards() -> None:
    forged, forwarded = (read(mail(ics(), from_=each)) for each in ("a@x.example, b@x.example", "tom@guest.example"))
    assert forged.ignored == "not the organiser"
    assert forged.id != forwarded.id


def test_mails_without_a_message_id_are_told_apart_by_the_service() -> None:
    bare = b"From: ann@acme.example\r\n\r\nhello"
    broken = mail(ics().replace(b"END:VCALENDAR", b"")).replace(b"Message-ID: <m1@acme.example>\r\n", b"")
    seen = set()
    for number, raw in enumerate((bare, bare, broken, broken)):
        posted = json.dumps({"MessageID": f"m{number}", "RawEmail": raw.decode()}).encode()
        by_sns = by_ses(raw).body.replace(b'"MessageId": "m"', f'"MessageId": "m{number}"'.encode())
        for source, body in ((POSTMARK, posted), (SES, by_sns)):
            (event,) = source.parse(deliver(body))
            (again,) = source.parse(deliver(body, now=NOW + timedelta(hours=1)))
            assert event.id == again.id
            seen.add(event.id)
    assert len(seen) == 8


def test_mails_without_any_id_are_told_apart_by_their_bytes() -> None:
    raw = (b"From: ann@acme.example\r\n\r\n" + each for each in (b"hello", b"hello you", b"hello"))
    first, other, again = (SENDGRID.parse(by_sendgrid(each))[0].id for each in raw)
    assert first == again != other


@each_way
def test_a_meeting_is_bound_to_the_organisation_of_its_organiser(
    source: Source, way: Callable[[bytes], Delivery]
) -> None:
    def bound(organizer: str) -> tuple[str, str]:
        (event,) = source.parse(way(mail(ics(organizer=f"ORGANIZER:mailto:{organizer}"), from_=organizer)))
        assert event.ignored is None
        binding = event.bindings[-1]
        assert binding.otherwise == "not the organiser"
        return binding.subject, binding.holder

    assert bound("ann@acme.example") == bound("bo@acme.example") != bound("eve@evil.example")
    assert bound("ann@gmail.com")[1] != bound("eve@gmail.com")[1]
    assert len({bound(each)[0] for each in ("ann@acme.example", "eve@gmail.com")}) == 1


@pytest.mark.parametrize("age", [9 * 3600 + 1, -301])
def test_a_stale_signature_of_mailgun_is_refused(age: int) -> None:
    fresh = by_mailgun(mail(ics()))
    for taken in (0, 8 * 3600, -299):  # Mailgun tries again for eight hours
        MAILGUN.verify(deliver(fresh.body, FORM, now=NOW + timedelta(seconds=taken)))
    with pytest.raises(ProofInvalid):
        MAILGUN.verify(deliver(fresh.body, FORM, now=NOW + timedelta(seconds=age)))


def test_a_time_of_mailgun_beyond_all_calendars_is_stale() -> None:
    fields = {"timestamp": "9" * 14, "token": "t", "signature": "s"}
    with pytest.raises(ProofInvalid) as caught:
        MAILGUN.verify(deliver(urlencode(fields).encode(), FORM))
    assert caught.value.code == "timestamp_stale"


def test_mailgun_s_parsed_mail_is_read_from_its_attachments() -> None:
    file = b'Content-Disposition: form-data; name="attachment-1"; filename="invite.ics"\r\n\r\n'
    from_ = b'Content-Disposition: form-data; name="from"\r\n\r\nAnn <ann@acme.example>'
    body = b"--x\r\n" + from_ + b"\r\n--x\r\n" + file + ics() + b"\r\n--x--\r\n"
    (event,) = MAILGUN.parse(deliver(body, {"content-type": "multipart/form-data; boundary=x"}))
    assert (event.type, event.ignored) == ("meeting.scheduled", None)


def test_sendgrid_s_parsed_mail_is_read_from_its_attachments() -> None:
    file = (
        b'Content-Disposition: form-data; name="attachment1"; filename="a.ics"\r\nContent-Type: text/calendar\r\n\r\n'
    )
    for name, value in ((b"headers", b"From: ann@acme.example\nSubject: x"), (b"from", b"Ann <ann@acme.example>")):
        told = b'Content-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value
        body = b"--x\r\n" + told + b"\r\n--x\r\n" + file + ics() + b"\r\n--x--\r\n"
        (event,) = SENDGRID.parse(deliver(body, {"content-type": "multipart/form-data; boundary=x"}))
        assert (event.type, event.ignored) == ("meeting.scheduled", None)


def test_postmark_gets_exactly_200_and_hears_all_that_others_hear() -> None:
    told = {"accepted": 1, "duplicates": 0, "events": ["evt_1"]}
    reply = POSTMARK.acknowledge(told)
    assert reply is not None
    assert (reply.status, json.loads(reply.body)) == (200, told)


@pytest.mark.parametrize(
    "broken",
    [
        5,
        {"Attachments": 5},
        {"Attachments": [5]},
        {"Headers": [[]], "Attachments": []},
        {"FromFull": 5},
        {"Attachments": [{"Name": "a.ics", "Content": "a"}]},
    ],
)
def test_json_of_another_shape_is_a_dead_event(broken: object) -> None:
    (event,) = POSTMARK.parse(deliver(json.dumps(broken).encode()))
    assert event.problem


@pytest.mark.parametrize("source", [POSTMARK, SENDGRID], ids=["postmark", "sendgrid"])
def test_without_the_password_nothing_is_taken(source: Source) -> None:
    for headers in ({}, {"authorization": "Basic c2FtcGxlczpub3Bl"}):
        with pytest.raises(ProofInvalid):
            source.verify(deliver(b"", headers))


def test_times_without_a_zone_are_in_that_of_the_source() -> None:
    source = build("pm", {"kind": "postmark", **BASIC, "timezone": "Asia/Tokyo"})
    floating = ics().replace(b"DTSTART:20260610T080000Z", b"DTSTART:20260610T080000")
    (event,) = source.parse(by_postmark(mail(floating)))
    assert (event.meeting or {})["start"] == "2026-06-09T23:00:00.000Z"
