"""All kinds of sources, and how the YAML of one becomes a source."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from planhook.core.rule import Calendar
from planhook.sources import (
    any_json,
    attio,
    calcom,
    calendly,
    close,
    cloudevents,
    dataverse,
    google_calendar,
    hubspot,
    icalendar,
    mailgun,
    microsoft_graph,
    pipedrive,
    postmark,
    salesforce,
    sendgrid,
    ses,
    stripe,
    zoho,
    zoom,
)
from planhook.sources.schema import did_you_mean
from planhook.sources.source import Kind, Source

KINDS: Mapping[str, Kind] = {
    "attio": attio.KIND,
    "calcom": calcom.KIND,
    "calendly": calendly.KIND,
    "close": close.KIND,
    "cloudevents": cloudevents.KIND,
    "dataverse": dataverse.KIND,
    "google-calendar": google_calendar.KIND,
    "hubspot": hubspot.KIND,
    "icalendar": icalendar.KIND,
    "json": any_json.KIND,
    "mailgun": mailgun.KIND,
    "microsoft-graph": microsoft_graph.KIND,
    "pipedrive": pipedrive.KIND,
    "postmark": postmark.KIND,
    "salesforce": salesforce.KIND,
    "sendgrid": sendgrid.KIND,
    "ses": ses.KIND,
    "stripe": stripe.KIND,
    "zoho": zoho.KIND,
    "zoom": zoom.KIND,
}


def build(name: str, config: Mapping[str, Any], calendar: Calendar | None = None) -> Source:
    """The source `name` from its YAML keys, `${NAME}` already replaced.

    Raises marshmallow.ValidationError whose `messages` nest as the keys of `config` do.
    """
    kind = config.get("kind")
    if kind is None:
        raise ValidationError({"kind": [f"is missing; known: {', '.join(sorted(KINDS))}"]})
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValidationError({"kind": [did_you_mean(kind, KINDS)]})
    keys = {key: value for key, value in config.items() if key != "kind"}
    return KINDS[kind].build(name, KINDS[kind].schema().load(keys), calendar or Calendar())
