"""SendGrid Inbound Parse: invitations by mail, whole (field `email`) or taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.event import Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources.mail.form import MEDIA_TYPES, read_form, text_of
from planhook.sources.mail.invitation import MailReader, mail_reader
from planhook.sources.mail.message import Mail, calendars_in, may_be_calendar, read_mail
from planhook.sources.mail.mime import Part
from planhook.sources.mail.schema import MailKeys
from planhook.sources.proof.credential import BasicKeys, BasicProof
from planhook.sources.source import Kind, ProvenSource


@dataclass(frozen=True)
class SendGridSource(ProvenSource):
    """A `sendgrid` source."""

    reader: MailReader

    kind = "sendgrid"
    media_types = MEDIA_TYPES

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        return self.reader.read(_mail(read_form(delivery)), delivery)


def _mail(form: Mapping[str, Part]) -> Mail:
    if "email" in form:
        return read_mail(form["email"].body)
    headers = text_of(form, "headers") or f"From: {text_of(form, 'from')}\nSubject: {text_of(form, 'subject')}\n"
    told = read_mail(headers.strip().encode() + b"\n\n")
    attached = (part.content() for part in form.values() if may_be_calendar(part))
    return Mail(told.authors, calendars_in(attached), told.about)


class SendGridSchema(BasicKeys, MailKeys):
    """The keys of a `sendgrid` source."""


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> SendGridSource:
    proof = BasicProof(username=keys["username"], passwords=keys["password"])
    return SendGridSource(name, proof, mail_reader(name, keys, calendar))


KIND = Kind(SendGridSchema, _build)
