"""Events that speak for somebody else are ignored, whoever plans them and however often."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from planhook.core.event import Binding, Event
from planhook.core.rule import RuleSet
from planhook.sources import build
from planhook.sources.google_item import GoogleItems
from planhook.sources.organiser import organiser_bindings
from tests.sources.delivery import deliver
from tests.sources.test_mail_kinds import KEYS, MAILGUN, by_mailgun, by_postmark, ics, mail
from tests.workers.conftest import Pipeline, action, deal, rule

POSTMARK = build("invites", KEYS["postmark"])
EVE = "eve@evil.example"
UNKNOWN = "unknownorganizer@calendar.google.com"
MEETINGS = RuleSet(
    rules=(
        rule(
            "planned",
            "meeting.scheduled",
            action(
                "create",
                1,
                "t-{meeting.id}",
                companyId="srcid-c1",
                mainType="task",
                action="Meet",
                startTime="{meeting.start}",
            ),
        ),
        rule("off", "meeting.cancelled", action("cancel", 2, "t-{meeting.id}")),
    ),
    version="test",
)


def bound(
    event: Event, holder: str, subject: str = "deal 1", source: str = "crm", *, is_certain: bool = False
) -> Event:
    return replace(event, source=source, bindings=(Binding(subject, holder, "not the owner", is_certain),))


def test_what_others_say_of_a_subject_is_ignored(pipeline: Pipeline) -> None:
    created = bound(deal("deal.created", 0, name="Acme", amount="9"), "ann")
    stolen = bound(deal("deal.created", 5, name="Evil", amount="0"), "eve")
    updated = bound(deal("deal.named", 6, name="Acme AB"), "ann")
    pipeline.process(created, stolen, updated)

    assert pipeline.status(stolen) == ("ignored", "not the owner")
    assert [pipeline.status(one) for one in (created, updated)] == [("applied", "")] * 2


def test_a_replay_is_judged_as_the_event_was(pipeline: Pipeline) -> None:
    events = [bound(deal("deal.created", at, name="Acme", amount="9"), who) for at, who in ((0, "ann"), (5, "eve"))]
    pipeline.process(*events)
    for event in events:
        pipeline.journal.replay(event.id)
    pipeline.work()

    assert [pipeline.status(one)[0] for one in events] == ["applied", "ignored"]


def test_all_sources_share_their_subjects(pipeline: Pipeline) -> None:
    events = [
        bound(deal("deal.created", 0, name="Acme", amount="9"), "ann"),
        bound(deal("deal.created", 1, number="2", name="Bolt", amount="9"), "eve", source="other"),
        bound(deal("deal.created", 2, number="3", name="Cord", amount="9"), "eve", subject="deal 3"),
    ]
    pipeline.process(*events)

    assert [pipeline.status(one)[0] for one in events] == ["applied", "ignored", "applied"]


def test_in_one_batch_what_is_certain_is_known_before_anything_is_judged(pipeline: Pipeline) -> None:
    claim = bound(deal("deal.created", 5, name="Evil", amount="0"), "eve")
    certain = bound(deal("deal.created", 0, name="Acme", amount="9"), "ann", is_certain=True)
    pipeline.process(claim, certain)

    assert [pipeline.status(one)[0] for one in (claim, certain)] == ["ignored", "applied"]


def test_every_holder_that_is_certain_is_believed(pipeline: Pipeline) -> None:
    """Meetings do move to another calendar."""
    moved = [
        bound(deal("deal.created", at, name=who, amount="9"), who, is_certain=True)
        for at, who in enumerate(("ann", "team"))
    ]
    mails = [bound(deal("deal.named", 3 + at, name=who), who) for at, who in enumerate(("ann", "team", "eve"))]
    for event in (*moved, *mails):
        pipeline.process(event)

    assert [pipeline.status(one)[0] for one in mails] == ["applied", "applied", "ignored"]


def organiser_s_word(kind: str) -> list[Event]:
    """What two sources of our own tell of a meeting of ann's, the newer one last."""
    now = datetime.now(UTC)
    if kind == "icalendar":
        source = build("calendar", {"kind": "icalendar", "verify": {"scheme": "bearer", "token": "s"}})
        return [event for sequence in (0, 1) for event in source.parse(deliver(ics(f"SEQUENCE:{sequence}")))]
    if kind == "mail":
        return [
            event for sequence in (0, 1) for event in POSTMARK.parse(by_postmark(mail(ics(f"SEQUENCE:{sequence}"))))
        ]
    items = GoogleItems("google", frozenset(), frozenset())
    item = {"id": "u1", "iCalUID": "u1", "organizer": {"email": "ann@acme.example"}, "status": "confirmed"}
    item |= {"start": {"dateTime": "2026-06-10T08:00:00Z"}, "end": {"dateTime": "2026-06-10T09:00:00Z"}}
    stamps = ("2026-06-01T08:00:00.000Z", "2026-06-01T09:00:00.000Z")
    return [items.event("ann@acme.example", {**item, "updated": each}, now) for each in stamps]


def attacks() -> list[Event]:
    """A guest, who knows the UID, in their own name."""
    organizer = "ORGANIZER:mailto:eve@evil.example"
    lines = [("SEQUENCE:8", "REQUEST"), ("SEQUENCE:9", "CANCEL")]
    return [
        event
        for line, method in lines
        for event in MAILGUN.parse(
            by_mailgun(
                mail(ics(line, organizer=organizer, method=method).replace(b"20260610", b"20260612"), from_=EVE),
                token=method * 10,
            )
        )
    ]


