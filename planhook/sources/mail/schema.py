"""What the YAML keys of the mail kinds share."""

import re
from typing import Any

from marshmallow import ValidationError

from planhook.sources.icalendar import TimeZoneField
from planhook.sources.schema import Keys, Words

_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")


class Addresses(Words):
    """One mail address or a list of them. Loads to a set, lower case."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> frozenset[str]:
        found: frozenset[str] = super()._deserialize(value, attr, data, **options)
        if not found or not all(_ADDRESS.fullmatch(address) for address in found):
            raise ValidationError("must be a mail address or a list of them")
        return found


class MailKeys(Keys):
    """`timezone` is for times of invitations that name none; mails from `relays` are believed as organisers' are."""

    timezone = TimeZoneField()
    relays = Addresses()
