"""What `fetch:` of a Microsoft Graph source says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from marshmallow import ValidationError, fields, validate, validates_schema

from planhook.sources.schema import BaseUrl, Keys, Token, WebhookAddress

_IS_USER = validate.Regexp(
    re.compile(r"[^\s/\\?#@]+@[^\s/\\?#@]+|[0-9a-fA-F-]{36}|\$\{\w+\}"),
    error="is no user: write a mail address or an object id",
)


@dataclass(frozen=True)
class GraphFetch:
    """How events are completed, and whose calendars are kept an eye on. `users` are in lower case.

    Without `address`, subscriptions are made by others, or there are none and calendars are only read from time
    to time.
    """

    tenant: str
    client_id: str
    client_secret: str = field(repr=False)
    users: tuple[str, ...]
    address: str
    with_existing: bool
    poll_minutes: int
    calls_per_minute: int
    url: str
    token_url: str

    @property
    def standing(self) -> tuple[str, ...]:
        kinds = ("calendar", "subscription") if self.address else ("calendar",)
        return tuple(f"{kind}/{user}" for user in self.users for kind in kinds)


class GraphFetchSchema(Keys):
    """The keys of `fetch:`."""

    tenant = Token(required=True)
    client_id = Token(required=True)
    client_secret = Token(required=True)
    users = fields.List(fields.String(validate=_IS_USER), load_default=[], validate=validate.Length(max=1000))
    address = WebhookAddress(load_default="")
    existing = fields.String(load_default="schedule", validate=validate.OneOf(("schedule", "ignore")))
    poll_minutes = fields.Integer(strict=True, load_default=15, validate=validate.Range(1, 1440))
    calls_per_minute = fields.Integer(strict=True, load_default=600, validate=validate.Range(1, 10_000))
    url = BaseUrl("Microsoft Graph", load_default="https://graph.microsoft.com/v1.0")
    token_url = BaseUrl("Microsoft sign-in", load_default=None)

    @validates_schema
    def _has_whom_to_subscribe_to(self, keys: Mapping[str, Any], **_: Any) -> None:
        if keys["address"] and not keys["users"]:
            raise ValidationError("is for subscriptions to the calendars of users: name them under users", "address")


def read_fetch(keys: Mapping[str, Any]) -> GraphFetch:
    """`fetch:` as its schema has loaded it."""
    told = dict(keys)
    with_existing = told.pop("existing") == "schedule"
    users = tuple(dict.fromkeys(user.lower() for user in told.pop("users")))
    sign_in = f"https://login.microsoftonline.com/{quote(keys['tenant'], '')}/oauth2/v2.0/token"
    return GraphFetch(
        **{**told, "users": users, "with_existing": with_existing, "token_url": told["token_url"] or sign_in}
    )
