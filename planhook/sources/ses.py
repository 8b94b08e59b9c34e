"""Amazon SES by way of SNS: invitations by mail.

A subscription is never confirmed from here: that would be a call to an address out of a request. Its confirmation
becomes an event that shows the address, for a person to open.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError, fields

from planhook.core.errors import BodyInvalid
from planhook.core.event import JSON, Delivery, Event
from planhook.core.rule import Calendar
from planhook.sources import strict_json, values
from planhook.sources.mail.invitation import MailReader, mail_reader
from planhook.sources.mail.message import Mail, read_mail
from planhook.sources.mail.schema import MailKeys
from planhook.sources.member import id_at, name_at, object_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.sns import SnsProof, is_topic
from planhook.sources.proof.sns_certificate import (
    FetchedCertificates,
    GivenCertificates,
    fetch_over_https,
    read_public_key,
)
from planhook.sources.source import JsonSource, Kind, unusable
from planhook.sources.telling import INVITATIONS

_SHOWN = ("Type", "MessageId", "TopicArn", "Timestamp", "Subject")


@dataclass(frozen=True)
class SesSource(JsonSource):
    """A `ses` source."""

    reader: MailReader

    kind = "ses"
    telling = INVITATIONS

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = strict_json.decode(delivery.body)
        shown: dict[str, JSON] = {name: body[name] for name in _SHOWN if name in body} if isinstance(body, dict) else {}
        try:
            message = values.mapping(body)
            if name_at(message, "Type") != "Notification":
                return (self._about_subscription(message, shown, delivery),)
            notice = _notice(message)
            if notice.get("notificationType") != "Received":
                return (self._event("notification", message, shown, delivery, ignored="no mail"),)
            mail = _mail(notice).known_as(id_at(message, "MessageId"))
        except ValueError as error:
            return (unusable(self.name, delivery, shown, 0, str(error)),)
        return self.reader.read(mail, delivery)

    def _about_subscription(self, message: Mapping[str, JSON], shown: dict[str, JSON], delivery: Delivery) -> Event:
        if message["Type"] == "SubscriptionConfirmation":
            payload = {**shown, "SubscribeURL": message.get("SubscribeURL")}
            return self._event(
                "subscription_confirmation", message, payload, delivery, ignored="open SubscribeURL to confirm"
            )
        return self._event("unsubscribed", message, shown, delivery, ignored="unsubscribed")

    def _event(
        self, said: str, message: Mapping[str, JSON], payload: dict[str, JSON], delivery: Delivery, *, ignored: str
    ) -> Event:
        message_id = id_at(message, "MessageId")
        return new_event(
            self.name,
            delivery,
            identity=message_id,
            types=(f"{self.name}.{said}",),
            sender_id=message_id,
            payload=payload,
            ignored=ignored,
        )


def _notice(message: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """What SES says inside of what SNS says. A test of the topic by hand is plain text."""
    written = message.get("Message")
    try:
        notice = strict_json.decode(written.encode() if isinstance(written, str) else b"")
    except BodyInvalid:
        return {}
    return notice if isinstance(notice, dict) else {}


def _mail(notice: Mapping[str, JSON]) -> Mail:
    told, receipt = object_at(notice, "mail"), object_at(notice, "receipt")
    content = notice.get("content")
    if not isinstance(content, str):
        return Mail(frozenset(), (), {"message_id": told.get("messageId"), "from": told.get("source")})
    raw = content.encode()
    if object_at(receipt, "action").get("encoding") == "BASE64":
        try:
            raw = base64.b64decode(raw, validate=True)
        except binascii.Error:
            raise ValueError("content is not base64") from None
    mail = read_mail(raw)
    is_forged = object_at(receipt, "dmarcVerdict").get("status") == "FAIL"
    return replace(mail, authors=frozenset()) if is_forged else mail


class Topics(fields.Field[tuple[str, ...]]):
    """One ARN or a list of them."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        given = value if isinstance(value, list) else [value]
        if not given or not all(isinstance(arn, str) and is_topic(arn) for arn in given):
            raise ValidationError("is not the ARN of a topic such as arn:aws:sns:eu-north-1:123456789012:invites")
        return tuple(str(arn) for arn in given)


class CertificateField(fields.Field[GivenCertificates]):
    """A certificate in PEM, or a list of them."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> GivenCertificates:
        given = value if isinstance(value, list) else [value]
        try:
            return GivenCertificates(tuple(read_public_key(str(pem).encode()) for pem in given))
        except ValueError:
            raise ValidationError("is not a certificate in PEM with an RSA key") from None


class SesSchema(MailKeys):
    """The keys of an `ses` source. Without `certificate` it is fetched from SNS when first needed."""

    topic_arn = Topics(required=True)
    certificate = CertificateField()


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> SesSource:
    certificates = keys.get("certificate") or FetchedCertificates(fetch_over_https)
    proof = SnsProof(topic_arns=keys["topic_arn"], certificates=certificates)
    return SesSource(name, proof, mail_reader(name, keys, calendar))


KIND = Kind(SesSchema, _build)
