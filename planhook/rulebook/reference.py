"""What every word of a rule file means, each in one sentence: editors show it, tests keep it complete."""

from collections.abc import Mapping

Words = Mapping[str, str]

SECTIONS: Words = {
    "sources": "Who may send us events: each entry opens the address /webhooks/<its name>.",
    "rules": "What happens in Planhat when something happens elsewhere.",
    "tables": "Who is who: another tool's id, name or address on the left, what Planhat needs on the right.",
    "calendar": "When and where you work; one for all files.",
    "templates": "Rules with parameters, for rules that say use: and the template's name.",
    "defaults": "What actions of this file have unless they say otherwise; in defaults.yaml, those of its folder.",
    "allow_delete": "true lets the rules of this file delete tasks.",
}

RULE: Words = {
    "name": "What you call the rule; no two have the same name.",
    "on": "The type of event, such as deal.won, a list of types, or a pattern such as deal.*",
    "from": "Only events of this source, or list of sources, or pattern; without it those of any source.",
    "use": "The template that gives on and then, and whatever else the rule does not say itself.",
    "with": "What the parameters of the template stand for, as in {product: Fleet}",
    "if": "The condition: every line must hold. Without one the rule always applies.",
    "then": "What to do: one action, or a list of them with a hyphen before each.",
    "examples": "Events and what the rule does with them; `planhook test` runs them.",
    "enabled": "false switches the rule off; it is checked all the same.",
    "mode": "live; shadow: decide and record, but write nothing; or live for a part of the records: percent, only.",
    "description": "For whoever reads the rule.",
}

TEMPLATE: Words = {
    "params": "The parameters and what they stand for unless the rule says otherwise; a rule must give an empty one.",
    "on": "The type of event, or a list of types.",
    "from": "Only events of these sources, unless the rule says otherwise.",
    "if": "The condition; a rule with one of its own needs both to hold.",
    "then": "What to do, with {{ params.… }} where rules differ.",
    "mode": "The mode, unless the rule says otherwise.",
    "description": "For whoever reads the rule, unless the rule says otherwise.",
}

CANARY: Words = {
    "percent": "Live for so many percent of the records, always the same ones; shadow for the others.",
    "only": "Live for the records of some companies; shadow for all others.",
    "only.company": "The companies: the sender's id or name, the mail domain of a guest, or the companyId written.",
}

EXAMPLE: Words = {
    "given": "The event. What is left out gets a default that never changes.",
    "expect": "The actions in order, each with the fields to compare, or nothing.",
}

GIVEN: Words = {
    "id": "planhook's own id of the event.",
    "source": "The source that sent it.",
    "type": "Its type; may be left out when the rule's on is one plain type.",
    "types": "All types that it has.",
    "occurred_at": "When it happened, as in 2026-10-02T15:00:00Z",
    "received_at": "When it came in.",
    "sender_id": "The sender's own id of the event.",
    "sequence": "The sender's number of the event; of one moment the larger is the newer.",
    "deal": "The deal, for types deal.*",
    "meeting": "The meeting, for types meeting.*",
    "changes": "What changed, as in {stage: {from: proposal, to: won}}",
    "payload": "The sender's own words.",
}

CALENDAR: Words = {
    "timezone": "Where days begin and end, as in Europe/Stockholm; UTC without one.",
    "holidays": "Days off beside the weekend, as in [2026-12-25]",
    "weekend": "The days of the week that are off; saturday and sunday without it.",
    "internal_domains": "Your own mail domains: whoever has one is not a guest from outside.",
}

TYPES: Words = {
    "deal.created": "A deal is new.",
    "deal.won": "A deal was won.",
    "deal.lost": "A deal was lost.",
    "deal.stage_changed": "A deal moved to another stage.",
    "deal.updated": "Anything about a deal changed.",
    "deal.deleted": "A deal was deleted.",
    "meeting.scheduled": "A meeting was planned.",
    "meeting.updated": "A meeting was moved or changed.",
    "meeting.cancelled": "A meeting was called off.",
    "meeting.ended": "A meeting is over.",
    "meeting.no_show": "The guest did not come.",
}

