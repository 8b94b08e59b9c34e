"""What the YAML keys of the mail kinds share."""

from planhook.sources.icalendar import TimeZoneField
from planhook.sources.schema import Keys


class MailKeys(Keys):
    """`timezone` is for times of invitations that name none."""

    timezone = TimeZoneField()
