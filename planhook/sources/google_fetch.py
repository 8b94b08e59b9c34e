"""What `fetch:` of a Google Calendar source says: how to sign in, which calendars, and where pushes go."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from marshmallow import ValidationError, fields, validate, validates_schema

from planhook.core.event import JSON
from planhook.sources.schema import BaseUrl, Keys, Token, WebhookAddress

_UNSET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_USER = ("client_id", "client_secret", "refresh_token")
_IS_CALENDAR = validate.Regexp(re.compile(r"[!-.0-~]{1,200}\Z"), error="is no id of a calendar")


@dataclass(frozen=True)
class UserAccess:
    """What one user of Google has allowed an OAuth client for as long as they like."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class ServiceAccount:
    """A service account with its key in PEM; `subject` is the user that it acts for, "" for itself."""

    email: str
    key_id: str
    private_key: str = field(repr=False)
    subject: str = ""


@dataclass(frozen=True)
class GoogleFetch:
    """What `fetch:` says. `channel_token` proves our channels; `address` is "" when there are none."""

    access: UserAccess | ServiceAccount
    calendars: tuple[str, ...]
    address: str
    channel_token: str = field(repr=False)
    with_existing: bool
    poll_minutes: int
    calls_per_minute: int
    url: str
    token_url: str

    @property
    def standing(self) -> tuple[str, ...]:
        """Each calendar is looked at without a push too, because pushes get lost."""
        channels = [f"channel/{calendar}" for calendar in self.calendars] if self.address else []
        return (*(f"calendar/{calendar}" for calendar in self.calendars), *channels)

    @property
    def own(self) -> frozenset[str]:
        """The addresses of the calendars, as far as they are known."""
        subject = self.access.subject if isinstance(self.access, ServiceAccount) else ""
        return frozenset(name.lower() for name in (*self.calendars, subject) if "@" in name)

    def calendar_of(self, channel_id: str, resource_uri: str) -> str | None:
        """The calendar that a push is about; None when it is none of ours."""
        for calendar in self.calendars:
            if channel_id.startswith(channel_prefix(calendar)):
                return calendar
            if f"/calendars/{calendar}/" in unquote(resource_uri):
                return calendar
        return self.calendars[0] if len(self.calendars) == 1 else None


def channel_prefix(calendar: str) -> str:
    """How the ids of our channels of a calendar begin: a push names its channel, and not always its calendar."""
    return f"{hashlib.sha256(calendar.encode()).hexdigest()[:16]}-"


class ServiceAccountField(fields.Field[ServiceAccount]):
    """The text of a service account's JSON key file. Loads to an empty account while its `${NAME}` is not filled in."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> ServiceAccount:
        if isinstance(value, str) and _UNSET.fullmatch(value.strip()):
            return ServiceAccount("", "", "")
        try:
            told = json.loads(value) if isinstance(value, str) else None
            if not isinstance(told, Mapping):
                raise ValidationError("must be the whole text of the JSON key file")
            email, key_id, key = (self._text(told, name) for name in ("client_email", "private_key_id", "private_key"))
            if not isinstance(load_pem_private_key(key.encode(), None), RSAPrivateKey):
                raise ValidationError("holds a private_key that is no RSA key")
        except (ValueError, TypeError, RecursionError) as fault:
            if isinstance(fault, ValidationError):
                raise
            raise ValidationError("must be the whole text of the JSON key file: copy it again") from None
        return ServiceAccount(email, key_id, key)

    @staticmethod
    def _text(told: Mapping[str, JSON], name: str) -> str:
        value = told.get(name)
        if not isinstance(value, str) or not value:
            raise ValidationError(f"has no {name}: it must be the whole text of the JSON key file")
        return value


class GoogleFetchSchema(Keys):
    """The keys of `fetch:`."""

    client_id = Token(load_default=None)
    client_secret = Token(load_default=None)
    refresh_token = Token(load_default=None)
    service_account = ServiceAccountField(load_default=None)
    subject = fields.Email(load_default=None)
    calendars = fields.List(
        fields.String(validate=_IS_CALENDAR), load_default=["primary"], validate=validate.Length(1, 100)
    )
    address = WebhookAddress(load_default="")
    existing = fields.String(load_default="schedule", validate=validate.OneOf(("schedule", "ignore")))
    poll_minutes = fields.Integer(strict=True, load_default=15, validate=validate.Range(1, 1440))
    calls_per_minute = fields.Integer(strict=True, load_default=300, validate=validate.Range(6, 6000))
    url = BaseUrl("Google Calendar", load_default="https://www.googleapis.com/calendar/v3")
    token_url = BaseUrl("Google sign-in", load_default="https://oauth2.googleapis.com/token")

    @validates_schema
    def check_access(self, keys: dict[str, Any], **_: Any) -> None:
        """One way to sign in, and all of it."""
        given = [name for name in _USER if keys.get(name) is not None]
        missing = [name for name in _USER if name not in given]
        if keys.get("service_account") is not None:
            if given:
                raise ValidationError("a service account needs none of this: keep one way to sign in", given[0])
            if keys.get("subject") is None and "primary" in keys["calendars"]:
                raise ValidationError(
                    "is missing: whose primary calendar? Or name calendars that are shared with the service account",
                    "subject",
                )
        elif not given:
            raise ValidationError(f"is missing: either {', '.join(_USER)}, or service_account", _USER[0])
        elif missing:
            raise ValidationError(f"is missing: {', '.join(_USER)} belong together", missing[0])
        elif keys.get("subject") is not None:
            raise ValidationError("is for a service account, which acts for somebody", "subject")

    @validates_schema
    def check_calendars(self, keys: dict[str, Any], **_: Any) -> None:
        """Each calendar once."""
        if len(set(keys["calendars"])) < len(keys["calendars"]):
            raise ValidationError("names a calendar twice", "calendars")


def google_fetch(keys: Mapping[str, Any] | None, tokens: tuple[str, ...]) -> GoogleFetch | None:
    """What the loaded keys of `fetch:` say; None without any. The first of `tokens` proves our channels."""
    if keys is None:
        return None
    account: ServiceAccount | None = keys["service_account"]
    access: UserAccess | ServiceAccount
    if account is None:
        access = UserAccess(*(keys[name] for name in _USER))
    else:
        access = ServiceAccount(account.email, account.key_id, account.private_key, keys["subject"] or "")
    return GoogleFetch(
        access=access,
        calendars=tuple(keys["calendars"]),
        address=keys["address"],
        channel_token=tokens[0] if tokens else "",
        with_existing=keys["existing"] == "schedule",
        poll_minutes=keys["poll_minutes"],
        calls_per_minute=keys["calls_per_minute"],
        url=keys["url"],
        token_url=keys["token_url"],
    )