FIELDS: Words = {
    "event.id": "planhook's own id of the event",
    "event.source": "The name of the source that sent it",
    "event.type": "Its most specific type",
    "event.types": "All its types",
    "event.occurred_at": "When it happened",
    "event.received_at": "When it came in",
    "event.sequence": "The sender's number of the event",
    "event.sender_id": "The sender's own id of the event",
    "deal.id": "The sender's id of the deal",
    "deal.name": "The name of the deal",
    "deal.stage": "The stage, as the sender names it",
    "deal.pipeline": "The pipeline, as the sender names it",
    "deal.amount": "What the deal is worth, a number",
    "deal.currency": "The currency, such as EUR",
    "deal.status": "open, won or lost",
    "deal.owner_id": "The sender's id of the owner",
    "deal.owner_email": "The mail address of the owner",
    "deal.company_id": "The sender's id of the company",
    "deal.company_name": "The name of the company",
    "deal.contact_ids": "The sender's ids of the contacts, a list",
    "deal.closed_at": "When it was won or lost",
    "deal.url": "Where the deal can be seen",
    "deal.properties": "All that the sender told of the deal, by the sender's names",
    "meeting.id": "The id of the meeting, the same when it moves",
    "meeting.title": "The title",
    "meeting.description": "The text of the invitation",
    "meeting.start": "When it begins",
    "meeting.end": "When it ends",
    "meeting.all_day": "true when it takes whole days",
    "meeting.timezone": "The time zone that it was planned in",
    "meeting.status": "confirmed, tentative or cancelled",
    "meeting.location": "Where it takes place",
    "meeting.url": "Where to join",
    "meeting.organizer": "Who invites: email and name",
    "meeting.attendees": "Who is invited: a list, each with email, name and response",
    "meeting.domains": "The mail domains of guests from outside, a list",
    "meeting.recurrence": "The rule by which it repeats, in the calendar's words",
    "meeting.repeat": "How Planhat would say that it repeats",
    "meeting.repeat_days": "The days between, when repeat is custom",
    "meeting.range": "this_and_future when a change is for the rest of a series",
    "meeting.timezone_problem": "What is wrong with its time zone",
    "meeting.relayed": "true when somebody else than the organiser sent it on",
    "meeting.replaces": "The id of the booking that this one replaces",
    "meeting.replaced_by": "The id of the booking that replaces this one",
}

OPERATORS: Words = {
    "is": "equals this value; of a list: has it as an element",
    "is_not": "does not equal this value; an absent field does not either",
    "one_of": "equals one value of the list",
    "not_one_of": "equals none of the list; an absent field does not either",
    "at_least": "is this number or more",
    "at_most": "is this number or less",
    "more_than": "is more than this number",
    "less_than": "is less than this number",
    "contains": "has this text in it; of a list: this element",
    "starts_with": "begins with this text",
    "ends_with": "ends with this text",
    "matches": "fits this regular expression (RE2)",
    "present": "is there (true) or absent (false)",
    "changed": "changed with this event (true) or did not (false)",
    "changed_to": "changed to this value, or one of a list",
    "changed_from": "changed from this value, or one of a list",
    "before": "is a time before this one; a plain date is its midnight in calendar.timezone",
    "after": "is a time after this one; a plain date is its midnight in calendar.timezone",
}

BLOCKS: Words = {
    "all": "All parts of the list must hold.",
    "any": "At least one part of the list must hold.",
    "none": "No part of the list may hold.",
}

ACTIONS: Words = {
    "create": "Makes the task, or updates it when its sourceId exists.",
    "update": "Changes fields of a task.",
    "complete": "Sets a task done.",
    "cancel": "Sets a task to Ignored and archives it.",
    "reopen": "Sets a task to To Do.",
    "delete": "Deletes a task; only with allow_delete: true in the file.",
}

ACTION_KEYS: Words = {
    "sourceId": "Which task: our stable key, one task per sourceId, as in onboarding-{{ deal.id }}",
    "_id": "Which task, by Planhat's own id, instead of a sourceId.",
    "if_absent": "What to do when there is no such task: ignore (the default), wait for it up to 30 days, or fail.",
    "custom": 'Custom fields by their display name, as in {Deal value: "{{ deal.amount }}"}',
}

