"""Mailgun routes: invitations by mail, in the MIME variant or parsed.

The signature covers only a time and a token, not the mail. So the token is what tells deliveries apart: whoever
catches one cannot send another mail with it, however old it may be.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Delivery, Event, milliseconds
from planhook.core.rule import Calendar
from planhook.sources.mail.form import MEDIA_TYPES, read_form, text_of
from planhook.sources.mail.invitation import MailReader, mail_reader
from planhook.sources.mail.message import Mail, authors_of, calendars_in, may_be_calendar, read_mail
from planhook.sources.mail.mime import Part
from planhook.sources.mail.schema import MailKeys
from planhook.sources.proof.scheme import ProofWithoutId, check_age, matches_any
from planhook.sources.schema import Secrets
from planhook.sources.source import Kind, ProvenSource
from planhook.sources.telling import INVITATIONS

_RETRIES = timedelta(hours=9)  # the last comes after eight; whether they are signed anew, Mailgun does not say
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class MailgunProof(ProofWithoutId):
    """Hex HMAC-SHA256 over the form's `timestamp` and `token`, in its field `signature`."""

    secrets: tuple[str, ...]
    tolerance: timedelta = _RETRIES

    def check(self, delivery: Delivery) -> None:
        try:
            form = read_form(delivery)
        except BodyInvalid:
            raise ProofInvalid("the body is no form that could be signed", "proof_unreadable") from None
        timestamp, token = text_of(form, "timestamp"), text_of(form, "token")
        if not token:
            raise ProofInvalid("field token is missing", "proof_missing")
        check_age(timestamp, delivery, self.tolerance, unit="s", ahead=_CLOCKS_DIFFER)
        received = text_of(form, "signature").lower().encode()
        if not matches_any(received, (_signature(secret, timestamp, token) for secret in self.secrets)):
            raise ProofInvalid("the signature does not match", "signature_wrong")

    def sign(self, _: Delivery) -> dict[str, str]:
        return {}  # the body carries the proof

    def signed_fields(self, token: str, now: datetime) -> dict[str, str]:
        """The fields by which a form that is sent at `now` proves itself; `token` is used only once."""
        timestamp = str(milliseconds(now) // 1000)
        signature = _signature(self.secrets[0], timestamp, token).decode()
        return {"timestamp": timestamp, "token": token, "signature": signature}


@dataclass(frozen=True)
class MailgunSource(ProvenSource):
    """A `mailgun` source."""

    proof: MailgunProof
    reader: MailReader

    kind = "mailgun"
    telling = INVITATIONS
    media_types = MEDIA_TYPES

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        form = read_form(delivery)
        return self.reader.read(_mail(form), delivery, delivery_id=text_of(form, "token") or None)


def _mail(form: dict[str, Part]) -> Mail:
    if "body-mime" in form:
        return read_mail(form["body-mime"].body)
    attached = [
        part.content() for name, part in form.items() if name.startswith("attachment") and may_be_calendar(part)
    ]
    if "body-calendar" in form:
        attached.append(form["body-calendar"].body)
    about = {
        "from": text_of(form, "from"),
        "subject": text_of(form, "subject"),
        "message_id": text_of(form, "Message-Id"),
    }
    return Mail(
        authors=authors_of([about["from"]], []),
        calendars=calendars_in(attached),
        about={name: value[:1000] for name, value in about.items() if value},
    )


def _signature(secret: str, timestamp: str, token: str) -> bytes:
    return hmac.digest(secret.encode(), (timestamp + token).encode(), "sha256").hex().encode()


class MailgunSchema(MailKeys):
    """The keys of a `mailgun` source."""

    secret = Secrets(required=True)


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> MailgunSource:
    return MailgunSource(name, MailgunProof(secrets=keys["secret"]), mail_reader(name, keys, calendar))


KIND = Kind(MailgunSchema, _build)
