"""SendGrid Inbound Parse: invitations by mail, whole (field `email`) or taken apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from planhook.core.event import Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources.mail.form import MEDIA_TYPES, read_form, text_of
from planhook.sources.mail.invitation import MailReader, mail_reader
from planhook.sources.mail.message import Mail, calendars_in, may_be_calendar, read_mail
from planhook.sources.mail.mime import Part
from planhook.sources.mail.schema import MailKeys
from planhook.sources.mail_domain import is_within
from planhook.sources.proof.credential import BasicKeys, BasicProof
from planhook.sources.source import Kind, ProvenSource
from planhook.sources.telling import INVITATIONS

_DKIM = re.compile(r"@([\w.-]{1,253})\s*:\s*(\w{1,20})")
_BOUNCE = re.compile(r'"from"\s*:\s*"[^"@]{0,200}@([\w.-]{1,253})"')


@dataclass(frozen=True)
class SendGridSource(ProvenSource):
    """A `sendgrid` source."""

    reader: MailReader

    kind = "sendgrid"
    telling = INVITATIONS
    media_types = MEDIA_TYPES

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        return self.reader.read(_mail(read_form(delivery)), delivery)


def _mail(form: Mapping[str, Part]) -> Mail:
    mail = _told(form)
    is_forged = any(_is_forged(form, author.rpartition("@")[2]) for author in mail.authors)
    return replace(mail, authors=frozenset()) if is_forged else mail


def _is_forged(form: Mapping[str, Part], domain: str) -> bool:
    """Whether SendGrid found that nobody at `domain` sent it; without a finding, nothing is said against it."""
    found = [(each[1].lower(), each[2].lower()) for each in _DKIM.finditer(text_of(form, "dkim"))]
    signed = [result for signer, result in found if _is_aligned(signer, domain)]
    spf, bounces_to = text_of(form, "SPF").strip().lower(), _BOUNCE.search(text_of(form, "envelope"))
    if "pass" in signed or (spf == "pass" and bounces_to and _is_aligned(bounces_to[1].lower(), domain)):
        return False
    return bool(signed) or spf in ("fail", "softfail")


def _is_aligned(one: str, other: str) -> bool:
    return is_within(one, [other]) or is_within(other, [one])


def _told(form: Mapping[str, Part]) -> Mail:
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
