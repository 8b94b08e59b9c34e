"""Postmark inbound: mail as JSON, whole (`RawEmail`) or taken apart."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json, values
from planhook.sources.mail.invitation import MailReader, mail_reader
from planhook.sources.mail.message import Mail, authors_of, calendars_in, is_calendar, read_mail
from planhook.sources.mail.schema import MailKeys
from planhook.sources.member import object_at, objects_at
from planhook.sources.proof.credential import BasicKeys, BasicProof
from planhook.sources.source import JsonSource, Kind, Reply, unusable
from planhook.sources.telling import INVITATIONS


@dataclass(frozen=True)
class PostmarkSource(JsonSource):
    """A `postmark` source."""

    reader: MailReader

    kind = "postmark"
    telling = INVITATIONS

    def acknowledge(self, told: JSON) -> Reply | None:
        """Any other answer than 200, 202 included, makes Postmark send the mail again."""
        return Reply(200, json.dumps(told).encode(), "application/json")

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        try:
            mail = _mail(values.mapping(body))
        except ValueError as error:
            return (unusable(self.name, delivery, body, 0, str(error)),)
        return self.reader.read(mail, delivery)


def _mail(body: Mapping[str, JSON]) -> Mail:
    raw = body.get("RawEmail")
    if isinstance(raw, str) and raw:
        return read_mail(raw.encode()).known_as(body.get("MessageID"))
    headers = [(str(each.get("Name")).lower(), each.get("Value")) for each in objects_at(body, "Headers")]
    author = object_at(body, "FromFull").get("Email") or body.get("From")
    attached = [
        _content(each)
        for each in objects_at(body, "Attachments")
        if is_calendar(str(each.get("ContentType")), str(each.get("Name")))
    ]
    about = {
        "from": author,
        "subject": body.get("Subject"),
        "date": body.get("Date"),
        "message_id": body.get("MessageID"),
    }
    return Mail(
        authors=authors_of([str(author)], [str(value) for name, value in headers if name == "sender"]),
        calendars=calendars_in(attached),
        about={name: value[:1000] for name, value in about.items() if isinstance(value, str) and value},
    )


def _content(attachment: Mapping[str, JSON]) -> bytes:
    content = attachment.get("Content")
    try:
        return base64.b64decode(content if isinstance(content, str) else "")
    except (binascii.Error, ValueError):
        raise ValueError("Content of an attachment is not base64") from None


class PostmarkSchema(BasicKeys, MailKeys):
    """The keys of a `postmark` source."""


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> PostmarkSource:
    proof = BasicProof(username=keys["username"], passwords=keys["password"])
    return PostmarkSource(name, proof, mail_reader(name, keys, calendar))


KIND = Kind(PostmarkSchema, _build)
