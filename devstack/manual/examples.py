"""One small example for each word of the reference, as people write it. Tests run each as the example of a rule."""

from collections.abc import Mapping
from typing import NamedTuple

SETTING = """
tables:
  owners: {ann@ourco.example: 58e231b14246fc73139f29e8, default: 61f91285d40d7d112020c7b6}
calendar:
  timezone: Europe/Stockholm
"""


class Compared(NamedTuple):
    """A line of a condition, an event that meets it and one that does not, both as under `given`."""

    line: str
    met: str
    unmet: str


class Filtered(NamedTuple):
    """A filter as it is used, a value in YAML (empty: none at all), and what becomes of it."""

    usage: str
    value: str
    result: str


class Written(NamedTuple):
    """What is written in a rule, and what it does with DEAL: the value of that field, or all that `expect` may name."""

    line: str
    done: str


class Chosen(NamedTuple):
    """A `mode`, an event that a rule with it acts on and one that it does not; empty: there is none."""

    mode: str
    live: str
    shadow: str


OPERATORS: Mapping[str, Compared] = {
    "is": Compared("deal.pipeline: {is: enterprise}", "deal: {pipeline: Enterprise}", "deal: {pipeline: starter}"),
    "is_not": Compared("deal.currency: {is_not: EUR}", "deal: {currency: USD}", "deal: {currency: EUR}"),
    "one_of": Compared("deal.stage: {one_of: [demo, offer]}", "deal: {stage: offer}", "deal: {stage: new}"),
    "not_one_of": Compared("deal.stage: {not_one_of: [demo, offer]}", "deal: {stage: new}", "deal: {stage: demo}"),
    "at_least": Compared("deal.amount: {at_least: 5000}", "deal: {amount: 5000}", "deal: {amount: 4999.99}"),
    "at_most": Compared("deal.amount: {at_most: 5000}", "deal: {amount: 5000}", "deal: {amount: 5000.01}"),
    "more_than": Compared("deal.amount: {more_than: 5000}", "deal: {amount: 5001}", "deal: {amount: 5000}"),
    "less_than": Compared("deal.amount: {less_than: 5000}", "deal: {amount: 4999}", "deal: {amount: 5000}"),
    "contains": Compared("deal.name: {contains: renewal}", "deal: {name: Acme Renewal 2027}", "deal: {name: Acme}"),
    "starts_with": Compared("deal.name: {starts_with: acme}", "deal: {name: Acme 2027}", "deal: {name: New Acme}"),
    "ends_with": Compared(
        "deal.owner_email: {ends_with: '@ourco.example'}",
        "deal: {owner_email: ann@ourco.example}",
        "deal: {owner_email: ann@partner.example}",
    ),
    "matches": Compared("deal.name: {matches: '^Q[1-4] '}", "deal: {name: Q3 upsell}", "deal: {name: Upsell Q3}"),
    "present": Compared("deal.company_id: {present: true}", "deal: {company_id: C7}", "deal: {name: Acme}"),
    "changed": Compared(
        "deal.amount: {changed: true}",
        "changes: {amount: {from: 5000, to: 9000}}",
        "changes: {stage: {from: demo, to: offer}}",
    ),
    "changed_to": Compared(
        "deal.stage: {changed_to: offer}",
        "changes: {stage: {from: demo, to: offer}}",
        "changes: {stage: {from: offer, to: demo}}",
    ),
    "changed_from": Compared(
        "deal.stage: {changed_from: demo}",
        "changes: {stage: {from: demo, to: offer}}",
        "changes: {stage: {from: offer, to: demo}}",
    ),
    "before": Compared(
        "meeting.start: {before: 2026-10-02}",
        "meeting: {start: 2026-10-01T15:00:00Z}",
        "meeting: {start: 2026-10-02T07:00:00Z}",
    ),
    "after": Compared(
        "meeting.start: {after: 2026-10-02}",
        "meeting: {start: 2026-10-02T07:00:00Z}",
        "meeting: {start: 2026-10-01T15:00:00Z}",
    ),
}

_FRIDAY = "2026-10-02T15:00:00Z"
FILTERS: Mapping[str, Filtered] = {
    "default": Filtered("default('a customer')", "", "a customer"),
    "lookup": Filtered("lookup('owners')", "Ann@ourco.example", "58e231b14246fc73139f29e8"),
    "plus": Filtered("plus(days=1, hours=2)", _FRIDAY, "2026-10-03T17:00:00.000Z"),
    "minus": Filtered("minus(weeks=2)", _FRIDAY, "2026-09-18T15:00:00.000Z"),
    "business_days": Filtered("business_days(3)", _FRIDAY, "2026-10-07T15:00:00.000Z"),
    "at": Filtered("at('09:00')", _FRIDAY, "2026-10-02T07:00:00.000Z"),
    "date": Filtered("date('%d %b %Y')", _FRIDAY, "02 Oct 2026"),
    "lower": Filtered("lower", "ACME Fleet", "acme fleet"),
    "upper": Filtered("upper", "eur", "EUR"),
    "title": Filtered("title", "ANN BERG", "Ann Berg"),
    "trim": Filtered("trim", "'  Acme '", "Acme"),
    "replace": Filtered("replace('_', ' ')", "closed_won", "closed won"),
    "truncate": Filtered("truncate(12)", "Onboarding of Acme", "Onboarding…"),
    "round": Filtered("round(2)", "12.345", "12.35"),
    "domain": Filtered("domain", "Eva@Acme.example", "acme.example"),
    "first": Filtered("first", "[acme.example, nordlys.example]", "acme.example"),
    "last": Filtered("last", "[acme.example, nordlys.example]", "nordlys.example"),
    "join": Filtered("join(' and ')", "[Ann, Eva]", "Ann and Eva"),
    "length": Filtered("length", "[Ann, Eva]", "2"),
    "slug": Filtered("slug", "Ärger & Söhne GmbH", "arger-sohne-gmbh"),
}