SOURCE: Words = {
    "kind": "What sends: it decides how deliveries are proved and read.",
    "secret": "The secret that the sender signs with, as ${NAME} of the environment; a list while you change it.",
    "token": "The token that every delivery must carry, as ${NAME} of the environment; a list while you change it.",
    "username": "The user name of HTTP Basic.",
    "password": "The password of HTTP Basic, as ${NAME} of the environment; a list while you change it.",
    "signature": "v3 for an app's subscriptions; v2 for a workflow's webhook action, as a source of its own.",
    "won_stages": "The stages that mean that a deal was won: ids or labels.",
    "lost_stages": "The stages that mean that a deal was lost: ids or labels.",
    "organization_id": "The id of your Salesforce organisation, 00D…; a list of several.",
    "object": "The object that is a deal, Opportunity unless said otherwise.",
    "verify": "How deliveries prove where they come from.",
    "allow_unverified": "true takes deliveries from anybody, without any proof.",
    "channel_id": "The id of the notification channel; when given it must match.",
    "resource_id": "The id of the watched resource; when given it must match.",
    "client_state": "The clientState that you gave the subscription, as ${NAME} of the environment.",
    "subscription_id": "The id of the subscription; when given it must match.",
    "allowed_origins": "Who may ask whether deliveries are welcome: host names.",
    "timezone": "Where invitations without a time zone take place, as in Europe/Stockholm.",
    "relays": "Addresses whose mails are believed as the organiser's are.",
    "topic_arn": "The ARN of the SNS topic, or a list.",
    "certificate": "The certificate that SNS signs with, in PEM; fetched when left out.",
    "test_events": "accept, or ignore events of test mode.",
    "events": "Where in an item of the sender each part of an event is, in JMESPath.",
    "events.each": "Where the list of items is, when a request brings several.",
    "events.id": "The sender's own id of the event.",
    "events.type": "The type, such as deal.won; a constant is quoted twice: \"'deal.updated'\"",
    "events.occurred_at": "When it happened: ISO 8601, or seconds or milliseconds since 1970.",
    "events.sequence": "The sender's number of the event.",
    "events.deal": "Where each field of the deal is.",
    "events.meeting": "Where each field of the meeting is.",
    "events.changes": "Where old and new values are, as in {stage: {from: previous.stage, to: deal.stage}}",
    **{f"events.{path}": words for path, words in FIELDS.items() if not path.startswith("event.")},
    "fetch": "How what the sender leaves out is looked up.",
    "fetch.token": "The token of the sender's API, as ${NAME} of the environment.",
    "fetch.url": "The base URL of the sender's API.",
    "fetch.token_url": "Where tokens are had.",
    "fetch.properties": "More properties to fetch.",
    "fetch.company_key": "The property of the company that becomes deal.company_id.",
    "fetch.calls_per_10_seconds": "The most calls in ten seconds.",
    "fetch.calls_per_minute": "The most calls in a minute.",
    "fetch.client_id": "The id of the app that signs in.",
    "fetch.client_secret": "Its secret, as ${NAME} of the environment.",
    "fetch.refresh_token": "The refresh token of the user, as ${NAME} of the environment.",
    "fetch.service_account": "The whole text of the service account's key file, as ${NAME} of the environment.",
    "fetch.subject": "Whom the service account acts for.",
    "fetch.calendars": "The calendars to follow.",
    "fetch.address": "The address of this source as the sender is told it; without it there are no pushes.",
    "fetch.existing": "What is done with meetings that are there already: schedule, or ignore.",
    "fetch.poll_minutes": "How often is looked without a push.",
    "fetch.tenant": "The id of the Microsoft 365 tenant.",
    "fetch.users": "Whose calendars to follow: addresses or ids.",
}

VERIFY: Words = {
    "scheme": "How a delivery proves where it comes from.",
    "secret": "The secret, as ${NAME} of the environment; a list while you change it.",
    "token": "The token, as ${NAME} of the environment; a list while you change it.",
    "username": "The user name of HTTP Basic.",
    "password": "The password of HTTP Basic, as ${NAME} of the environment; a list while you change it.",
    "header": "The header that holds the signature or token.",
    "algorithm": "The hash: sha256 unless said otherwise.",
    "encoding": "How the signature is written: hex unless said otherwise.",
    "prefix": "What stands before the signature in its header, as in sha256=",
    "signed": "What is signed: {body} with, where the sender adds them, {method} {url} {timestamp} {id}",
    "timestamp_header": "The header with the time, for {timestamp}.",
    "id_header": "The header with the id of the delivery, for {id}.",
    "tolerance": "How many seconds the time may differ from ours; 300 unless said otherwise.",
    "allow_unverified": "true takes deliveries from anybody, without any proof.",
}
