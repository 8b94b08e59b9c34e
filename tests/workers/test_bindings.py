"""Events that speak for somebody else are ignored, whoever plans them and however often."""

from dataclasses import replace

from planhook.core.event import Binding, Event
from planhook.core.rule import RuleSet
from planhook.sources import build
from tests.sources.delivery import deliver
from tests.sources.test_mail_kinds import KEYS, by_postmark, ics, mail
from tests.workers.conftest import Pipeline, action, deal, rule

POSTMARK = build("invites", KEYS["postmark"])
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


def bound(event: Event, holder: str, subject: str = "deal 1", source: str = "crm") -> Event:
    return replace(event, source=source, bindings=(Binding(subject, holder, "not the owner"),))


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


def test_each_source_has_its_own_subjects(pipeline: Pipeline) -> None:
    events = [
        bound(deal("deal.created", 0, name="Acme", amount="9"), "ann"),
        bound(deal("deal.created", 1, number="2", name="Bolt", amount="9"), "eve", source="other"),
        bound(deal("deal.created", 2, number="3", name="Cord", amount="9"), "eve", subject="deal 3"),
    ]
    pipeline.process(*events)

    assert [pipeline.status(one)[0] for one in events] == ["applied"] * 3


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