FIELDS: Mapping[str, str] = {
    "event.id": "evt_7bcc5d0643cfecd118f7cacf",
    "event.source": "crm",
    "event.type": "deal.won",
    "event.types": "[deal.won, deal.updated]",
    "event.occurred_at": "2026-10-02T15:00:00.000Z",
    "event.received_at": "2026-10-02T15:00:04.000Z",
    "event.sequence": "12",
    "event.sender_id": "e-4711",
    "deal.id": "D1",
    "deal.name": "Acme fleet licence",
    "deal.stage": "closedwon",
    "deal.pipeline": "default",
    "deal.amount": "9000",
    "deal.currency": "EUR",
    "deal.status": "won",
    "deal.owner_id": "'14820331'",
    "deal.owner_email": "ann@ourco.example",
    "deal.company_id": "C7",
    "deal.company_name": "Acme",
    "deal.contact_ids": "[P1, P2]",
    "deal.closed_at": "2026-10-02T15:00:00.000Z",
    "deal.url": "https://crm.example/deals/D1",
    "deal.properties": "{deal_type: renewal}",
    "meeting.id": "kickoff-1@calendar.example",
    "meeting.title": "Kickoff with Acme",
    "meeting.description": "We plan the first weeks.",
    "meeting.start": "2026-10-12T08:00:00.000Z",
    "meeting.end": "2026-10-12T09:00:00.000Z",
    "meeting.all_day": "false",
    "meeting.timezone": "Europe/Stockholm",
    "meeting.status": "confirmed",
    "meeting.location": "Room Aurora",
    "meeting.url": "https://meet.example/kickoff",
    "meeting.organizer": "{email: ann@ourco.example, name: Ann Berg}",
    "meeting.attendees": "[{email: eva@acme.example, response: accepted}]",
    "meeting.domains": "[acme.example]",
    "meeting.recurrence": "FREQ=WEEKLY;BYDAY=MO",
    "meeting.repeat": "weekly",
    "meeting.repeat_days": "14",
    "meeting.range": "this_and_future",
    "meeting.timezone_problem": "there is no time zone Mars/Base",
    "meeting.relayed": "true",
    "meeting.replaces": "booking-1",
    "meeting.replaced_by": "booking-2",
}

DEAL = "{id: D1, name: Acme, amount: 9000, company_id: C7}"
TASK: Mapping[str, Written] = {
    "sourceId": Written("sourceId: onboarding-{{ deal.id }}", "onboarding-D1"),
    "mainType": Written("mainType: task", "task"),
    "companyId": Written("companyId: srcid-{{ deal.company_id }}", "srcid-C7"),
    "action": Written("action: Onboard {{ deal.name }}", "Onboard Acme"),
    "description": Written("description: <p>Won for {{ deal.amount }} EUR</p>", "<p>Won for 9000 EUR</p>"),
    "startTime": Written("startTime: 2026-10-12 09:00", "2026-10-12T07:00:00.000Z"),
    "endTime": Written("endTime: 2026-10-12T09:30:00Z", "2026-10-12T09:30:00.000Z"),
    "noSpecificTime": Written("noSpecificTime: true", "true"),
    "status": Written("status: In progress", "In progress"),
    "type": Written("type: call", "call"),
    "ownerId": Written("ownerId: 58e231b14246fc73139f29e8", "58e231b14246fc73139f29e8"),
    "repeat": Written("repeat: monthly", "monthly"),
    "repeatDays": Written("repeatDays: 45", "45"),
    "activityTags": Written("activityTags: [onboarding]", "[onboarding]"),
    "checklist": Written("checklist: [Send mail, Book kickoff]", "[{title: Send mail}, {title: Book kickoff}]"),
    "endusers": Written("endusers: [58e231b14246fc73139f29e9]", "[{_id: 58e231b14246fc73139f29e9}]"),
    "custom": Written("custom: {Deal value: '{{ deal.amount }}'}", "9000"),
}

_KEY = "sourceId: 'deal-{{ deal.id }}'"
ACTIONS: Mapping[str, Written] = {
    "create": Written(
        f"create: {{{_KEY}, companyId: srcid-C7, action: Call}}",
        "{sourceId: deal-D1, companyId: srcid-C7, mainType: task, action: Call}",
    ),
    "update": Written(f"update: {{{_KEY}, type: call}}", "{sourceId: deal-D1, type: call}"),
    "complete": Written(
        f"complete: {{{_KEY}}}", "{sourceId: deal-D1, status: Done, dateDone: 2026-01-15T12:00:00.000Z}"
    ),
    "cancel": Written(f"cancel: {{{_KEY}, if_absent: wait}}", "{sourceId: deal-D1, if_absent: wait}"),
    "reopen": Written(f"reopen: {{{_KEY}}}", "{sourceId: deal-D1}"),
    "delete": Written(f"delete: {{{_KEY}}}", "{sourceId: deal-D1}"),
}

MODES: Mapping[str, Chosen] = {
    "live": Chosen("live", "deal: {id: D1}", ""),
    "shadow": Chosen("shadow", "", "deal: {id: D1}"),
    "percent": Chosen("{percent: 10}", "source: crm, deal: {id: D40}", "source: crm, deal: {id: D41}"),
    "only": Chosen("{only: {company: [C7, acme.example]}}", "deal: {company_id: C7}", "deal: {company_id: C8}"),
}
