"""Zoom: meetings as they are planned, moved, deleted and ended, and the proof that this address is ours."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import JSON, Delivery, Event, iso
from planhook.core.rule import Calendar
from planhook.sources import strict_json, values
from planhook.sources.meeting import MEETING_FIELDS, in_zone, read_meeting
from planhook.sources.member import id_at, moment_at, name_at, object_at, objects_at
from planhook.sources.new_event import new_event
from planhook.sources.proof.signature import HmacProof
from planhook.sources.schema import Keys, Secrets
from planhook.sources.source import JsonSource, Kind, Reply, digest, unusable
from planhook.sources.telling import Telling

_TYPES = {
    "meeting.created": "meeting.scheduled",
    "meeting.updated": "meeting.updated",
    "meeting.deleted": "meeting.cancelled",
    "meeting.ended": "meeting.ended",
}
_CANONICAL = {
    "topic": "title",
    "agenda": "description",
    "start_time": "start",
    "timezone": "timezone",
    "join_url": "url",
}
_STATUSES = {"meeting.created": "confirmed", "meeting.deleted": "cancelled"}
_EPOCH_MS = re.compile(r"[0-9]{13}")
_VALIDATION = "endpoint.url_validation"
# A colon would let the answer serve as the signature of a request.
_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_=+/-]{1,200}")
_SECRETS = frozenset(
    ("password", "passcode", "encrypted_password", "h323_password", "h323_passcode", "pstn_password", "start_url")
)


@dataclass(frozen=True)
class ZoomSource(JsonSource):
    """A `zoom` source."""

    secrets: tuple[str, ...]
    internal_domains: frozenset[str]

    kind = "zoom"
    telling = Telling(frozenset({"meeting"}), leaves_end_open=True)

    def handshake(self, delivery: Delivery) -> Reply | None:
        """Zoom asks every 72 hours whether we hold the secret. Unsigned, the answer would sign for anybody."""
        if _VALIDATION.encode() not in delivery.body:
            return None
        secret = self._secret_of(delivery)
        body = strict_json.decode(delivery.body)
        if not isinstance(body, dict) or body.get("event") != _VALIDATION:
            return None
        payload = body.get("payload")
        plain = payload.get("plainToken") if isinstance(payload, dict) else None
        if not isinstance(plain, str) or not _PLAIN_TOKEN.fullmatch(plain):
            raise BodyInvalid("payload.plainToken is missing or malformed", "handshake_unreadable")
        encrypted = hmac.digest(secret.encode(), plain.encode(), "sha256").hex()
        answer = json.dumps({"plainToken": plain, "encryptedToken": encrypted}).encode()
        return Reply(200, answer, "application/json")

    def _secret_of(self, delivery: Delivery) -> str:
        """The secret that signed `delivery`. Raises ProofInvalid."""
        for secret in self.secrets:
            try:
                _proof((secret,)).check(delivery)
            except ProofInvalid:
                continue
            return secret
        raise ProofInvalid("the signature does not match", "signature_wrong")

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        body = _without_secrets(strict_json.decode(delivery.body))
        try:
            return (self._event(values.mapping(body), delivery),)
        except ValueError as error:
            return (unusable(self.name, delivery, body, 0, str(error)),)

    def _event(self, body: Mapping[str, JSON], delivery: Delivery) -> Event:
        said, payload = name_at(body, "event"), object_at(body, "payload")
        told, before = object_at(payload, "object"), object_at(payload, "old_object")
        meeting = self._meeting(said, payload, told, before) if said in _TYPES else None
        return new_event(
            self.name,
            delivery,
            identity=digest([said, body.get("event_ts"), told.get("uuid") or payload]),
            types=(_TYPES[said] if meeting else f"{self.name}.{said}",),
            occurred_at=moment_at(body, "event_ts"),
            sender_id=str(meeting["id"]) if meeting else None,
            meeting=meeting,
            changes=_changes(before, told) if meeting else None,
            payload=body,
        )

    def _meeting(
        self, said: str, payload: Mapping[str, JSON], told: Mapping[str, JSON], before: Mapping[str, JSON]
    ) -> dict[str, JSON]:
        """The fields that were told: of a changed meeting those that changed, of one instance its own times."""
        occurrences = objects_at(told, "occurrences")
        first = occurrences[0] if occurrences else {}
        is_instance = payload.get("operation") == "single" and len(occurrences) == 1
        own, other = (first, told) if is_instance else (told, first)
        start = in_zone(own.get("start_time") or other.get("start_time"), told.get("timezone"))
        minutes = own.get("duration") or other.get("duration")
        meeting = read_meeting(
            {
                **{canonical: told.get(name) for name, canonical in _CANONICAL.items()},
                "id": id_at(told, "id") + (f"_{_stamp(first, before)}" if is_instance else ""),
                "start": start,
                "end": told.get("end_time") or _end(start, minutes),
                "status": _STATUSES.get(said),
                "organizer": {"email": told["host_email"]} if told.get("host_email") else None,
            },
            self.internal_domains,
        )
        if said == "meeting.updated" and not told.keys() & {"duration", "end_time"} and not minutes:
            meeting.pop("end", None)  # it is as long as it was, which Zoom does not tell
        return meeting


def _end(start: JSON, minutes: JSON) -> JSON:
    if not start or not minutes:
        return None
    try:
        return iso(values.moment(start) + timedelta(minutes=values.number(minutes)))
    except (ValueError, OverflowError):
        raise ValueError("start_time or duration is out of range") from None


def _stamp(instance: Mapping[str, JSON], before: Mapping[str, JSON]) -> str:
    """What names one instance of a series, as invitations name it: its first start, which is Zoom's name for it too."""
    occurrence_id = instance.get("occurrence_id")
    if isinstance(occurrence_id, str) and _EPOCH_MS.fullmatch(occurrence_id):
        start = values.moment(occurrence_id)
    else:
        earlier = objects_at(before, "occurrences")
        start = moment_at(earlier[0] if len(earlier) == 1 else instance, "start_time")
    return f"{start:%Y%m%dT%H%M%SZ}"


def _changes(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> dict[str, dict[str, JSON]]:
    """What `before` holds otherwise than `after`, both sides as the meeting shows them."""
    zone = after.get("timezone")
    return {
        _CANONICAL.get(name, name): {"from": _shown(name, old, zone), "to": _shown(name, after.get(name), zone)}
        for name, old in before.items()
        if name in after and after[name] != old
    }


def _shown(name: str, value: JSON, zone: JSON) -> JSON:
    value = in_zone(value, zone) if name == "start_time" else value
    return MEETING_FIELDS[_CANONICAL[name]](value) if name in _CANONICAL and value is not None else value


def _without_secrets(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {name: _without_secrets(each) for name, each in value.items() if name not in _SECRETS}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


def _proof(secrets: tuple[str, ...]) -> HmacProof:
    return HmacProof(
        tuple(secret.encode() for secret in secrets),
        "x-zm-signature",
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp_header="x-zm-request-timestamp",
        timestamp_unit="s",
    )


class ZoomSchema(Keys):
    """The keys of a `zoom` source."""

    secret = Secrets(required=True)


def _build(name: str, keys: dict[str, Any], calendar: Calendar) -> ZoomSource:
    return ZoomSource(name, _proof(keys["secret"]), keys["secret"], calendar.internal_domains)


KIND = Kind(ZoomSchema, _build)