@pytest.mark.parametrize("kind", ["google", "icalendar", "mail"])
def test_no_guest_moves_or_cancels_by_mail_what_another_source_told_of(pipeline: Pipeline, kind: str) -> None:
    pipeline.rules = MEETINGS
    first, second = organiser_s_word(kind)
    pipeline.process(first)
    claims = attacks()
    pipeline.process(*claims)

    assert [pipeline.status(one) for one in claims] == [("ignored", "not the organiser")] * 2
    pipeline.process(second)
    task = pipeline.task("t-u1") or {}
    assert (task["startTime"][:10], bool(task.get("isArchived"))) == ("2026-06-10", False)


@pytest.mark.parametrize("kind", ["google", "icalendar"])
def test_a_calendar_corrects_what_a_mail_claimed_first(pipeline: Pipeline, kind: str) -> None:
    pipeline.rules = MEETINGS
    pipeline.process(*attacks())
    first, second = organiser_s_word(kind)
    pipeline.process(first)
    later = [replace(one, id=f"{one.id[:-4]}abcd") for one in attacks()]
    pipeline.process(*later)

    assert [pipeline.status(one) for one in later] == [("ignored", "not the organiser")] * 2
    task = pipeline.task("t-u1") or {}
    assert (task["startTime"][:10], bool(task.get("isArchived"))) == ("2026-06-10", False)
    pipeline.process(second)
    ours = POSTMARK.parse(by_postmark(mail(ics("SEQUENCE:7", method="CANCEL"))))
    pipeline.process(*ours)
    assert (pipeline.task("t-u1") or {})["isArchived"]


def test_a_uid_that_looks_like_one_of_a_series_belongs_to_the_series(pipeline: Pipeline) -> None:
    first, _ = organiser_s_word("google")
    (claim, _) = attacks()
    instance = MAILGUN.parse(
        by_mailgun(
            mail(
                ics("SEQUENCE:8", organizer="ORGANIZER:mailto:eve@evil.example").replace(
                    b"UID:u1", b"UID:u1_20260610T080000Z"
                ),
                from_=EVE,
            )
        )
    )[0]
    assert first.bindings[0].subject == claim.bindings[-1].subject == instance.bindings[-1].subject


def test_an_organiser_that_google_does_not_know_shuts_nobody_out() -> None:
    assert organiser_bindings({"id": "u1", "organizer": {"email": UNKNOWN}}, is_certain=True) == ()
    assert organiser_bindings({"id": "u1", "organizer": {"name": "Ann"}}, is_certain=True) == ()
    assert organiser_bindings({"id": "u1"}, is_certain=True) == ()


def test_only_the_organiser_moves_and_cancels_a_meeting_that_is_known(pipeline: Pipeline) -> None:
    pipeline.rules = MEETINGS

    def receive(
        from_: str, day: str, *lines: str, organizer: str = "ann@acme.example", method: str = "REQUEST"
    ) -> Event:
        calendar = ics(*lines, organizer=f"ORGANIZER:mailto:{organizer}", method=method)
        (event,) = POSTMARK.parse(
            deliver(by_postmark(mail(calendar.replace(b"20260610", day.encode()), from_=from_)).body)
        )
        pipeline.process(event)
        return event

    def start() -> str:
        return str((pipeline.task("t-u1") or {})["startTime"])[:10]

    forwarded = receive("tom@guest.example", "20260610")
    assert (pipeline.status(forwarded), start()) == (("applied", ""), "2026-06-10")
    receive("ann@acme.example", "20260611")
    assert start() == "2026-06-11"

    attacks = [
        receive("eve@evil.example", "20260612", "SEQUENCE:7"),
        receive("eve@evil.example", "20260613", "SEQUENCE:8", organizer="eve@evil.example"),
        receive("eve@evil.example", "20260611", "SEQUENCE:9", method="CANCEL"),
        receive("eve@evil.example", "20260611", "SEQUENCE:9", organizer="eve@evil.example", method="CANCEL"),
    ]
    refused = ("ignored", "not the organiser")
    assert [pipeline.status(one) for one in attacks] == [("ignored", "superseded"), refused, refused, refused]
    assert start() == "2026-06-11"
    assert not (pipeline.task("t-u1") or {}).get("isArchived")

    moved = receive("bo@acme.example", "20260614", "SEQUENCE:1", organizer="bo@acme.example")
    assert (pipeline.status(moved), start()) == (("applied", ""), "2026-06-14")
    receive("ann@acme.example", "20260614", "SEQUENCE:2", method="CANCEL")
    assert (pipeline.task("t-u1") or {})["isArchived"]


def test_no_mail_that_somebody_else_sent_first_shuts_the_organiser_out(pipeline: Pipeline) -> None:
    pipeline.rules = MEETINGS
    claims = (
        mail(ics("SEQUENCE:9"), from_="eve@evil.example"),
        mail(ics("SEQUENCE:9", organizer="ORGANIZER:mailto:mallory@evil.example"), from_="eve@other.example"),
        mail(ics("SEQUENCE:9", method="CANCEL"), from_="eve@evil.example"),
        mail(ics(method="CANCEL"), from_="a@evil.example, ann@acme.example"),
    )
    for claim in claims:
        pipeline.process(*POSTMARK.parse(by_postmark(claim)))
    ours = [
        event
        for sequence, method in enumerate(("REQUEST", "REQUEST", "CANCEL"))
        for event in POSTMARK.parse(by_postmark(mail(ics(f"SEQUENCE:{sequence}", method=method))))
    ]
    for event in ours:
        pipeline.process(event)

    assert [pipeline.status(event) for event in ours] == [("applied", "")] * 3
    assert (pipeline.task("t-u1") or {})["isArchived"]
