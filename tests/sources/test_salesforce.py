"""Salesforce's outbound messages become deals; the whole message gets one acknowledgement."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError
from ruamel.yaml import YAML

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Event, iso
from planhook.sources import Source, build
from planhook.sources.source import Reply
from tests.sources.delivery import NOW, deliver, signed

SAMPLES = Path(__file__).parent / "samples" / "salesforce"
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "senders" / "salesforce.md"
ORGANIZATION = "00D5g00000LqXzAEAV"
SALESFORCE = build("sf", {"kind": "salesforce", "organization_id": ORGANIZATION})
XML = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}


def load(name: str) -> bytes:
    return (SAMPLES / f"outbound-{name}.xml").read_bytes()


def read(body: bytes, source: Source = SALESFORCE) -> tuple[Event, ...]:
    delivery = deliver(body, XML)
    source.verify(delivery)
    return source.parse(delivery)


def won(old: str, new: str) -> Event:
    """The event of the won sample with one piece of its text replaced."""
    body = load("opportunity-won").decode()
    assert old in body
    (event,) = read(body.replace(old, new).encode())
    return event


def without(element: str) -> Event:
    return won(re.search(rf"<sf:{element}>.*?</sf:{element}>", load("opportunity-won").decode())[0], "")  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "types", "status", "occurred_at"),
    [
        ("opportunity-created", ("deal.created",), "open", "2026-03-02T09:14:21.000Z"),
        ("opportunity-stage-changed", ("deal.updated",), "open", "2026-03-02T11:02:48.000Z"),
        ("opportunity-won", ("deal.won", "deal.updated"), "won", "2026-03-04T15:40:03.000Z"),
        ("opportunity-lost", ("deal.lost", "deal.updated"), "lost", "2026-03-05T08:00:59.000Z"),
    ],
)
def test_each_sample_is_one_deal(name: str, types: tuple[str, ...], status: str, occurred_at: str) -> None:
    (event,) = read(load(name))
    assert event.problem is None
    assert event.types == types
    assert (event.deal or {})["status"] == status
    assert iso(event.occurred_at) == occurred_at


def test_a_deal_has_the_fields_all_rules_share() -> None:
    (event,) = read(load("opportunity-won"))
    deal = dict(event.deal or {})
    assert deal.pop("properties")["IsWon"] == "true"
    assert deal == {
        "id": "0065g00000WcMmTAAV",
        "name": "Nordlys Robotics & Sons - Fleet licence",
        "stage": "Closed Won",
        "amount": 52000,
        "status": "won",
        "owner_id": "0055g00000A1bCdAAJ",
        "company_id": "0015g00001KpD2LAAV",
        "closed_at": "2026-03-04T00:00:00.000Z",
        "url": "https://nordlys.my.salesforce.com/0065g00000WcMmTAAV",
    }
    assert event.sender_id == "04l5g00002aVf0BAAS"


def test_the_payload_is_the_notification_with_its_envelope() -> None:
    (event,) = read(load("opportunity-lost"))
    assert event.payload == {
        "OrganizationId": ORGANIZATION,
        "ActionId": "04k5g000000fZAPAA2",
        "EnterpriseUrl": "https://nordlys.my.salesforce.com/services/Soap/c/64.0/00D5g00000LqXzA",
        "Notification": {
            "Id": "04l5g00002aVg9pAAC",
            "sObject": {
                "type": "Opportunity",
                "Id": "0065g00000WcPq2AAF",
                "Amount": None,
                "IsClosed": "true",
                "IsWon": "false",
                "LastModifiedDate": "2026-03-05T08:00:59.000Z",
                "Loss_Reason__c": 'Price < value "perceived"',
                "Name": "Brightwater Foods - pilot",
                "StageName": "Closed Lost",
            },
        },
    }


def test_a_session_is_in_no_event() -> None:
    event = won('<SessionId xsi:nil="true"/>', "<SessionId>00D5g!AQEAQ.live</SessionId>")
    assert "AQEAQ" not in str(event)


def test_every_notification_is_an_event() -> None:
    events = read(load("batch-3"))
    assert [event.types for event in events] == [("deal.won", "deal.updated"), ("deal.updated",), ("deal.updated",)]
    assert [event.sequence for event in events] == [0, 1, 2]
    assert [(event.deal or {})["amount"] for event in events] == [52000, 12500.5, 990]


def test_one_bad_notification_does_not_spoil_the_others() -> None:
    events = read(load("batch-3").replace(b"12500.5", b"much"))
    assert [bool(event.problem) for event in events] == [False, True, False]


def test_a_retry_is_the_same_event() -> None:
    (first,), (again,) = read(load("opportunity-won")), read(load("opportunity-won"))
    assert first.id == again.id != won("04l5g00002aVf0BAAS", "04l5g00002aVf0CAAS").id


@pytest.mark.parametrize(
    "gone", ["", "<sObject/>", '<sObject xsi:type="sf:Opportunity" xsi:nil="true" xmlns:sf="urn:x"></sObject>']
)
def test_a_record_that_is_gone_ends_ignored(gone: str) -> None:
    body = re.sub(r"<sObject.*</sObject>", gone, load("opportunity-won").decode(), flags=re.DOTALL)
    (event,) = read(body.encode())
    assert (event.type, event.ignored, event.deal, event.problem) == ("sf.gone", "gone", None, None)


def test_other_objects_are_events_of_the_source() -> None:
    event = won('xsi:type="sf:Opportunity"', 'xsi:type="sf:Account"')
    assert (event.types, event.deal) == (("sf.Account",), None)
    custom = build("sf", {"kind": "salesforce", "organization_id": ORGANIZATION, "object": "Deal__c"})
    (event,) = read(load("opportunity-won").replace(b"sf:Opportunity", b"sf:Deal__c"), custom)
    assert event.type == "deal.won"


def test_without_its_flags_the_stage_tells_the_end() -> None:
    assert without("IsWon").type == "deal.won"
    source = build("sf", {"kind": "salesforce", "organization_id": ORGANIZATION, "won_stages": "Vunnen"})
    body = load("batch-3").replace(b"Prospecting", b"Vunnen")
    assert [event.type for event in read(body, source)] == ["deal.updated", "deal.updated", "deal.won"]


def test_without_a_time_the_receipt_counts() -> None:
    assert without("LastModifiedDate").occurred_at == NOW


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Id>04l5g00002aVf0BAAS</Id>", ""),
        ("<sf:Id>0065g00000WcMmTAAV</sf:Id>", ""),
        ("2026-03-04T15:40:03.000Z", "yesterday"),
        ("<sf:CloseDate>2026-03-04", "<sf:CloseDate>soon"),
    ],
)
def test_what_cannot_be_read_is_one_dead_event(old: str, new: str) -> None:
    event = won(old, new)
    assert event.problem
    assert event.payload["OrganizationId"] == ORGANIZATION


def test_prefixes_do_not_matter() -> None:
    plain = load("opportunity-won").decode()
    other = plain.replace("soapenv:", "S:").replace("xmlns:soapenv", "xmlns:S").replace("sf:", "ns1:")
    (event,) = read(other.replace("xmlns:sf", "xmlns:ns1").encode())
    assert event == read(plain.encode())[0]


def test_names_of_another_namespace_do_not_count() -> None:
    with pytest.raises(ProofInvalid):
        read(load("opportunity-won").replace(b"2005/09/outbound", b"2005/09/inbound"))
    with pytest.raises(BodyInvalid):
        SALESFORCE.parse(deliver(b"<a/>"))


@pytest.mark.parametrize("organization", [ORGANIZATION, ORGANIZATION[:15], ["00D000000000001", ORGANIZATION[:15]]])
def test_the_organisation_may_be_configured_in_both_lengths(organization: object) -> None:
    read(load("opportunity-won"), build("sf", {"kind": "salesforce", "organization_id": organization}))


@pytest.mark.parametrize(
    "told", ["", "00D5g00000LqXzBEAV", "00D5g00000lqxzaEAV", "00D5g00000LqXzAEAVx", "00D5g00000LqXz", "LqXzA"]
)
def test_another_organisation_is_refused(told: str) -> None:
    body = load("opportunity-won").decode().replace(ORGANIZATION, told)
    with pytest.raises(ProofInvalid):
        read(body.encode())


def test_an_organisation_that_is_not_set_yet_refuses_all() -> None:
    with pytest.raises(ProofInvalid):
        read(load("opportunity-won"), build("sf", {"kind": "salesforce", "organization_id": "${SALESFORCE_ORG}"}))


def test_a_proof_can_be_asked_for_on_top() -> None:
    bearer = {"scheme": "bearer", "token": "t0ken"}
    source = build("sf", {"kind": "salesforce", "organization_id": ORGANIZATION, "verify": bearer})
    source.verify(signed(source, load("opportunity-won"), XML))
    with pytest.raises(ProofInvalid):
        source.verify(deliver(load("opportunity-won"), XML))
    assert source.warnings == ()
    assert "not signed" in SALESFORCE.warnings[0]


@pytest.mark.parametrize("organization", ["00D", "00X5g00000LqXzA", "00D5g00000LqXzAea0", ORGANIZATION + "1"])
def test_an_id_that_no_organisation_has_is_an_error(organization: str) -> None:
    with pytest.raises(ValidationError, match="organisation"):
        build("sf", {"kind": "salesforce", "organization_id": organization})


def test_success_is_acknowledged_as_the_sender_wants_it() -> None:
    reply = SALESFORCE.acknowledge({})
    assert isinstance(reply, Reply)
    assert (reply.status, reply.media_type) == (200, "text/xml; charset=utf-8")
    assert reply.body == (SAMPLES / "response-ack.xml").read_bytes().strip()


def test_only_xml_is_taken() -> None:
    assert SALESFORCE.accepts("Text/XML; charset=UTF-8")
    assert SALESFORCE.accepts(None)
    assert not SALESFORCE.accepts("application/json")


def test_a_message_has_up_to_a_hundred_notifications() -> None:
    head, notification, tail = re.split(rb"(<Notification>.*</Notification>)", load("opportunity-won"), flags=re.DOTALL)
    assert read(head + tail) == ()
    assert len(read(head + notification * 100 + tail)) == 100
    with pytest.raises(BodyInvalid) as caught:
        read(head + notification * 101 + tail)
    assert caught.value.status == 413
    long = head.replace(b"https://nordlys", b"https://nordlys" + b"x" * 50_000)
    with pytest.raises(BodyInvalid) as caught:
        read(long + notification * 100 + tail)
    assert caught.value.status == 413


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused(encoding: str) -> None:
    body = (
        load("opportunity-won").decode().replace("<soapenv:Envelope", "<!DOCTYPE x [<!ENTITY a 'b'>]><soapenv:Envelope")
    )
    body = body.replace('encoding="UTF-8"', f'encoding="{encoding}"')
    with pytest.raises(BodyInvalid, match="DOCTYPE"):
        read(body.encode(encoding))


@given(position=st.integers(0, len(load("batch-3")) - 1), byte=st.integers(0, 255))
def test_a_damaged_message_is_refused_or_read(position: int, byte: int) -> None:
    body = bytearray(load("batch-3"))
    body[position] = byte
    try:
        events = read(bytes(body))
    except (BodyInvalid, ProofInvalid):
        return
    assert all(Event.from_json(event.to_json()) == event for event in events)


def test_the_documented_flow_callout_is_a_won_deal() -> None:
    documented = DOCUMENTATION.read_text("utf-8").split("```yaml\n")[2].split("```")[0]
    config = YAML(typ="safe", pure=True).load(documented)["sources"]["salesforce-flow"]
    source = build("flow", config | {"verify": {"scheme": "bearer", "token": "t0ken"}})
    delivery = signed(source, (SAMPLES / "flow-http-callout-opportunity-won.json").read_bytes())
    source.verify(delivery)
    (event,) = source.parse(delivery)
    assert event.types == ("deal.won", "deal.updated")
    assert event.sender_id == "0065g00000WcMmTAAV:2026-03-04T15:40:03.000Z"
    assert event.deal == {
        "id": "0065g00000WcMmTAAV",
        "name": "Nordlys Robotics & Sons - Fleet licence",
        "stage": "Closed Won",
        "amount": 52000,
        "status": "won",
        "company_id": "0015g00001KpD2LAAV",
        "closed_at": "2026-03-04T00:00:00.000Z",
    }
