"""Salesforce outbound messages: SOAP in, one acknowledgement for the whole message out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import xml_tree
from planhook.sources.deal import outcome, read_deal
from planhook.sources.member import id_at, moment_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.credential import NoProof
from planhook.sources.proof.field import ProofField
from planhook.sources.schema import Keys, Secrets, Words
from planhook.sources.shared_part import check_repeated
from planhook.sources.source import Kind, ProvenSource, Reply, unusable
from planhook.sources.telling import Telling, by_state
from planhook.sources.xml_tree import Element

MAX_NOTIFICATIONS = 100

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ENVELOPE = ("OrganizationId", "ActionId", "EnterpriseUrl")  # never SessionId: it is a key to the organisation
_ACKNOWLEDGEMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<soapenv:Envelope xmlns:soapenv="{_SOAP}"><soapenv:Body>'
    f'<notificationsResponse xmlns="{_OUTBOUND}"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
_ORGANIZATION = re.compile(r"00D[A-Za-z0-9]{12}([A-Z0-5]{3})?")
_SAME = 15  # what follows is a checksum for those who cannot tell upper from lower case
_HOST = re.compile(r"https://[A-Za-z0-9.-]+")

_CANONICAL = {
    "Id": "id",
    "Name": "name",
    "StageName": "stage",
    "Amount": "amount",
    "CurrencyIsoCode": "currency",
    "AccountId": "company_id",
    "OwnerId": "owner_id",
    "ContactId": "contact_ids",
}


@dataclass(frozen=True)
class SalesforceSource(ProvenSource):
    """A `salesforce` source. `organizations` have 15 characters; stages are case-folded."""

    organizations: frozenset[str]
    object_name: str
    won_stages: frozenset[str]
    lost_stages: frozenset[str]

    kind = "salesforce"
    media_types = ("text/xml", "application/xml", "application/soap+xml")

    @property
    def telling(self) -> Telling:
        return Telling(frozenset({"deal"}), by_state(self.won_stages, self.lost_stages))

    def verify(self, delivery: Delivery) -> None:
        """Raises BodyInvalid as well: the organisation is told by the body."""
        self.proof.check(delivery)
        message = _message(xml_tree.parse(delivery.body))
        organization = _text(message, "OrganizationId") if message else None
        if not organization or not _ORGANIZATION.fullmatch(organization):
            raise ProofInvalid("the organisation is missing", "proof_missing")
        if organization[:_SAME] not in self.organizations:
            raise ProofInvalid("the organisation is another one", "other_sender")

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        message = _message(xml_tree.parse(delivery.body))
        if message is None:
            raise BodyInvalid("is no outbound message of Salesforce", "soap_unreadable")
        notifications = list(message.all(_OUTBOUND, "Notification"))
        if len(notifications) > MAX_NOTIFICATIONS:
            raise BodyInvalid(f"more than {MAX_NOTIFICATIONS} notifications", "too_many_events", status=413)
        envelope = {name: text for name in _ENVELOPE if (text := _text(message, name))}
        check_repeated(envelope, len(notifications))
        return tuple(self._event(each, envelope, position, delivery) for position, each in enumerate(notifications))

    def acknowledge(self, told: JSON) -> Reply:  # noqa: ARG002 - one answer whatever was new
        return Reply(200, _ACKNOWLEDGEMENT.encode(), "text/xml; charset=utf-8")

    def _event(self, told: Element, envelope: Mapping[str, JSON], position: int, delivery: Delivery) -> Event:
        record = told.first(_OUTBOUND, "sObject")
        values = _values(record) if record else {}
        notification = {"Id": _text(told, "Id"), "sObject": {"type": _type(record), **values} if values else None}
        payload = {**envelope, "Notification": notification}
        try:
            return self._record_event(notification, values, payload, position, delivery)
        except ValueError as error:
            return unusable(self.name, delivery, payload, position, str(error))

    def _record_event(
        self,
        notification: Mapping[str, JSON],
        record: Mapping[str, JSON],
        payload: Mapping[str, JSON],
        position: int,
        delivery: Delivery,
    ) -> Event:
        sender_id = id_at(notification, "Id")
        about = notification["sObject"]["type"] if record else "gone"
        deal = None
        types: tuple[str, ...] = (f"{self.name}.{about}",)
        if about == self.object_name:
            deal = self._deal(record, payload)
            types = self.telling.types("deal.created" if _is_new(record) else "deal.updated", deal, changes={})
        return new_event(
            self.name,
            delivery,
            identity=sender_id,
            types=types,
            occurred_at=_occurred_at(record),
            sequence=position,
            sender_id=sender_id,
            deal=deal,
            payload=payload,
            ignored=None if record else "gone",  # deleted before Salesforce could send what it was
        )

    def _deal(self, record: Mapping[str, JSON], payload: Mapping[str, JSON]) -> dict[str, JSON]:
        given = {canonical: record.get(name) for name, canonical in _CANONICAL.items()}
        deal = read_deal({**given, "id": id_at(record, "Id"), "properties": dict(record)})
        status = _status(record) or outcome(deal, self.won_stages, self.lost_stages)
        host = _HOST.match(str(payload.get("EnterpriseUrl")))
        closed_at = record.get("CloseDate") if status in ("won", "lost") else None  # before that it is a guess
        return deal | read_deal(
            {"status": status, "closed_at": closed_at, "url": f"{host[0]}/{deal['id']}" if host else None}
        )


def _message(root: Element) -> Element | None:
    body = root.first(_SOAP, "Body") if (root.namespace, root.name) == (_SOAP, "Envelope") else None
    return body.first(_OUTBOUND, "notifications") if body else None


def _text(parent: Element, name: str) -> str | None:
    found = parent.first(_OUTBOUND, name)
    return found.text.strip() or None if found else None


def _values(record: Element) -> dict[str, JSON]:
    """The fields of an sObject; those that are nil are None."""
    return {
        field.name: None if field.attributes.get((_XSI, "nil")) in ("true", "1") else field.text
        for field in record.children
    }


def _type(record: Element | None) -> str:
    """`Opportunity` of `sf:Opportunity`, whatever the prefix."""
    written = record.attributes.get((_XSI, "type"), "") if record else ""
    return written.rpartition(":")[2][:100] or "unknown"


def _is_new(record: Mapping[str, JSON]) -> bool:
    """Salesforce names no action; a record that nobody touched since it was created has just been created."""
    created = record.get("CreatedDate")
    return bool(created) and created in (record.get("LastModifiedDate"), record.get("SystemModstamp"))


def _occurred_at(record: Mapping[str, JSON]) -> datetime | None:
    for key in ("LastModifiedDate", "SystemModstamp"):
        if record.get(key):
            return moment_at(record, key)
    return None


def _status(record: Mapping[str, JSON]) -> str | None:
    if record.get("IsWon") == "true":
        return "won"
    closed = record.get("IsClosed")
    if closed == "true" and record.get("IsWon") == "false":
        return "lost"
    return "open" if closed == "false" else None


class SalesforceSchema(Keys):
    """The keys of a `salesforce` source."""

    organization_id = Secrets(required=True)  # no secret, but handled like one: a list, or not set yet
    object = fields.String(load_default="Opportunity", validate=validate.Length(min=1))
    verify = ProofField()
    won_stages = Words(load_default=frozenset({"closed won"}))
    lost_stages = Words(load_default=frozenset({"closed lost"}))

    @validates("organization_id")
    def check_organization(self, value: tuple[str, ...], **_: Any) -> None:
        """An id that no message can hold would refuse all of them."""
        if not all(_ORGANIZATION.fullmatch(each) for each in value):
            raise ValidationError("is not the id of an organisation: 00D and 12 or 15 more letters and digits")


def _build(name: str, keys: dict[str, Any], _: Calendar) -> SalesforceSource:
    weak = NoProof(warnings=("messages are not signed: whoever knows the organisation's id can send them; add verify",))
    return SalesforceSource(
        name,
        keys.get("verify", weak),
        organizations=frozenset(each[:_SAME] for each in keys["organization_id"]),
        object_name=keys["object"],
        won_stages=keys["won_stages"],
        lost_stages=keys["lost_stages"],
    )


KIND = Kind(SalesforceSchema, _build)
